"""Reports and events become text for people or JSON for programs; the only code that prints."""
