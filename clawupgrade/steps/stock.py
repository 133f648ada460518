"""Taking stock: one cheap look at an installation, as the material that the conservation rules read."""

from __future__ import annotations

import json
import posixpath
from collections.abc import Iterator
from pathlib import PurePosixPath

from clawupgrade.conservation.losses import take
from clawupgrade.conservation.material import AGENT_FILES, AGENT_TABLES, STATE_FILES, STATE_TABLES, Material, TableRow
from clawupgrade.conservation.thing import Inventory
from clawupgrade.model import Install, Plan
from clawupgrade.openclaw import argv, environment, output
from clawupgrade.openclaw.document import Document, Json, resolve_includes
from clawupgrade.ports import Command, Host
from clawupgrade.steps import inside, serving

# Folders below the state whose files hold secrets.
_PATIENCE = 120.0
_PRIVATE = ("credentials", "identity", "devices")


def take_stock(host: Host, install: Install, accounts: Json = None) -> Inventory:
    """What of all that must survive is there now; the gateway may serve meanwhile.

    accounts: what `ask_accounts` got, None where nobody asked. Raises DocumentError for a config that cannot be read.
    """
    files = host.files
    raw = files.read(install.config_path)
    document = Document.parse(raw if raw is not None else "{}", source=install.config_path)
    resolved = resolve_includes(document, lambda path: content_of(host, str(path)))
    stores, torn = _stores(host, install.state_dir)
    tables, locked = _tables(host, install.state_dir)
    token, is_told = _token(host, install)
    return take(
        Material(
            config=resolved.value,
            stores=stores,
            tables=tables,
            modes=dict(_modes(host, install, [str(path) for path in resolved.files])),
            folder=files.names(posixpath.dirname(install.config_path)),
            accounts=accounts,
            token=token,
            torn=frozenset(
                source
                for source, is_unknown in (
                    ("state", torn or locked),
                    ("token", not is_told),
                    ("accounts", accounts is None),
                )
                if is_unknown
            ),
        )
    )


def ask_accounts(host: Host, install: Install, root: str) -> Json:
    """The channel accounts of the serving gateway, by the release in `root`; None where it does not say."""
    done = inside.ask(
        host,
        install,
        Command(
            argv.channels_status(*inside.tool(host, install, root)),
            env=environment.for_openclaw(install),
            account=install.account,
            wall=_PATIENCE,
        ),
    )
    said = output.json_document(done.out)
    return said.get("channelAccounts") if isinstance(said, dict) else None


def has_channels(host: Host, install: Install) -> bool:
    """Whether the config sets up any channel: else there is no account to ask for."""
    content = host.files.read(install.config_path)
    return bool(content) and bool(Document.parse(content or b"{}").get("channels"))


def content_of(host: Host, path: str) -> bytes:
    """A file that has to be there. Raises FileNotFoundError."""
    content = host.files.read(path)
    if content is None:
        raise FileNotFoundError(2, "there is no such file", path)
    return content


def _agents(host: Host, state_dir: str) -> tuple[str, ...]:
    return host.files.names(f"{state_dir}/agents")


def _stores(host: Host, state_dir: str) -> tuple[dict[str, Json], bool]:
    """Parsed JSON files by their path below the state, and whether one of them could not be parsed."""
    paths = (*STATE_FILES, *(f"agents/{name}/{file}" for name in _agents(host, state_dir) for file in AGENT_FILES))
    found: dict[str, Json] = {}
    is_torn = False
    for path in paths:
        try:
            content = host.files.read(f"{state_dir}/{path}")
            if content is not None:
                found[path] = json.loads(content)
        except (ValueError, OSError):
            is_torn = True
    return found, is_torn


def _tables(host: Host, state_dir: str) -> tuple[dict[str, tuple[TableRow, ...]], bool]:
    """Rows by table, and whether a database could not be read."""
    wanted = [(f"{state_dir}/state/openclaw.sqlite", table, table) for table in STATE_TABLES]
    for agent in _agents(host, state_dir):
        path = f"{state_dir}/agents/{agent}/agent/openclaw-agent.sqlite"
        wanted += [(path, table, f"{agent}/{table}") for table in AGENT_TABLES]
    found: dict[str, tuple[TableRow, ...]] = {}
    for path, table, name in wanted:
        try:
            rows = host.databases.rows(path, table)
        except OSError:
            return found, True
        if rows is not None:
            found[name] = rows
    return found, False


def _token(host: Host, install: Install) -> tuple[str | None, bool]:
    """The credential's digest now, and whether it could be told."""
    chosen = install.credential
    if chosen is None or not chosen.digest:
        return None, False
    place = serving.same_secret(host, install)
    now = chosen.digest if place is not None else host.secrets.digest(chosen)
    return now, now is not None


def _modes(host: Host, install: Install, included: list[str]) -> Iterator[tuple[str, int]]:
    """By a name that outlives a move of the state; what is not there has none."""
    base = PurePosixPath(install.state_dir)
    wanted = [("config", install.config_path), ("state", install.state_dir)]
    for path in included:
        inside = PurePosixPath(path).is_relative_to(base)
        wanted.append((str(PurePosixPath(path).relative_to(base)) if inside else path, path))
    below = [".env", *(f"agents/{agent}/{file}" for agent in _agents(host, str(base)) for file in AGENT_FILES)]
    below += [f"state/{name}" for name in host.files.names(f"{base}/state") if name.endswith(".sqlite")]
    for folder in _PRIVATE:
        below += [folder, *(f"{folder}/{name}" for name in host.files.names(f"{base}/{folder}"))]
    for name, path in (*wanted, *((name, f"{base}/{name}") for name in below)):
        mode = host.files.mode(path)
        if mode is not None:
            yield name, mode


def seat(host: Host, plan: Plan) -> Install:
    """Where the installation is now: between two hops the target may not have moved it yet."""
    return plan.landing if host.files.exists(plan.landing.config_path) else plan.install


def path_of(install: Install, name: str) -> str:
    """Where the file lies that a mode is named after."""
    match name:
        case "config":
            return install.config_path
        case "state":
            return install.state_dir
        case _:
            return name if name.startswith("/") else f"{install.state_dir}/{name}"
