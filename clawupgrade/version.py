"""The version: written by the build from the git tag; in a checkout that was never built, the next one's."""

from __future__ import annotations

try:
    from clawupgrade._version import __version__
except ImportError:
    __version__ = "0.1.0.dev0"

__all__ = ["__version__"]
