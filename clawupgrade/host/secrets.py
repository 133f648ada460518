"""The only place where a credential's value is fetched: by reference, and when it is needed."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import psutil

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.gateway.credential import Credential, digest_of
from clawupgrade.host.durable import write_file
from clawupgrade.host.scrub import Scrub
from clawupgrade.model import Account, CredentialRef
from clawupgrade.openclaw.assignments import read_assignments
from clawupgrade.openclaw.compose import dotenv_of, settings_in
from clawupgrade.openclaw.document import read_value, value_at
from clawupgrade.openclaw.launch_agents import read_agent
from clawupgrade.openclaw.secret_keys import secret_texts
from clawupgrade.openclaw.units import read_unit, split_words
from clawupgrade.ports import Command, Commands

if TYPE_CHECKING:
    from clawupgrade.host.containers import LocalContainers

_KEY_BYTES = 32
_TOKEN_BYTES = 24
"""As many as `openclaw doctor --generate-gateway-token` takes (2026.2.12 … 2026.9.6)."""
_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


class LocalSecrets:
    """The `Secrets` port. What it has fetched is known to `scrub` from then on."""

    def __init__(
        self,
        folder: Path,
        *,
        commands: Commands,
        account: Account,
        caller: Mapping[str, str],
        scrub: Scrub,
        containers: LocalContainers | None = None,
    ) -> None:
        """`folder` is our own of the installation: it keeps the key of the digests."""
        self._containers = containers
        self._key_file = folder / "digest.key"
        self._commands = commands
        self._account = account
        self._caller = caller
        self._scrub = scrub

    def digest(self, ref: CredentialRef) -> str | None:
        """16 hex digits, equal for equal secrets of this installation; None when nothing is to be had."""
        value = self._value(ref)
        if value is None:
            return None
        return digest_of(self._key(), value)

    def key(self) -> bytes:
        """The installation's own key for hashes that a person may see."""
        return self._key()

    def learn(self, config_path: str) -> None:
        """Every text below a key that names a secret; a config that cannot be read teaches nothing."""
        try:
            value = read_value(Path(config_path).read_bytes())
        except (OSError, ClawupgradeError):
            return  # whoever has to read it says so
        for secret in secret_texts(value):
            self._scrub.learn(secret)

    def credential(self, ref: CredentialRef) -> Credential | None:
        """What stands there; None when nothing is to be had."""
        value = self._value(ref)
        kind: Literal["token", "password"] = "password" if ref.kind == "password" else "token"
        return Credential(kind, value) if value is not None else None

    def written(self, config: bytes, key: str, ref: CredentialRef | None) -> bytes:
        """The config with what stands at `ref` at `key`, or with a new token, as the releases make theirs."""
        value = self._value(ref) if ref is not None else os.urandom(_TOKEN_BYTES).hex()
        if value is None:
            raise Refused("the secret that was to be moved cannot be read any more")
        self._scrub.learn(value)
        from clawupgrade.openclaw.document import Document

        return Document.parse(config).set(key, value).encoded

    def assigned(self, name: str, ref: CredentialRef) -> bytes:
        """`NAME=value`, as Compose and the engine read env files: no quotes, no line breaks."""
        value = self._value(ref)
        if value is None or "\n" in value:
            raise Refused("the secret that was to be pinned cannot be read any more, or fits into no env file")
        return f"{name}={value}\n".encode()

    def _value(self, ref: CredentialRef) -> str | None:
        try:
            value = self._look(ref)
        except (OSError, psutil.Error, ClawupgradeError):
            return None  # a place that may not be read, or a file that does not parse: "unknown", not "wrong"
        if not value:
            return None
        self._scrub.learn(value)
        return value

    def _look(self, ref: CredentialRef) -> str | None:
        match ref.source:
            case "config":
                return self._in_config(Path(ref.place), ref.key)
            case "argv":
                return _flag(read_unit([Path(ref.place).read_text("utf-8", "replace")]).argv, ref.key)
            case "unit":
                return self._in_unit(ref.place, ref.key)
            case "envfile" | "dotenv":
                return read_assignments(Path(ref.place).read_text("utf-8", "replace")).get(ref.key)
            case "plist":
                agent = read_agent(Path(ref.place).read_bytes())
                return agent.value(ref.key) if agent is not None else None
            case "compose":
                beside = Path(dotenv_of(ref.place))
                known = read_assignments(beside.read_text("utf-8", "replace")) if beside.is_file() else {}
                return settings_in(Path(ref.place).read_text("utf-8", "replace"), (ref.key,), known).get(ref.key)
            case "container":
                return self._containers.variable(ref.place, ref.key, self._caller) if self._containers else None
            case "inside":
                text = self._containers.read(ref.place, self._caller) if self._containers else None
                found = value_at(read_value(text), ref.key) if text else None
                return found if isinstance(found, str) else None
            case "process":
                return psutil.Process(int(ref.place)).environ().get(ref.key)
            case "environment":
                return self._caller.get(ref.key)
            case _:
                raise Refused(f"a credential cannot stand in “{ref.source}”")

    def _in_config(self, path: Path, key: str) -> str | None:
        found = value_at(read_value(path.read_bytes()), key)
        if isinstance(found, dict) and found.get("source") == "env":  # a SecretRef
            return self._variable(path, str(found.get("id", "")))
        if not isinstance(found, str):
            return None
        names = _VARIABLE.findall(found)
        values = {name: self._variable(path, name) for name in names}
        if None in values.values():
            return None
        return _VARIABLE.sub(lambda match: values[match[1]] or "", found)

    def _variable(self, config: Path, name: str) -> str | None:
        """As the gateway sees it where that can be told from outside: the `.env` files that it loads."""
        for path in (config.parent / ".env", Path(self._account.home, ".config/openclaw/gateway.env")):
            if path.is_file() and (value := read_assignments(path.read_text("utf-8", "replace")).get(name)):
                return value
        return None

    def _in_unit(self, place: str, key: str) -> str | None:
        if place.startswith("/"):
            return read_unit([Path(place).read_text("utf-8", "replace")], home=self._account.home).value(key)
        for scope, account in (("--user", self._account), ("--system", None)):
            argv = ("systemctl", scope, "show", place, "--property=Environment", "--no-pager")
            done = self._commands.run(Command(argv, account=account, cwd="/", wall=20.0))
            pairs = (word.partition("=") for word in split_words(done.out.strip().removeprefix("Environment=")))
            if value := {name: value for name, sign, value in pairs if sign}.get(key):
                return value
        return None

    def _key(self) -> bytes:
        if not self._key_file.exists():
            self._key_file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_file(self._key_file, os.urandom(_KEY_BYTES))
        return self._key_file.read_bytes()


def _flag(argv: tuple[str, ...], flag: str) -> str | None:
    for number, word in enumerate(argv):
        name, sign, value = word.partition("=")
        if name == flag:
            return value if sign else "".join(argv[number + 1 : number + 2])
    return None
