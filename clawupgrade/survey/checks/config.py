"""A config that no release could write, or that the target would not start on and nobody but a person can settle."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath

from clawupgrade.errors import ClawupgradeError, Refused
from clawupgrade.migrations.findings import Finding, findings
from clawupgrade.model import CredentialRef, Install
from clawupgrade.openclaw.document import Document, resolve_includes
from clawupgrade.ports import Host
from clawupgrade.survey.checks.scene import Scene

_OWNER_MAY_WRITE = 0o200


def check_config(scene: Scene) -> Iterator[ClawupgradeError]:
    """Not a link, not read-only, and nothing in it that has to be settled first."""
    path = scene.install.config_path
    real = scene.host.files.real(path)
    if _is_link(scene.host, path):
        yield Refused(
            f"{path} is a symbolic link to {real}: OpenClaw would write one of the two, and leave the other behind",
            f"put the file itself there for the upgrade, or make {real} the config: OPENCLAW_CONFIG_PATH={real}",
        )
    mode = scene.host.files.mode(path)
    if mode is not None and not mode & _OWNER_MAY_WRITE:
        yield Refused(
            f"{path} is read-only (mode {mode:04o}), and a new release has to write it",
            f"if it may be written: chmod u+w {path}; else upgrade where it is made",
        )
    for finding in found_in(scene.host, scene.install, scene.target.version):
        if finding.is_blocking:
            yield Refused(finding.message, finding.hint)


def found_in(host: Host, install: Install, to: str) -> tuple[Finding, ...]:
    """What a person has to know or to settle before going to a version; nothing for a config that is refused."""
    content = host.files.read(install.config_path)
    if content is None or install.obstacles:
        return ()
    document = Document.parse(content, source=install.config_path)
    path = PurePosixPath(install.config_path)
    merged = resolve_includes(document, lambda each: host.files.read(str(each)) or b"", path=path).value
    return findings(install.package.version, to, document, merged, shares_secret=_shares_secret(host, install))


def _shares_secret(host: Host, install: Install) -> bool:
    """Whether hooks.token, whatever variable it stands for, is the secret that opens the gateway."""
    if install.credential is None or not install.credential.digest:
        return False
    hooks = CredentialRef("config", install.config_path, "hooks.token", "token", "")
    return host.secrets.digest(hooks) == install.credential.digest


def _is_link(host: Host, path: str) -> bool:
    folder, _, name = path.rpartition("/")
    return host.files.real(path) != f"{host.files.real(folder)}/{name}"
