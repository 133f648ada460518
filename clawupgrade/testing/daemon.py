"""The gateway process in memory: what it refuses to start on, and what it answers when asked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, assert_never

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind, Reached
from clawupgrade.model import CredentialRef
from clawupgrade.openclaw.units import read_unit
from clawupgrade.testing.releases import Release, Serving, order, schema_of
from clawupgrade.testing.world import Daemon, World

CONFIG_EXIT = 78


class NoStart(Exception):
    """A gateway ended itself: its words and its exit status."""

    def __init__(self, words: str, status: int) -> None:
        super().__init__(words)
        self.words = words
        self.status = status


def launch(world: World) -> None:
    """Run what the loaded unit says; a gateway that ends itself leaves its words and its status."""
    if world.daemon is not None:
        return
    try:
        world.daemon = _started(world)
    except NoStart as end:
        world.words = (*world.words, end.words)
        world.exit_status = end.status
        return
    world.exit_status = None
    world.disk.put_text(f"{world.layout.state_dir}/state/sidecar-{world.daemon.release.version}.json", "{}\n")


def end(world: World) -> None:
    """The process is gone."""
    world.daemon = None
    world.exit_status = None


def release_at(world: World, root: str) -> Release:
    """The release whose package lies there, whole to the last file.

    Raises:
        NoStart: there is none, or files of it are missing, empty or another version's.
    """
    if root.startswith("image:"):
        return world.registry[f"openclaw@{root.removeprefix('image:')}"]
    try:
        described = json.loads(world.disk.file(f"{root}/package.json") or b"")
        release = world.registry[f"{described['name']}@{described['version']}"]
    except (ValueError, KeyError) as error:
        raise NoStart(f"Error: Cannot find module '{root}'", 1) from error
    for path, content in release.tree().items():
        if world.disk.file(f"{root}/{path}") != content:
            raise NoStart(f"Error [ERR_MODULE_NOT_FOUND]: Cannot find module '{root}/{path}'", 1)
    return release


def read_config(world: World) -> Mapping[str, Any]:
    """OpenClaw's config. Raises NoStart for one that cannot be read."""
    try:
        config: Mapping[str, Any] = json.loads(world.disk.file(world.layout.config_path) or b"")
    except ValueError as error:
        raise NoStart("Invalid config at openclaw.json", CONFIG_EXIT) from error
    return config


def unknown_keys(config: Mapping[str, Any], release: Release) -> list[str]:
    """The keys in a config that this release refuses."""
    return [path for path in release.refuses if _has(config, path.split("."))]


def token_of(config: Mapping[str, Any]) -> str:
    """The shared token in a config."""
    return str(config["gateway"]["auth"]["token"])


def ask(world: World, address: Address, credential: CredentialRef | None, timeout: float) -> Answer:
    """One handshake with whoever listens."""
    daemon = world.daemon
    if daemon is None or daemon.port != address.port:
        return Answer(AnswerKind.UNREACHABLE)
    if world.time < daemon.started + daemon.release.starts_in:
        return Answer(
            AnswerKind.REFUSED,
            Reached.RESPONSE,
            error_code="UNAVAILABLE",
            message="gateway starting; retry shortly",
            detail_reason="startup-sidecars",
            retryable=True,
            retry_after_ms=500,
        )
    match daemon.release.serving:
        case Serving.WELL:
            return _greet(world, daemon, credential)
        case Serving.MISMATCH:
            return _refuse()
        case Serving.PAIRING:
            return _ask_for_approval()
        case Serving.SILENT:
            world.time += timeout
            return Answer(AnswerKind.TIMED_OUT, Reached.WEBSOCKET)
        case Serving.BROKEN | Serving.CRASHES:
            return Answer(AnswerKind.CLOSED, Reached.WEBSOCKET, close_code=1006)
        case _:
            assert_never(daemon.release.serving)


def _started(world: World) -> Daemon:
    unit = read_unit((world.loaded,), home=world.layout.home)
    release = release_at(world, unit.package_root)
    if world.disk.real(unit.entry) not in (f"{unit.package_root}/{path}" for path in release.tree()):
        raise NoStart(f"Error: Cannot find module '{unit.entry}'", 1)
    config = admit(world, release)
    world.next_pid += 1
    token, port = token_of(config), unit.port or 0
    return Daemon(world.next_pid, world.time, release, unit.package_root, token, port, unit.environment)


def admit(world: World, release: Release) -> Mapping[str, Any]:
    """The config on which a release starts. Raises NoStart for one, or a state, on which it does not."""
    config = read_config(world)
    stamp = config["meta"]["lastTouchedVersion"]
    if order(stamp) > order(release.version):
        raise NoStart(
            f"Refusing to start because this OpenClaw binary ({release.version}) is older than the config "
            f"last written by OpenClaw {stamp}.",
            CONFIG_EXIT,
        )
    if unknown := unknown_keys(config, release):
        raise NoStart(f"Invalid config at openclaw.json: Unrecognized key: {unknown[0]}", CONFIG_EXIT)
    schema = schema_of(world.disk.file(world.layout.database_path) or b"")
    if schema is None or schema != release.schema:
        newer = schema is not None and schema > release.schema
        raise NoStart("the database uses newer schema version" if newer else 'Run "openclaw doctor --fix"', CONFIG_EXIT)
    if release.serving is Serving.CRASHES:
        raise NoStart("Error: the sidecar crashed", 1)
    return config


def _greet(world: World, daemon: Daemon, credential: CredentialRef | None) -> Answer:
    config = json.loads(world.disk.file(world.layout.config_path) or b"{}")
    token = config.get("gateway", {}).get("auth", {}).get("token")
    if credential is None or token != daemon.token:
        return _refuse()
    return Answer(
        AnswerKind.HELLO,
        Reached.RESPONSE,
        server_version=daemon.release.version,
        protocol=4,
        credentialed=True,
    )


def _ask_for_approval() -> Answer:
    return Answer(
        AnswerKind.REFUSED,
        Reached.RESPONSE,
        error_code="NOT_PAIRED",
        message="pairing required",
        detail_code="PAIRING_REQUIRED",
        close_code=1008,
        close_reason="pairing required",
        credentialed=True,
    )


def _refuse() -> Answer:
    return Answer(
        AnswerKind.REFUSED,
        Reached.RESPONSE,
        error_code="INVALID_REQUEST",
        message="unauthorized: gateway token mismatch (provide gateway auth token)",
        detail_code="AUTH_TOKEN_MISMATCH",
        close_code=1008,
        close_reason="unauthorized: gateway token mismatch",
        credentialed=True,
    )


def _has(config: object, path: list[str]) -> bool:
    for key in path:
        if not isinstance(config, dict) or key not in config:
            return False
        config = config[key]
    return True
