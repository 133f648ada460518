"""What was found on the machine."""

from __future__ import annotations

from msgspec import Struct, field

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.verdict import Baseline, Was
from clawupgrade.model.account import Account
from clawupgrade.model.service import Service


class Node(Struct, frozen=True):
    """A Node.js with the npm beside it. `npm` is npm's command line: `(node, npm-cli.js)`."""

    path: str
    version: str
    npm: tuple[str, ...]
    npm_version: str = ""


class Package(Struct, frozen=True):
    """An installed npm-global package: `<prefix>/lib/node_modules/<name>`."""

    name: str
    version: str
    root: str
    prefix: str
    bin_dir: str


class CredentialRef(Struct, frozen=True):
    """Where a credential stands, never the credential itself.

    source: `config`, `argv`, `unit`, `plist`, `envfile`, `dotenv`, `compose`, `container`, `process`, `environment`
    place:  file, unit or pid; key: config path or variable; kind: `token` or `password`
    digest: keyed hash, equal for equal secrets of one installation
    """

    source: str
    place: str
    key: str
    kind: str
    digest: str


class Install(Struct, frozen=True):
    """One OpenClaw installation, read once; afterwards nobody asks the machine again.

    obstacles: (message, hint) of what was found while looking and forbids a change, but no look.
    outlying: files outside the state that the target changes or removes, included ones among them.
    moves: (from, to) of what the target carries elsewhere: a legacy state folder, a legacy unit.
    """

    key: str
    account: Account
    package: Package
    node: Node
    state_dir: str
    config_path: str
    profile: str
    service: Service
    address: Address
    credentials: tuple[CredentialRef, ...] = ()
    credential: CredentialRef | None = None
    baseline: Baseline = field(default_factory=lambda: Baseline(Was.UNKNOWN))
    baseline_words: str = ""
    state_bytes: int = 0
    environment: tuple[tuple[str, str], ...] = ()
    warnings: tuple[str, ...] = ()
    obstacles: tuple[tuple[str, str], ...] = ()
    outlying: tuple[str, ...] = ()
    moves: tuple[tuple[str, str], ...] = ()
