"""Every effect of every step and of every undo, broken in every way: all old or all new in the end."""
