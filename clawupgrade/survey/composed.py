"""Reads a Compose project's gateway as an installation: what is inside by its own Node, the rest from here."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from msgspec.structs import replace

from clawupgrade.composed import Composed, Facts, Wanted
from clawupgrade.containers import pinning
from clawupgrade.containers.inspected import Container
from clawupgrade.containers.reach import reach_of
from clawupgrade.errors import Refused
from clawupgrade.gateway.address import Address
from clawupgrade.model import CredentialRef, Install, Node, Owner, Package, Request, Service
from clawupgrade.openclaw.paths import Paths, prefixes_of
from clawupgrade.openclaw.units import Unit
from clawupgrade.openclaw.variables import UNREAD
from clawupgrade.ports import Host
from clawupgrade.survey import credentials
from clawupgrade.survey.baseline import take_baseline
from clawupgrade.survey.config import Config, read_config
from clawupgrade.survey.gateway import DEFAULT_PORT
from clawupgrade.survey.outlying import TENDED, workspaces
from clawupgrade.survey.service import Defined
from clawupgrade.survey.supervision import refuse_stated

_VARIABLES = (
    ("OPENCLAW_GATEWAY_TOKEN", "token"),
    ("OPENCLAW_GATEWAY_PASSWORD", "password"),
    ("CLAWDBOT_GATEWAY_TOKEN", "token"),
    ("CLAWDBOT_GATEWAY_PASSWORD", "password"),
    (UNREAD, "token"),
)


def find_composed(host: Host, request: Request) -> tuple[Composed, ...]:
    """The gateways of Compose projects on this machine. Raises Refused where asked for and not to be had."""
    reach = reach_of(dict(request.environ))
    return host.containers.gateways(Wanted(request.compose, request.service, reach))


def choose_composed(every: tuple[Composed, ...]) -> Composed:
    """The only one. Raises Refused where there are several, or none."""
    if not every:
        raise Refused("no Compose project runs an OpenClaw gateway here", "name its compose file with --compose")
    if len(every) > 1:
        named = "; ".join(f"{each.service} of {each.project} ({each.folder})" for each in every)
        one = every[0]
        raise Refused(
            f"{len(every)} gateways of OpenClaw run in Compose projects here: {named}",
            f"name one: --compose {one.folder} --service {one.service}",
        )
    return every[0]


def survey_composed(host: Host, request: Request, found: Composed) -> Install:
    """Look at one of them; nothing is changed. What forbids a change but no look becomes an obstacle.

    Raises:
        Refused: the container is gone, or holds no OpenClaw.
    """
    seen, facts = host.containers.look(found), host.containers.facts(found)
    if seen is None or facts is None:
        raise Refused(f"{found.service} of {found.project} holds no OpenClaw", "name its service with --service")
    state = found.outside(facts.state)
    # In the container's own layer it can be read as long as the container runs; it is never written there.
    layer = f"/proc/{seen.pid}/root" if seen.pid else found.folder
    state_dir = state or f"{layer}{facts.state}"
    config_path = found.outside(facts.config) or f"{layer}{facts.config}"
    host.secrets.learn(config_path)
    config, unreadable = _config(host, config_path)
    port = _inner_port(seen, config)
    found = replace(
        found,
        node=facts.node,
        entry=facts.entry,
        root=facts.root,
        home=facts.home,
        user=facts.user,
        state=facts.state,
        config=facts.config,
        port=port,
        build=_builds(host, found),
    )
    pin, no_pin = _pin(host, request, found)
    found = replace(found, pin=pin, edits=request.write)
    address, hidden = _address(seen, port)
    paths = Paths(facts.home, "", state_dir, config_path, f"{facts.state}/workspace", (f"{state_dir}/.env",), True)
    service = Service(
        owner=Owner.COMPOSE,
        name=found.service,
        files=tuple(dict.fromkeys((*found.files, *((pin,) if pin else ())))),
        argv=found.command,
        environment=tuple(each.partition("=")[0] for each in seen.variables),
        active=seen.running,
        enabled=seen.is_restarted,
        main_pid=seen.pid or None,
        composed=found,
    )
    refs = _credentials(host, config, paths, found)
    credential = credentials.choose(config, refs)
    baseline, words = take_baseline(host, address, credential, serving=seen.running)
    account = request.account
    obstacles = [unreadable, no_pin, hidden, _in_layer(state, facts), *_unreachable(host, found, state)]
    obstacles += _gone(host, found)
    obstacles += refuse_stated(lambda name: seen.variable(name) or "", facts.root)
    return Install(
        key=f"{found.project}-{found.service}",
        account=account,
        package=Package(facts.name, facts.version, facts.root, posixpath.dirname(facts.root), ""),
        node=Node(facts.node, facts.node_version, facts.npm),
        state_dir=state_dir,
        config_path=config_path,
        profile="",
        service=service,
        address=address,
        credentials=refs,
        credential=credential,
        baseline=baseline,
        baseline_words=words,
        state_bytes=host.files.tree_bytes(state_dir) if state and host.files.exists(state_dir) else 0,
        warnings=tuple(credentials.warn(config, refs)),
        outlying=tuple(_outlying(found, config, paths)),
        obstacles=tuple((each.message, each.hint) for each in obstacles if each),
    )


def _config(host: Host, path: str) -> tuple[Config, Refused | None]:
    try:
        return read_config(host, path), None
    except Refused as error:
        return Config(path, {}), Refused(error.message, error.hint or "correct the config by hand")


def _credentials(host: Host, config: Config, paths: Paths, found: Composed) -> tuple[CredentialRef, ...]:
    """In the config, in the state's `.env`, and what the container was given. A reference leads to the container."""
    place = f"{found.project}/{found.service}"
    inside = [CredentialRef("container", place, name, kind, "") for name, kind in _VARIABLES]
    led = credentials.leads(config).items()
    inside += [CredentialRef("container", place, name, kind, "") for name, (_, kind) in led]
    # The container's home is not this machine's: nothing of ours may be taken for its own.
    here = replace(paths, home=paths.state_dir)
    refs = credentials.gather(host, config, Defined(Service(owner=Owner.COMPOSE), Unit()), {}, here)
    known = [ref for ref in refs if ref.source != "compose"]
    digests = ((ref, host.secrets.digest(ref)) for ref in dict.fromkeys(inside))
    return (*known, *(replace(ref, digest=digest) for ref, digest in digests if digest))


def _inner_port(seen: Container, config: Config) -> int:
    """As every release has it: `--port`, the variable, the config, 18789."""
    words = seen.command
    for number, word in enumerate(words):
        name, sign, value = word.partition("=")
        stated = value if sign else "".join(words[number + 1 : number + 2])
        if name == "--port" and stated.isdecimal():
            return int(stated)
    for prefix in prefixes_of("openclaw", "2026.2.0"):
        if (stated := seen.variable(f"{prefix}_GATEWAY_PORT") or "").isdecimal():
            return int(stated)
    port = config.get("gateway.port")
    return port if isinstance(port, int) and not isinstance(port, bool) else DEFAULT_PORT


def _address(seen: Container, port: int) -> tuple[Address, Refused | None]:
    if seen.network == "host":
        return Address("127.0.0.1", port), None
    if port in seen.ports:
        return Address(*seen.ports[port]), None
    return Address("127.0.0.1", port), Refused(
        f"the gateway's port {port} is published nowhere: nobody here could ask whether it serves",
        f'publish it on this machine alone: ports: ["127.0.0.1:{port}:{port}"]',
    )


def _builds(host: Host, found: Composed) -> bool:
    texts = (host.files.read(path) or b"" for path in found.files)
    return any(pinning.builds(text, found.service) for text in texts)


def _pin(host: Host, request: Request, found: Composed) -> tuple[str, Refused | None]:
    """The file that will name the new image. The user's own is never written without being asked."""
    if request.build:
        return "", None
    read = host.files.read
    if request.write:
        path = pinning.files_with_image(((each, read(each) or b"") for each in found.files), found.service)
        if path:
            return path, None
        return "", Refused("no compose file names this service's image", "leave --write out, or use --build")
    ours = next((path for path in found.files if pinning.is_ours(read(path))), "")
    beside = ours or pinning.override_beside(found.files, found.folder)
    if beside and (ours or read(beside) is None or pinning.is_ours(read(beside))):
        return beside, None
    what = f"{beside} is your own" if beside else f"Compose reads no override file beside {', '.join(found.files)}"
    return "", Refused(f"there is no place to pin the image in: {what}", "let the compose file be edited: --write")


def _in_layer(state: str | None, facts: Facts) -> Refused | None:
    if state is not None:
        return None
    return Refused(
        f"the state ({facts.state}) lies in the container's own layer: the next new container begins without it, "
        "and with another token",
        "move it to a volume first, keeping the token: clawupgrade init --compose",
    )


def _unreachable(host: Host, found: Composed, state: str | None) -> Iterator[Refused | None]:
    if state is None:
        return
    if not host.files.exists(state):
        yield Refused(f"the volume's folder {state} is not on this machine", "run clawupgrade where the daemon runs")
    elif not host.files.writable(state):
        yield Refused(f"{state}, where the state lies, may not be written to", "run clawupgrade as root")


def _gone(host: Host, found: Composed) -> Iterator[Refused]:
    """Without its compose files a container serves on, and could never be made anew."""
    for path in found.files:
        if path != found.pin and not host.files.exists(path):
            yield Refused(
                f"the compose file {path}, which {found.service} was made from, is gone",
                "put it back, or have Compose make the service anew without it: docker compose up -d",
            )


def _outlying(found: Composed, config: Config, paths: Paths) -> Iterator[str]:
    """What lies in folders of their own: mounts below the state as a whole, of other workspaces what releases tend."""
    nested = [mount.source for mount in found.below(found.state) if mount.writable]
    yield from nested
    for workspace in workspaces(config, paths):
        there = found.outside(workspace)
        within = workspace == found.state or workspace.startswith(f"{found.state}/")
        if there is not None and not within:
            yield from (f"{there}/{name}" for name in TENDED)
