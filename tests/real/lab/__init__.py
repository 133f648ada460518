"""Real hosts with a real OpenClaw, for tests: booted, watched from outside, killed and thrown away."""
