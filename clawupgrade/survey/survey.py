"""Reads the machine once: everything that a plan needs to know of one installation."""

from __future__ import annotations

import hashlib
import posixpath
from collections.abc import Mapping
from dataclasses import replace

from clawupgrade.errors import Refused
from clawupgrade.gateway.address import Address
from clawupgrade.model import Account, Install, Node, Owner, Request
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.paths import Paths, prefixes_of, resolve_paths
from clawupgrade.ports import Command, Host
from clawupgrade.survey import credentials
from clawupgrade.survey.baseline import take_baseline
from clawupgrade.survey.config import read_config
from clawupgrade.survey.gateway import find_address
from clawupgrade.survey.node import folders, on_path, read_node, service_node
from clawupgrade.survey.package import Tree, as_package, choose, enumerate_trees, tree_of
from clawupgrade.survey.service import Defined, Services, find_services, from_process, is_gateway, nobody


def survey(host: Host, request: Request) -> Install:
    """Look at everything, change nothing.

    Raises:
        Refused: there is no installation, or more than one, or what is there cannot be read.
    """
    env, account = dict(request.environ), request.account
    search = folders(env)
    services = find_services(host, account, env, request.profile)
    defined = _the_one(services)
    serving = tree_of(host, defined.merged.entry, "the service") if defined.merged.entry else None
    tree, warnings = choose(serving, _trees(host, account, env, search))
    package = as_package(tree)
    prefixes = prefixes_of(package.name, package.version)
    paths = _paths(host, request, defined, env, prefixes)
    config = read_config(host, paths.config_path)
    address = find_address(host, config, defined.merged, env, prefixes, paths)
    node_path = request.node or service_node(host, defined.merged, search)
    if not defined.merged.argv:
        defined = _running(host, address, package.root)
        node_path = request.node or _exe(host, defined) or node_path
    node = read_node(host, account, node_path, search)
    if defined.service.owner is Owner.PROCESS:
        defined = _startable(defined, node, tree, address)
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
        package_bytes=host.files.tree_bytes(package.root),
        environment=environment.children(
            paths, prefixes[0], node.path, _search(defined, search, package.bin_dir)
        ),
        warnings=(*warnings, *credentials.warn(config, refs, ("OPENCLAW",))),
    )


def installation_key(account: Account, state_dir: str) -> str:
    """A name for one installation that outlives versions: by account and state folder."""
    digest = hashlib.sha256(f"{account.uid}:{state_dir}".encode()).hexdigest()[:12]
    return f"{account.name}-{digest}"


def _the_one(services: Services) -> Defined:
    """The gateway's service; a leftover unit of the name before the rename counts only if it is alone.

    Raises:
        Refused: the user's and the system's manager both have one; they would fight over the port.
    """
    found = services.defined
    if not found:
        return nobody()
    scopes = {each.service.owner for each in found if each.service.active or each.service.enabled}
    if len(scopes) > 1:
        named = " and ".join(f"{each.service.name} ({each.service.owner})" for each in found)
        raise Refused(
            f"two services would run this gateway: {named}",
            "disable one of them: systemctl --user disable --now NAME, or sudo systemctl disable --now NAME",
        )
    return max(found, key=lambda each: (each.service.active, each.service.enabled))


def _trees(host: Host, account: Account, env: Mapping[str, str], search: tuple[str, ...]) -> tuple[Tree, ...]:
    prefixes: list[str] = []
    if script := on_path(host, "npm", search):
        done = host.commands.run(
            Command(argv.npm_prefix((script,)), env=(("PATH", ":".join(search)),), account=account, wall=60.0)
        )
        prefixes += [line for line in done.out.splitlines() if line.startswith("/")] if done.ok else []
    return enumerate_trees(host, account.home, search, prefixes, env)


def _paths(
    host: Host, request: Request, defined: Defined, env: Mapping[str, str], prefixes: tuple[str, ...]
) -> Paths:
    """Where the service's own variables lead, else the shell's.

    Raises:
        Refused: the shell leads elsewhere than the service.
    """
    home = request.account.home
    of_shell = resolve_paths(home, env, request.profile, host.files.exists, prefixes)
    if not defined.merged.argv:
        return of_shell
    own = {name: value for name, value in defined.merged.environment if name not in defined.merged.unset}
    of_service = resolve_paths(own.get("HOME", home), own, request.profile, host.files.exists, prefixes)
    if of_shell.explicit and of_shell.state_dir != of_service.state_dir:
        raise Refused(
            f"the environment says {of_shell.state_dir}, {defined.service.name} uses {of_service.state_dir}",
            "unset the variable, or name the profile that is meant with --profile",
        )
    return of_service


def _running(host: Host, address: Address, root: str) -> Defined:
    for process in host.processes.listeners(address.port):
        if process.pid and is_gateway(process, root):
            return from_process(process)
    return nobody()


def _exe(host: Host, defined: Defined) -> str:
    process = host.processes.find(defined.service.main_pid) if defined.service.main_pid else None
    return process.exe if process and posixpath.basename(process.exe) == "node" else ""


def _startable(defined: Defined, node: Node, tree: Tree, address: Address) -> Defined:
    """OpenClaw overwrites its own command line with a title, so how to start it is made, not read."""
    command = argv.gateway_run(node.path, tree.entry, address.port)
    return replace(defined, service=replace(defined.service, argv=command))


def _search(defined: Defined, search: tuple[str, ...], bin_dir: str) -> tuple[str, ...]:
    own = folders({"PATH": defined.merged.value("PATH") or ""}) if defined.merged.argv else ()
    return tuple(dict.fromkeys((*search[: -len(folders({}))], bin_dir, *own, *search)))
