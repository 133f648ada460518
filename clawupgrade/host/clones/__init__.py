"""Clones of an installation, made of namespaces and overlays: the `Clones` port on a real machine."""

from clawupgrade.host.clones.clones import LocalClones

__all__ = ["LocalClones"]
