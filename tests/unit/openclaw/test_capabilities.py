"""Reading what a release can do from its help; the shapes are commander's, as the releases print them."""

from __future__ import annotations

import doctest

from clawupgrade.openclaw import capabilities
from clawupgrade.openclaw.capabilities import read_help

UPDATE = """

🦞 OpenClaw 2026.9.6 (eb377ac) — A motto that says --no-such-flag.

Usage: openclaw update [options] [command]

Update OpenClaw

Options:
  --channel <stable|beta|dev>  Persist update channel
  -h, --help                   Display help for command
  --no-restart                 Skip restarting, unlike
                               --yes-really of other tools
  --tag <dist-tag|version>     Override

Commands:
  cleanup                      Retire
  repair                       Reconcile abandoned
                               updates
  status                       Show

Examples:
  openclaw update --dry-run # Preview
"""


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(capabilities).failed == 0


def test_options_and_subcommands():
    known = read_help(UPDATE)
    assert known.options == {"--channel", "--help", "--no-restart", "--tag"}
    assert known.subcommands == {"cleanup", "repair", "status"}
    assert known.is_about("update")


def test_a_release_without_the_subcommand_shows_its_parent():
    known = read_help("Usage: openclaw config [options] [command]\n\nOptions:\n  -h, --help  x\n")
    assert not known.is_about("config validate")
    assert known.is_about("config")


def test_the_package_of_before_the_rename():
    assert read_help("Usage: clawdbot gateway stop [options]\n").is_about("gateway stop")


def test_what_is_no_help_allows_nothing():
    known = read_help("error: unknown command 'database'\n  --force was never here")
    assert known.options == frozenset()
    assert known.command == ""
