"""OpenClaw's command line in memory: does what each release does, and objects to what it would object to."""

from __future__ import annotations

import json

from msgspec.structs import replace

from clawupgrade.testing import daemon, npm, services
from clawupgrade.testing.disk import File
from clawupgrade.testing.npm import Said
from clawupgrade.testing.releases import (
    Doctoring,
    Release,
    database,
    jobs_of,
    messages_of,
    order,
    schema_of,
    torn_database,
)
from clawupgrade.testing.world import World

_UPDATE_HELP = """Usage: openclaw update [options]

Options:
  --yes           No questions
  --json          Print JSON
  --tag <tag>     Version
"""
_NO_RESTART_HELP = "  --no-restart    Leave the gateway alone\n"


def run(world: World, root: str, words: tuple[str, ...], config: str = "") -> Said:
    """The command of the package that lies in `root`, with these arguments.

    config: what `OPENCLAW_CONFIG_PATH` says; "" for the usual place.
    """
    try:
        release = daemon.release_at(world, root)
    except daemon.NoStart as end:
        return Said(1, err=end.words)
    match words:
        case ("--version",):
            return Said(0, f"OpenClaw {release.version}\n")
        case ("update", "status", "--json"):
            return Said(0, json.dumps({"status": "idle"}))
        case ("update", "--help"):
            return Said(0, _UPDATE_HELP + (_NO_RESTART_HELP if release.no_restart else ""))
        case ("doctor", "--fix", "--non-interactive", "--yes"):
            return _doctor(world, release)
        case ("config", "validate", "--json"):
            return _validate(world, release, config or world.layout.config_path)
        case ("channels", "status", "--json"):
            return _channels_status(world)
        case ("cron", "list", "--all", "--json"):
            return _cron_list(world)
        case ("gateway", "call", "cron.add", "--params", params, "--json"):
            return _cron_add(world, json.loads(params))
        case ("database", "preflight", copy, "--json"):
            return _preflight(world, release, copy)
        case ("gateway", "--port", _, "--port", "none"):
            return Said(1, err="Invalid --port. Use a port number from 1 to 65535.\n", seconds=9.0)
        case ("gateway", "install", "--force", "--port", _) if release.deaf_to_force:
            return Said(0, "Gateway service already enabled.\n", seconds=4.0)
        case ("gateway" | "daemon", "install", "--force", "--port", port):
            return _gateway_install(world, release, root, int(port))
        case ("update", "--yes", "--json", "--tag", version):
            return _update(world, release, root, version, restart=True)
        case ("update", "--yes", "--json", "--tag", version, "--no-restart") if release.no_restart:
            return _update(world, release, root, version, restart=False)
    world.violate(f"openclaw was asked {' '.join(words)}, which nobody has seen it answer")
    return Said(1, err=f"error: unknown command '{' '.join(words)}'")


def unit_text(release: Release, root: str, node: str, port: int) -> str:
    """The unit as this release writes it."""
    return (
        f"[Unit]\nDescription=OpenClaw Gateway (v{release.version})\n\n"
        f"[Service]\nExecStart={node} {root}/{release.entry} gateway --port {port}\nRestart=always\n\n"
        "[Install]\nWantedBy=default.target\n"
    )


def config_text(config: object) -> str:
    """Config as OpenClaw writes it."""
    return json.dumps(config, indent=2) + "\n"


def _preflight(world: World, release: Release, copy: str) -> Said:
    """2026.8.2 and later answer; 2026.6.11 does not know the command."""
    if order(release.version) < (2026, 8):
        return Said(1, err="error: unknown command 'database'")
    schema = schema_of(world.disk.file(copy) or b"")
    status = "exact" if schema == release.schema else "incompatible"
    answer = {"schema": "openclaw.state-schema-preflight.v1", "status": status, "requiresWrite": False}
    return Said(0 if status == "exact" else 1, json.dumps(answer))


def _doctor(world: World, release: Release) -> Said:
    if world.daemon is not None:
        world.violate("doctor was run under a live gateway")
        return Said(1, err="Doctor could not enter maintenance: another process owns gateway-lifecycle")
    try:
        config = dict(daemon.read_config(world))
    except daemon.NoStart as end:
        return Said(1, err=end.words)
    if unknown := daemon.unknown_keys(config, release):
        return Said(1, err=f"Invalid config: Unrecognized key: {unknown[0]}")
    stamp = config["meta"]["lastTouchedVersion"]
    schema = schema_of(world.disk.file(world.layout.database_path) or b"")
    if order(stamp) > order(release.version):
        return Said(1, err=f"Refusing to run doctor: this binary is older than OpenClaw {stamp}.")
    if schema is None or schema > release.schema:
        return Said(1, err="the database uses newer schema version")
    if schema < release.schema or jobs_of(world.disk.file(world.layout.database_path) or b"") is None:
        _migrate_database(world, release)
    legacy, devices = world.layout.legacy_path, f"{world.layout.state_dir}/devices/paired.json"
    if release.doctoring is Doctoring.FORGETS:
        world.effect("doctor forgets devices", lambda: world.disk.delete(devices), touches=devices, waits=True)
    if world.disk.at(legacy) is not None:
        world.effect("doctor removes the legacy file", lambda: world.disk.delete(legacy), touches=legacy, waits=True)
    config["meta"] = {"lastTouchedVersion": release.version}
    config["skills"] = {"checkedBy": release.version}
    if release.doctoring is Doctoring.CLOBBERS:
        before = world.disk.file(world.layout.config_path) or b""
        _write(world, f"{world.layout.config_path}.clobbered.1", before)
        config.pop("channels", None)
    if release.doctoring is Doctoring.LOSES:
        config.pop("channels", None)
    _write(world, world.layout.config_path, config_text(config).encode())
    if release.doctoring is Doctoring.FAILS:
        return Said(1, err="Error: startup migrations did not complete cleanly", seconds=7.0)
    return Said(0, "Doctor complete.\n", seconds=7.0)


def _migrate_database(world: World, release: Release) -> None:
    path = world.layout.database_path
    before = world.disk.entries[path]
    assert isinstance(before, File)
    jobs = jobs_of(before.content)
    if jobs is None:
        stated = json.loads(world.disk.file(world.layout.legacy_path) or '{"jobs": []}')
        jobs = tuple(job["id"] for job in stated["jobs"])
    if release.doctoring is Doctoring.LOSES:
        jobs = jobs[1:]
    after = replace(before, content=database(release.schema, messages_of(before.content), jobs))
    torn = replace(before, content=torn_database(release.schema))
    world.effect(
        "doctor migrates the database",
        lambda: world.disk.put(path, after),
        lambda: world.disk.put(path, torn),
        touches=path,
        waits=True,
        fills=True,
    )


def _validate(world: World, release: Release, path: str) -> Said:
    try:
        config = json.loads(world.disk.file(path) or b"{}")
    except ValueError:
        return Said(1, err="Invalid config: it cannot be read")
    unknown = daemon.unknown_keys(config, release)
    issues = [{"path": "<root>", "message": f'Unrecognized key: "{key}"'} for key in unknown]
    return Said(1 if unknown else 0, json.dumps({"valid": not unknown, "issues": issues}), seconds=3.0)


def _channels_status(world: World) -> Said:
    if world.daemon is None:
        return Said(0, json.dumps({"status": "unreachable"}))
    channels = daemon.read_config(world).get("channels", {})
    accounts = {name: [{"accountId": "default", "running": True}] for name in channels}
    return Said(0, json.dumps({"channelAccounts": accounts}), seconds=3.0)


def _cron_list(world: World) -> Said:
    jobs = jobs_of(world.disk.file(world.layout.database_path) or b"")
    if world.daemon is None or jobs is None:
        return Said(1, err="Error: gateway closed (1006)")
    return Said(0, json.dumps({"jobs": [{"id": name, "enabled": True} for name in jobs]}), seconds=3.0)


def _cron_add(world: World, params: dict[str, str]) -> Said:
    if world.daemon is None:
        return Said(1, err="Error: gateway closed (1006)")
    path = world.layout.database_path
    content = world.disk.file(path) or b""
    name = params["name"].removeprefix("job ") + "+"

    def add() -> None:
        now = world.disk.entries[path]
        assert isinstance(now, File)
        jobs = (*(jobs_of(now.content) or ()), name)
        schema = schema_of(now.content)
        assert schema is not None
        world.disk.put(path, replace(now, content=database(schema, messages_of(now.content), jobs)))

    if jobs_of(content) is None:
        return Said(1, err="Error: unknown method: cron.add")
    world.effect("the gateway adds a cron job", add, waits=True)
    return Said(0, "{}", seconds=3.0)


def _gateway_install(world: World, release: Release, root: str, port: int) -> Said:
    text = unit_text(release, root, world.layout.node, port).encode()
    _write(world, world.layout.unit_path, text, mode=0o644)
    world.effect("gateway install enables the unit", lambda: services.enable(world, True), waits=True)
    world.effect("gateway install reloads the units", lambda: services.load(world), waits=True)
    world.effect("gateway install starts the gateway", lambda: daemon.launch(world), waits=True)
    return Said(0, "Installed systemd service\n", seconds=4.0)


def _update(world: World, release: Release, root: str, version: str, *, restart: bool) -> Said:
    target = world.registry.get(f"{release.name}@{version}")
    if target is None:
        return Said(1, err=f"npm error code ETARGET\nnpm error notarget No matching version for {version}.")
    if world.daemon is not None:
        world.violate("openclaw update was run under a live gateway")
    for path in world.disk.below(root)[1:]:
        inside = path[len(root) + 1 :]
        if isinstance(world.disk.at(path), File) and inside not in target.tree():

            def remove(path: str = path) -> None:
                world.disk.delete(path)

            world.effect(f"update removes {inside}", remove, touches=path, waits=True)
    npm.place(world, root, target)
    done = _doctor(world, target)
    if done.rc == 0 and restart:
        world.effect("update starts the gateway", lambda: daemon.launch(world), waits=True)
    status = "ok" if done.rc == 0 else "error"
    return Said(done.rc, json.dumps({"status": status}), done.err, 60.0)


def _write(world: World, path: str, content: bytes, mode: int = 0o600) -> None:
    world.effect(
        f"openclaw writes {path}",
        lambda: world.disk.put(path, File(content, mode, durable=False)),
        lambda: world.disk.put(path, File(content[: len(content) // 2], mode, durable=False)),
        touches=path,
        waits=True,
        fills=True,
    )
