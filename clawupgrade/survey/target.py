"""Asks the registry for the version that is wanted, through the user's own npm configuration."""

from __future__ import annotations

import json
import re
from difflib import get_close_matches
from typing import Any

from clawupgrade.errors import Busy, ClawupgradeError, Refused
from clawupgrade.model import Engine, Install, Request, Target
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.output import is_network_trouble, json_document, last_words
from clawupgrade.openclaw.versions import is_newer, is_release, parse
from clawupgrade.ports import Command, Completed, Host
from clawupgrade.steps import inside
from clawupgrade.survey.bundle import read_bundle

NAME = "openclaw"
"""What clawdbot became; every target comes as this package."""

_TAGS = {"stable": "latest"}
_TAG = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,63}")
_SEE_VERSIONS = "see: npm view openclaw versions"
_NOT_THERE = ("E404", "ETARGET", "ENOVERSIONS")


def resolve_target(host: Host, install: Install, request: Request) -> Target:
    """The exact release behind a version, a channel (`stable` is npm's `latest`), or a `.tgz` path.

    Raises:
        Refused: it does not exist, or what was given is no version.
        Busy: the registry could not be reached.
    """
    if request.bundle is not None:
        if request.engine is Engine.INPLACE:
            raise Refused("OpenClaw's own updater takes no bundle", "leave --engine inplace out")
        return read_bundle(host, install, request.bundle)[0]
    if request.to and request.to.endswith((".tgz", ".tar.gz")):
        return _from_tarball(host, install, request.to)
    if request.to:
        parse(request.to)
        if (install.package.name, install.package.version) == (NAME, request.to):
            return Target(request.to, NAME, f"{NAME}@{request.to}")  # there already: nobody needs to be asked
        spec = f"{NAME}@{request.to}"
    else:
        tag = _TAGS.get(request.channel, request.channel)
        if not _TAG.fullmatch(tag):
            raise Refused(f"“{request.channel}” is no channel", "use stable, beta or another dist-tag of npm")
        spec = f"{NAME}@{tag}"
    done = inside.ask(
        host,
        install,
        Command(
            argv.npm_view(install.node.npm, spec),
            env=environment.for_npm(install),
            account=install.account,
            wall=120.0,
        ),
    )
    said = json_document(done.out)
    if not done.ok or not said or (isinstance(said, dict) and "error" in said):
        raise _why_not(host, install, spec, done, said)
    if isinstance(said, list):
        raise Refused(
            f"{spec} is not one release but {len(said)}",
            f"name one of them, such as {max((each['version'] for each in said), key=parse)}",
        )
    return _target(said)


def older_releases(host: Host, install: Install, newest: str) -> tuple[str, ...]:
    """Releases newer than the installed one and older than `newest`, the newest first; no prereleases.

    Empty also where the registry does not say: `newest` then is all that is known.
    """
    versions = _stated(host, install)
    known = [each for each in versions if is_release(each) and is_newer(newest, each)]
    if install.package.name == NAME:
        known = [each for each in known if is_newer(each, install.package.version)]
    return tuple(sorted(known, key=parse, reverse=True))


def _stated(host: Host, install: Install) -> list[str]:
    """Every version that the registry states; empty where it says nothing."""
    done = inside.ask(
        host,
        install,
        Command(
            argv.npm_releases(install.node.npm, NAME),
            env=environment.for_npm(install),
            account=install.account,
            wall=120.0,
        ),
    )
    said = json_document(done.out) if done.ok else None
    stated = said.get("versions", []) if isinstance(said, dict) else []
    return [each for each in (stated if isinstance(stated, list) else [stated]) if isinstance(each, str)]


def _near(host: Host, install: Install, wanted: str) -> str:
    """The version or tag that was probably meant, as the registry knows it; "" for none."""
    return next(iter(get_close_matches(wanted, [*_stated(host, install), "stable", "beta"], 1, 0.7)), "")


def _target(said: dict[str, Any]) -> Target:
    version = str(said["version"])
    times, dist, engines = said.get("time"), said.get("dist"), said.get("engines")
    return Target(
        version=version,
        name=NAME,
        spec=f"{NAME}@{version}",
        engines_node=str(engines.get("node", "")) if isinstance(engines, dict) else "",
        unpacked_bytes=int(dist.get("unpackedSize") or 0) if isinstance(dist, dict) else 0,
        published_at=str(times.get(version, "")) if isinstance(times, dict) else "",
    )


def _why_not(host: Host, install: Install, spec: str, done: Completed, said: Any) -> ClawupgradeError:
    error = said.get("error", {}) if isinstance(said, dict) else {}
    code, summary = str(error.get("code", "")), str(error.get("summary", ""))
    words = summary.splitlines()[0] if summary else last_words(done.err or done.out)
    if done.ended_by or is_network_trouble(f"{code} {summary} {done.err}"):
        return Busy(
            f"the npm registry could not be asked for {spec}: {code or done.ended_by} {words}".rstrip(),
            "nothing was touched; try again when the network is back",
        )
    if code in _NOT_THERE:
        near = _near(host, install, spec.rpartition("@")[2])
        hint = f"did you mean {near}? all there are: npm view openclaw versions" if near else _SEE_VERSIONS
        return Refused(f"{spec} is not in the npm registry: {words}", hint)
    return Refused(f"npm could not look up {spec}: {code} {words}", f"see: npm view {spec}")


def _from_tarball(host: Host, install: Install, path: str) -> Target:
    if not path.startswith("/") or not host.files.exists(path):
        raise Refused(f"there is no file {path}", "give the absolute path of an npm tarball of openclaw")
    words = ("tar", "-xzOf", path, "package/package.json")
    done = host.commands.run(Command(words, account=install.account, wall=120.0))
    try:
        said = json.loads(done.out) if done.ok else {}
    except ValueError:
        said = {}
    if said.get("name") != NAME or not isinstance(said.get("version"), str):
        raise Refused(f"{path} is no npm tarball of openclaw", "make one with: npm pack openclaw@VERSION")
    parse(said["version"])
    wanted = str(said.get("engines", {}).get("node", ""))
    return Target(version=said["version"], name=NAME, spec=path, engines_node=wanted)
