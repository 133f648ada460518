"""What the operator wants: settings, and the pure decisions whether, when and to what a run may go."""
