"""A whole OpenClaw of scripts: real processes, files and sockets, so that the real command can be tried in seconds."""
