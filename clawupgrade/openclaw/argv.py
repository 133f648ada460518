"""Command lines of OpenClaw and npm as tuples, made by pure functions. No secret ever stands in one.

OpenClaw is run as `(node, entry, …)`, never through its shebang: the Node that serves is asked.
"""

from __future__ import annotations


def version(node: str, entry: str) -> tuple[str, ...]:
    """Ask a package tree for its version.

    >>> version("/n/bin/node", "/p/openclaw/openclaw.mjs")
    ('/n/bin/node', '/p/openclaw/openclaw.mjs', '--version')
    """
    return (node, entry, "--version")


def help_of(node: str, entry: str, *command: str) -> tuple[str, ...]:
    """Ask what a command can do, rather than guess from the version number.

    >>> help_of("node", "openclaw.mjs", "gateway", "stop")
    ('node', 'openclaw.mjs', 'gateway', 'stop', '--help')
    """
    return (node, entry, *command, "--help")


def doctor_fix(node: str, entry: str) -> tuple[str, ...]:
    """Repair config and state without a question; all three flags exist since clawdbot 2026.1.24-3.

    >>> doctor_fix("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'doctor', '--fix', '--non-interactive', '--yes')
    """
    return (node, entry, "doctor", "--fix", "--non-interactive", "--yes")


def service_install(node: str, entry: str, group: str, port: int | None = None) -> tuple[str, ...]:
    """Write the service definition anew, over an old one; it starts the gateway too.

    group: the command that it belongs to, `gateway` or `daemon`; see `repairs.definition`.

    >>> service_install("node", "openclaw.mjs", "gateway", 18789)
    ('node', 'openclaw.mjs', 'gateway', 'install', '--force', '--port', '18789')
    """
    chosen = () if port is None else ("--port", str(port))
    return (node, entry, group, "install", "--force", *chosen)


def gateway_run(node: str, entry: str, port: int) -> tuple[str, ...]:
    """Serve in the foreground.

    >>> gateway_run("node", "openclaw.mjs", 18789)
    ('node', 'openclaw.mjs', 'gateway', 'run', '--port', '18789')
    """
    return (node, entry, "gateway", "run", "--port", str(port))


def gateway_start_alone(command: tuple[str, ...]) -> tuple[str, ...]:
    """A gateway that does all that comes before it reads its options, and ends then: its port is none.

    >>> gateway_start_alone(("node", "index.js", "gateway", "--port", "18789"))
    ('node', 'index.js', 'gateway', '--port', '18789', '--port', 'none')
    """
    return (*command, "--port", "none")


def gateway_status(node: str, entry: str) -> tuple[str, ...]:
    """What OpenClaw itself says of its service, without a probe over the network.

    >>> gateway_status("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'gateway', 'status', '--json', '--no-probe')
    """
    return (node, entry, "gateway", "status", "--json", "--no-probe")


def update_inplace(node: str, entry: str, target: str, *, restart: bool = True) -> tuple[str, ...]:
    """OpenClaw's own updater; `restart=False` only where the release's help shows `--no-restart`.

    >>> update_inplace("node", "openclaw.mjs", "2026.9.6", restart=False)
    ('node', 'openclaw.mjs', 'update', '--yes', '--json', '--tag', '2026.9.6', '--no-restart')
    """
    extra = () if restart else ("--no-restart",)
    return (node, entry, "update", "--yes", "--json", "--tag", target, *extra)


def update_status(node: str, entry: str) -> tuple[str, ...]:
    """Whether an update of OpenClaw's own is under way.

    >>> update_status("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'update', 'status', '--json', '--timeout', '3')
    """
    return (node, entry, "update", "status", "--json", "--timeout", "3")


def database_preflight(node: str, entry: str, kind: tuple[str, ...], copy: str) -> tuple[str, ...]:
    """Ask a release whether it reads a copied database; `kind` comes from `state_preflight`.

    >>> database_preflight("node", "openclaw.mjs", ("preflight",), "/c.sqlite")
    ('node', 'openclaw.mjs', 'database', 'preflight', '/c.sqlite', '--json')
    """
    return (node, entry, "database", kind[0], copy, *kind[1:], "--json")


def config_validate(node: str, entry: str) -> tuple[str, ...]:
    """Let a release judge the config without starting anything; not in early releases.

    >>> config_validate("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'config', 'validate', '--json')
    """
    return (node, entry, "config", "validate", "--json")


def cron_list(node: str, entry: str) -> tuple[str, ...]:
    """All cron jobs, disabled ones too, as the serving gateway has them.

    >>> cron_list("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'cron', 'list', '--all', '--json')
    """
    return (node, entry, "cron", "list", "--all", "--json")


def channels_status(node: str, entry: str) -> tuple[str, ...]:
    """Every channel account as the serving gateway has it.

    >>> channels_status("node", "openclaw.mjs")
    ('node', 'openclaw.mjs', 'channels', 'status', '--json')
    """
    return (node, entry, "channels", "status", "--json")


def cron_add(node: str, entry: str, params: str) -> tuple[str, ...]:
    """Add a cron job through the serving gateway; `params` is the job as JSON, which `cron add` has no flag for.

    >>> cron_add("node", "openclaw.mjs", "{}")
    ('node', 'openclaw.mjs', 'gateway', 'call', 'cron.add', '--params', '{}', '--json')
    """
    return (node, entry, "gateway", "call", "cron.add", "--params", params, "--json")


def sessions_active(node: str, entry: str, minutes: int, *, every_agent: bool = True) -> tuple[str, ...]:
    """The sessions that were active within the last minutes, read from the state, not the gateway.

    every_agent: else only the default agent's, which is all that early releases can tell.

    >>> sessions_active("node", "openclaw.mjs", 10)[2:]
    ('sessions', '--active', '10', '--all-agents', '--json')
    """
    return (node, entry, "sessions", "--active", str(minutes), *(("--all-agents",) if every_agent else ()), "--json")


def npm_install(npm: tuple[str, ...], stage: str, spec: str, *, npm_version: str = "") -> tuple[str, ...]:
    """Install one exact package into a private prefix, as OpenClaw 2026.9's own updater would.

    npm_version: `11.17.0`; "" leaves out what only newer ones know. npm 11.16 began to ask for
    `--allow-scripts` before it runs a package's own postinstall.

    >>> npm_install(("node", "npm-cli.js"), "/s", "openclaw@2026.9.6", npm_version="11.17.0")[2:]
    ('install', '-g', '--prefix', '/s', '--no-audit', '--no-fund', '--loglevel=error', \
'--min-release-age=0', '--allow-scripts=openclaw', 'openclaw@2026.9.6')
    """
    from clawupgrade.openclaw.versions import is_newer

    extra: tuple[str, ...] = ()
    if npm_version and not is_newer("11.10.0", npm_version):
        # An exact target must not be hidden by the user's own min-release-age, or `before` (npm 11.17: 0 beats both).
        extra += ("--min-release-age=0",)
    if npm_version and not is_newer("11.16.0", npm_version):
        extra += (f"--allow-scripts={spec.rpartition('@')[0] or spec}",)
    quiet = ("--no-audit", "--no-fund", "--loglevel=error")
    return (*npm, "install", "-g", "--prefix", stage, *quiet, *extra, spec)


def npm_releases(npm: tuple[str, ...], name: str) -> tuple[str, ...]:
    """Ask the registry for all releases and when each was published.

    >>> npm_releases(("node", "npm-cli.js"), "openclaw")[2:]
    ('view', 'openclaw', 'versions', 'time', '--json', '--loglevel=error')
    """
    return (*npm, "view", name, "versions", "time", "--json", "--loglevel=error")


def npm_view(npm: tuple[str, ...], spec: str) -> tuple[str, ...]:
    """Ask the registry for the facts of one release, through the user's own npm configuration.

    >>> npm_view(("node", "npm-cli.js"), "openclaw@2026.9.6")[2:5]
    ('view', 'openclaw@2026.9.6', 'name')
    """
    fields = ("name", "version", "engines", "dist", "time", "deprecated")
    return (*npm, "view", spec, *fields, "--json", "--loglevel=error")
