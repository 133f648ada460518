"""What we know of container engines and Compose, pure: command lines, what `inspect` says, the pinning file."""
