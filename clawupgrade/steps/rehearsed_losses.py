"""What doctor drops on the clone: found before the gateway stops, and only let pass where it can be put back."""

from __future__ import annotations

from clawupgrade.cloned import Clone
from clawupgrade.conservation.losses import Loss, losses
from clawupgrade.conservation.putting_back import put_back
from clawupgrade.conservation.rows import OnLoss, Repair, row_of
from clawupgrade.conservation.thing import Inventory
from clawupgrade.errors import StepFailed
from clawupgrade.model import Hop, Plan
from clawupgrade.openclaw import argv, environment
from clawupgrade.openclaw.document import Document
from clawupgrade.openclaw.validation import issues
from clawupgrade.ports import Command, Host
from clawupgrade.steps import packages
from clawupgrade.steps.stock import take_stock

_TOLD = 5
_PATIENCE = 120.0


def stock_of(host: Host, plan: Plan, clone: Clone) -> Inventory | None:
    """What a clone that was just made holds; None where losses do not count.

    Not what is live once the rehearsal is over: what came meanwhile would be missed on the clone, and called lost.
    """
    return None if plan.losses is None else take_stock(host.clones.view(clone, host), plan.install)


def require_none(
    host: Host, plan: Plan, hop: Hop, clone: Clone, held: Inventory | None, *, served: bool
) -> tuple[str, ...]:
    """Compare the clone with what it held at first; what is lost there and will be put back, in words.

    served: whether a canary has served on it. A first start may still carry things from one store to another, so
    without one only the config is judged.

    Raises:
        StepFailed: something is lost that nothing puts back, and that the plan does not accept.
    """
    if held is None or plan.losses is None:
        return ()
    after = take_stock(host.clones.view(clone, host), plan.install)
    now = int(host.clock.now().timestamp() * 1000)
    found = losses(held, after, now=now, policy=dict(plan.losses), serving=False)
    kept = [loss for loss in found if loss.policy is not OnLoss.ACCEPT]
    put = [loss for loss in kept if row_of(loss.row).repair is Repair.PUT_BACK]
    refused = [loss for loss in put if not _is_taken(host, plan, hop, clone, loss)]
    lost = [loss for loss in kept if served and row_of(loss.row).repair is Repair.NONE] + refused
    lost = [loss for loss in lost if loss.policy is OnLoss.ROLLBACK]
    if lost:
        told = "; ".join(loss.words for loss in lost[:_TOLD])
        rows = " ".join(f"--accept-loss {row}" for row in dict.fromkeys(loss.row for loss in lost))
        raise StepFailed(
            f"on a clone of this installation the upgrade loses something: {told}",
            f"nothing was touched; to go on all the same: clawupgrade run {rows}",
        )
    return tuple(loss.words for loss in kept if loss not in lost)


def _is_taken(host: Host, plan: Plan, hop: Hop, clone: Clone, loss: Loss) -> bool:
    """Whether the target takes the config with the lost key in it again; the clone is left as it was."""
    path = plan.install.config_path
    doctored = host.clones.view(clone, host).files.read(path) or b"{}"
    before = Document.parse(host.files.read(path) or b"{}", source=path)
    whole = put_back(before, Document.parse(doctored, source=path), row_of(loss.row), loss.name)
    if whole is None:
        return False
    place = host.files.real(path)
    entry = hop.live + packages.entry(host, hop.tree)[len(hop.tree) :]
    env = environment.in_clone(environment.for_openclaw(plan.install))
    host.clones.write(clone, place, whole.encoded)
    done = host.clones.run(clone, Command(argv.config_validate(plan.install.node.path, entry), env=env, wall=_PATIENCE))
    host.clones.write(clone, place, doctored)
    found = issues(done.out)
    return found is None or not [issue for issue in found if issue.is_wrong_value]
