"""`python -m clawupgrade`."""

from clawupgrade.cli import command

command()
