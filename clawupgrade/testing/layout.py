"""Where things lie on the machine in memory, and the account that they belong to."""

from __future__ import annotations

from msgspec import Struct

from clawupgrade.model import Account


class Layout(Struct, frozen=True):
    """Absolute paths, as an ordinary user's installation of `name` has them."""

    name: str = "openclaw"
    home: str = "/home/claw"
    port: int = 18789
    node: str = "/opt/node/bin/node"
    npm_script: str = "/opt/node/lib/node_modules/npm/bin/npm-cli.js"
    node_version: str = "v24.19.0"

    @property
    def account(self) -> Account:
        """The account that OpenClaw runs as."""
        return Account("claw", 1000, 1000, self.home)

    @property
    def npm(self) -> tuple[str, ...]:
        """npm's command line."""
        return (self.node, self.npm_script)

    @property
    def prefix(self) -> str:
        """npm's global prefix."""
        return f"{self.home}/.npm-global"

    @property
    def bin_dir(self) -> str:
        """Where npm links commands."""
        return f"{self.prefix}/bin"

    @property
    def modules(self) -> str:
        """Where global packages lie."""
        return f"{self.prefix}/lib/node_modules"

    @property
    def root(self) -> str:
        """The installed package."""
        return f"{self.modules}/{self.name}"

    @property
    def state_dir(self) -> str:
        """OpenClaw's state."""
        return f"{self.home}/.openclaw"

    @property
    def config_path(self) -> str:
        """OpenClaw's config."""
        return f"{self.state_dir}/openclaw.json"

    @property
    def database_path(self) -> str:
        """OpenClaw's database."""
        return f"{self.state_dir}/state/openclaw.sqlite"

    @property
    def legacy_path(self) -> str:
        """A file that a schema migration takes into the database and removes."""
        return f"{self.state_dir}/cron/jobs.json"

    @property
    def unit_name(self) -> str:
        """The service's name."""
        return "openclaw-gateway.service"

    @property
    def units(self) -> str:
        """Where the user's units lie."""
        return f"{self.home}/.config/systemd/user"

    @property
    def unit_path(self) -> str:
        """The service's definition."""
        return f"{self.units}/{self.unit_name}"

    @property
    def wants_path(self) -> str:
        """The link that makes it start at boot."""
        return f"{self.units}/default.target.wants/{self.unit_name}"

    @property
    def hooks(self) -> str:
        """The operator's hooks; the text of one is the code that it ends with, or `hang`."""
        return f"{self.home}/.config/clawupgrade/hooks"

    @property
    def runs(self) -> str:
        """Where the runs of this installation are kept."""
        return f"{self.home}/.local/state/clawupgrade/runs"
