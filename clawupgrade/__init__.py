"""Upgrades a real OpenClaw installation: all new and proven, or all old and proven."""

__version__ = "0.1.0"
