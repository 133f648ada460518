"""The demonstration: a real older OpenClaw in a private folder, upgraded for real, then saved from a bad one."""
