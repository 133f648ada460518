"""What the operator wishes: the configuration file, the environment and the flags, read once for a command."""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping
from datetime import tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

from msgspec import Struct

from clawupgrade.app.gate import Gate
from clawupgrade.cli.room import folder_of
from clawupgrade.errors import ConfigInvalid, UsageError
from clawupgrade.host.zone import local_zone
from clawupgrade.policy.reading import Effective, effective, from_environment, from_file, from_flags, installations
from clawupgrade.policy.salvage import salvaged
from clawupgrade.policy.settings import Settings

_NAME = "clawupgrade/clawupgrade.toml"
_FLAGS = {"channel": "channel", "engine": "engine", "node": "node"}
_MOST = 1_000_000


class Wishes(Struct, frozen=True):
    """Settings with their origins. path: the file that was read, or would be; zone: of the windows."""

    effective: Effective
    path: Path
    zone: tzinfo

    @property
    def settings(self) -> Settings:
        """What holds."""
        return self.effective.settings


def wishes_of(args: argparse.Namespace) -> Wishes:
    """Read all sources; with `--installation` the arguments and the environment then mean that one.

    Raises:
        ConfigInvalid: a source cannot be used; the line is named.
        UsageError: the command line names what is not there.
    """
    path, text = _file(args, os.environ)
    name = getattr(args, "installation", None) or os.environ.get("CLAWUPGRADE_INSTALLATION", "")
    if name:
        _mean(args, name, text, path)
    found = effective(from_file(text, str(path), name), from_environment(os.environ), from_flags(_flags(args)))
    named = found.settings.when_timezone
    return Wishes(found, path, ZoneInfo(named) if named else local_zone(os.environ))


def told_nevertheless(args: argparse.Namespace) -> Settings:
    """Who is to be told, where `wishes_of` raised; nothing else of it holds."""
    try:
        _, text = _file(args, os.environ)
    except ConfigInvalid:
        text = ""
    name = getattr(args, "installation", None) or os.environ.get("CLAWUPGRADE_INSTALLATION", "")
    return salvaged(text, name, os.environ)


def configured_installations(args: argparse.Namespace) -> tuple[str, ...]:
    """The names of the installations in clawupgrade.toml, in its order. Raises ConfigInvalid."""
    path, text = _file(args, os.environ)
    return tuple(each.name for each in installations(text, str(path)))


def config_path(environ: Mapping[str, str]) -> Path:
    """`$CLAWUPGRADE_CONFIG`, else `clawupgrade/clawupgrade.toml` in `$XDG_CONFIG_HOME` or `~/.config`."""
    named = environ.get("CLAWUPGRADE_CONFIG")
    folder = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME') or Path.home()}/.config"
    return Path(named) if named else Path(folder, _NAME)


def _file(args: argparse.Namespace, environ: Mapping[str, str]) -> tuple[Path, str]:
    asked = getattr(args, "config", None)
    path = Path(asked).absolute() if asked else config_path(environ)
    try:
        content = path.read_bytes()
        if len(content) > _MOST:
            raise ConfigInvalid(f"{path} is too large for a configuration")
        return path, content.decode()
    except FileNotFoundError as error:
        if asked or environ.get("CLAWUPGRADE_CONFIG"):
            raise ConfigInvalid(f"there is no file {path}", "leave --config and CLAWUPGRADE_CONFIG out") from error
        return path, ""
    except UnicodeDecodeError as error:
        raise ConfigInvalid(f"{path} is no UTF-8 text") from error
    except OSError as error:
        raise ConfigInvalid(f"{path} cannot be read: {error.strerror}") from error


def _flags(args: argparse.Namespace) -> list[tuple[str, str, str]]:
    found = [(f"--{flag}", key, getattr(args, flag)) for flag, key in _FLAGS.items() if getattr(args, flag, None)]
    for flag, key in (("soak", "soak.for"), ("confirm_by", "soak.confirm-by")):
        if getattr(args, flag, None):
            found.append((f"--{flag.replace('_', '-')}", key, getattr(args, flag)))
    for each in getattr(args, "set", None) or ():
        key, sign, value = each.partition("=")
        if not sign:
            raise UsageError(f"--set {each}: there is no “=” in it", "write --set KEY=VALUE")
        found.append(("--set", key, value))
    return found


def _mean(args: argparse.Namespace, name: str, text: str, path: Path) -> None:
    every = {each.name: each for each in installations(text, str(path))}
    if name not in every:
        known = ", ".join(every) or "none"
        raise UsageError(f"{path} names no installation “{name}” (it names: {known})")
    meant = every[name]
    args.profile = args.profile or meant.profile
    # The process means one installation from here on, as if its shell had said so.
    for variable, value in (
        ("OPENCLAW_STATE_DIR", meant.state_dir),
        ("OPENCLAW_CONFIG_PATH", meant.config_path),
        ("OPENCLAW_HOME", meant.home),
    ):
        if value:
            os.environ[variable] = value


def gate_of(args: argparse.Namespace, wishes: Wishes) -> Gate:
    """The gate before a run. The arguments get what the settings say in their place."""
    settings = wishes.settings
    args.channel, args.engine, args.node = settings.channel, settings.engine or None, settings.node or None
    if getattr(args, "rehearse", None) is None:
        args.rehearse = {"always": True, "never": False}.get(settings.rehearse)
    key = f"{os.uname().nodename} {_machine()} {folder_of(args)}"
    hooks = settings.hooks_folder or str(wishes.path.parent / "hooks")
    return Gate(settings, wishes.zone, key, force=args.force, at_once=args.now, hooks=hooks)


def _machine() -> str:
    # A fleet from one image has one host name and one home; the id is made at the first boot.
    try:
        return Path("/etc/machine-id").read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        return ""
