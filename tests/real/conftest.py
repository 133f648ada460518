"""Fixtures of the real-host tests: the lab, fresh hosts of any release, a watcher."""
