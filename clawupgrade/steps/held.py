"""A container is held: from before its stop to the commit point its engine starts none of it at boot.

Docker obeys restart policies before any unit of ours could run. `always` starts what was stopped, on a volume that may
be half new; `unless-stopped` starts a target that nobody has vouched for.
"""

from __future__ import annotations

from msgspec.structs import replace

from clawupgrade.errors import UndoFailed
from clawupgrade.model import Plan, Service
from clawupgrade.ports import Host


def hold(host: Host, plan: Plan) -> None:
    """Before the stop: the old container. Raises StepFailed."""
    if _can_be_held(plan.install.service):
        host.services.enable(plan.install.service, False)


def let_go(host: Host, plan: Plan) -> None:
    """On the way back, when all is old again: the policy that it had. Raises StepFailed."""
    if _can_be_held(plan.install.service):
        host.services.enable(plan.install.service, True)


def make(host: Host, plan: Plan, service: Service) -> None:
    """Have Compose make the container that is to be proven, and hold it before its first start.

    Until then no engine starts it. What policy the compose files give it is noted for `release`. Raises StepFailed.
    """
    found = service.composed
    if found is None:
        return
    seen = host.containers.create(found)
    if _can_be_held(plan.install.service) and seen.is_restarted:
        host.files.write(_note(plan), seen.restart.encode())
        host.services.enable(plan.install.service, False)


def forget(host: Host, plan: Plan) -> None:
    """It is not to be proven any more; idempotent."""
    if host.files.exists(_note(plan)):
        host.files.remove(_note(plan))


def make_old(host: Host, plan: Plan) -> None:
    """On the way back, where nothing starts: the old image's container, if there is another. Raises UndoFailed."""
    found = plan.install.service.composed
    if found is None:
        return
    seen = host.containers.look(found)
    if seen is None or seen.image_id != found.image_id:
        made = host.containers.create(found)
        if made.image_id != found.image_id:
            raise UndoFailed(f"{found.service} is made of another image than before: {made.image_id}")


def release(host: Host, plan: Plan) -> None:
    """After the commit point: the policy that its compose files say; after a power cut nobody else starts it.

    Idempotent. Raises StepFailed.
    """
    service = plan.landing.service
    content = host.files.read(_note(plan)) if service.composed is not None else None
    if content is None or service.composed is None:
        return
    service = replace(service, composed=replace(service.composed, restart=content.decode()))
    host.services.enable(service, True)
    if plan.serve_after and not host.services.look(service).active:
        host.services.start(service, plan.limits.stop)
    host.files.remove(_note(plan))


def _can_be_held(service: Service) -> bool:
    return service.composed is not None and bool(service.composed.restart)


def _note(plan: Plan) -> str:
    return f"{plan.folder}/restart-policy"
