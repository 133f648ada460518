"""The options of what concerns many hosts: the report, and bundles."""

from __future__ import annotations

import argparse
from typing import Any


def add_fleet(commands: argparse._SubParsersAction[Any], where: argparse.ArgumentParser) -> None:
    """`fleet report` and `bundle`."""
    top = commands.add_parser("fleet", help="many hosts at once, from files that were gathered")
    acts = top.add_subparsers(dest="act", metavar="WHAT", required=True)
    report = acts.add_parser("report", parents=[where], help="versions, outcomes, downtime and quarantine")
    report.add_argument("paths", nargs="+", metavar="PATH", help="results or facts, a file or a folder of them")
    report.add_argument("--html", metavar="FILE", help="also write one HTML page")
    made = commands.add_parser("bundle", parents=[where], help="a release with all it needs, as one signed file")
    made.add_argument("--to", metavar="VERSION", help="the exact version (default: the channel's newest)")
    made.add_argument("--channel", help="stable, beta or another dist-tag (default: stable)")
    made.add_argument("--node", metavar="PATH", help="the Node.js that it is for (default: the service's)")
    made.add_argument("--sign-with", metavar="KEY", help="OpenSSH private key, Ed25519, without a passphrase")
    made.add_argument("--out", metavar="FOLDER", default=".", help="where to write it (default: here)")
    made.add_argument("--check", metavar="FILE", help="only see whether this one would be taken here")
    _add_trust(made)


def add_bundle(parser: argparse.ArgumentParser) -> None:
    """What `run` and `plan` take of bundles."""
    parser.add_argument("--bundle", metavar="FILE", help="install from this bundle; no registry is asked")
    _add_trust(parser)


def _add_trust(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bundle-keys", metavar="FILE", help="whose bundles are taken: ssh-ed25519 lines")
    parser.add_argument("--unsigned", action="store_true", help="take a bundle whoever made it")
