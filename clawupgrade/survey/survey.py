"""Reads the machine once: everything that a plan needs to know of one installation."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from clawupgrade.errors import Refused
from clawupgrade.model import Account, Install, Owner, Request
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.paths import Paths, prefixes_of, resolve_paths
from clawupgrade.ports import Host
from clawupgrade.survey import credentials
from clawupgrade.survey.baseline import take_baseline
from clawupgrade.survey.config import Config, read_config
from clawupgrade.survey.gateway import find_address
from clawupgrade.survey.node import folders, npm_prefixes, read_node, service_node
from clawupgrade.survey.outlying import find_moves, find_outlying, refuse_taken
from clawupgrade.survey.package import (
    Tree,
    as_package,
    choose,
    enumerate_trees,
    is_dormant,
    refuse_rivals,
    tree_of,
)
from clawupgrade.survey.service import (
    Defined,
    find_services,
    pick,
    refuse_two_scopes,
    refuse_vanished,
    running,
    warn_of_leftover_units,
)
from clawupgrade.survey.supervision import refuse_supervised


def survey(host: Host, request: Request) -> Install:
    """Look at everything, change nothing. What forbids a change but no look becomes an obstacle.

    Raises:
        Refused: there is no installation, or none that npm put there, or no Node that could run it.
    """
    env, account, obstacles = dict(request.environ), request.account, list[Refused | None]()
    if request.means_container:
        return _in_container(host, request)
    search = folders(env)
    services = find_services(host, account, env, request.profile)
    defined = pick(services)
    obstacles += [refuse_two_scopes(services), refuse_vanished(host, defined)]
    entry = defined.merged.entry
    serving = tree_of(host, entry, defined.service.name) if entry else None
    trees = _trees(host, account, env, search)
    if serving is None and not trees and (found := _where_nothing_else_is(host, request)):
        return found
    tree, others = choose(serving, trees)
    obstacles.append(refuse_rivals(tree, others))
    package = as_package(tree)
    prefixes = prefixes_of(package.name, package.version)
    paths, conflict = _paths(host, request, defined, env, prefixes)
    host.secrets.learn(paths.config_path)
    config, unreadable = _config(host, paths)
    address = find_address(host, config, defined.merged, env, prefixes, paths)
    defined = defined if entry else running(host, address.port, package.root)
    node_path = request.node or defined.exe or service_node(host, defined.merged, search)
    node = read_node(host, account, node_path, search)
    if defined.service.owner is Owner.PROCESS:
        # OpenClaw overwrites its own command line with a title: how to start it is made, not read.
        command = argv.gateway_run(node.path, tree.entry, address.port)
        defined = replace(defined, service=replace(defined.service, argv=command))
    moves = find_moves(paths, defined.service, account)
    obstacles += [conflict, unreadable, refuse_taken(host, moves), *refuse_supervised(host, env, defined, package.root)]
    refs = credentials.gather(host, config, defined, env, paths)
    credential = credentials.choose(config, refs)
    serving_now = defined.service.active or bool(host.processes.listeners(address.port))
    baseline, words = take_baseline(host, address, credential, serving=serving_now)
    return Install(
        key=installation_key(account, paths.state_dir),
        account=account,
        package=package,
        node=node,
        state_dir=paths.state_dir,
        config_path=paths.config_path,
        profile=paths.profile,
        service=defined.service,
        address=address,
        credentials=refs,
        credential=credential,
        baseline=baseline,
        baseline_words=words,
        state_bytes=host.files.tree_bytes(paths.state_dir) if host.files.exists(paths.state_dir) else 0,
        environment=environment.children(paths, prefixes[0], node.path, _search(defined, env, package.bin_dir)),
        warnings=(
            *_warn(host, tree, others),
            *warn_of_leftover_units(services, defined),
            *credentials.warn(config, refs),
        ),
        outlying=find_outlying(host, config, paths),
        moves=moves,
        obstacles=tuple((each.message, each.hint) for each in obstacles if each),
    )


def installation_key(account: Account, state_dir: str) -> str:
    """A name for one installation that outlives versions: by account and state folder."""
    digest = hashlib.sha256(f"{account.uid}:{state_dir}".encode()).hexdigest()[:12]
    return f"{account.name}-{digest}"


def _in_container(host: Host, request: Request) -> Install:
    from clawupgrade.survey.composed import choose_composed, find_composed, survey_composed

    return survey_composed(host, request, choose_composed(find_composed(host, request)))


def _where_nothing_else_is(host: Host, request: Request) -> Install | None:
    """A container's, where nothing is installed on the machine itself: who has no Docker has nothing in it either."""
    from clawupgrade.survey.composed import choose_composed, find_composed, survey_composed

    try:
        every = find_composed(host, request)
    except Refused:
        return None
    return survey_composed(host, request, choose_composed(every)) if every else None


def _trees(host: Host, account: Account, env: Mapping[str, str], search: tuple[str, ...]) -> tuple[Tree, ...]:
    return enumerate_trees(host, account.home, search, npm_prefixes(host, account.home, search), env)


def _paths(
    host: Host, request: Request, defined: Defined, env: Mapping[str, str], prefixes: tuple[str, ...]
) -> tuple[Paths, Refused | None]:
    """Where the service's own variables lead, else the shell's; refused where the two lead apart."""
    home, exists = request.account.home, host.files.exists
    of_shell = resolve_paths(home, env, request.profile, exists, prefixes)
    if not defined.merged.argv:
        return of_shell, None
    own = {name: value for name in defined.merged.names if (value := defined.merged.value(name)) is not None}
    of_service = resolve_paths(own.get("HOME", home), own, request.profile, exists, prefixes)
    if not of_shell.explicit or of_shell.state_dir == of_service.state_dir:
        return of_service, None
    return of_service, Refused(
        f"the environment says {of_shell.state_dir}, but {defined.service.name} uses {of_service.state_dir}",
        "unset the variable, or name the profile that is meant with --profile",
    )


def _config(host: Host, paths: Paths) -> tuple[Config, Refused | None]:
    try:
        return read_config(host, paths.config_path), None
    except Refused as error:
        hint = error.hint or "correct the config by hand; openclaw doctor says more"
        return Config(paths.config_path, {}), Refused(error.message, hint)


def _search(defined: Defined, env: Mapping[str, str], bin_dir: str) -> tuple[str, ...]:
    """PATH for children: the shell's, OpenClaw's own commands, the service's, the system's."""
    own = (defined.merged.value("PATH") or "").split(":")
    stated = [*env.get("PATH", "").split(":"), bin_dir, *own]
    return folders({"PATH": ":".join(stated)})


def _warn(host: Host, tree: Tree, others: tuple[Tree, ...]) -> Iterator[str]:
    for other in others:
        if is_dormant(other, tree):
            yield f"clawdbot {other.version} still lies in {other.root}, unused"
    modules = tree.root.rpartition("/")[0]
    left = [name for name in host.files.names(modules) if name.startswith((".openclaw-", ".clawdbot-"))]
    if left:
        yield f"an earlier npm run left {', '.join(left)} in {modules}; it may be removed"
