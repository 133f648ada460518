"""Which snapshots may go: by count, age, bytes and free space, and which never. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from clawupgrade.held import Retention, SnapshotInfo, Verdict

_DAY = 86_400.0


def judge(
    snapshots: Sequence[SnapshotInfo],
    policy: Retention,
    *,
    now: float,
    contents: Callable[[str], Mapping[str, int]],
    used: int,
    free: int,
) -> list[Verdict]:
    """One verdict per snapshot, newest first.

    `now` in seconds since the epoch; `contents` gives a snapshot's contents with their sizes; `used` and
    `free` are the bytes of the store and of its file system. Contents that two snapshots share count once.
    """
    ordered = sorted(snapshots, key=lambda info: (info.when, info.snapshot_id), reverse=True)
    held = {info.snapshot_id: reason for info in ordered if (reason := _never(info, ordered, policy))}
    budget = min(
        policy.bytes if policy.bytes is not None else used + free,
        used + free - policy.free_bytes if policy.free_bytes is not None else used + free,
    )
    kept: set[str] = set()
    size = sum(_add(kept, contents(snapshot_id)) for snapshot_id in held)
    verdicts, count = [], len(held)
    for info in ordered:
        if info.snapshot_id in held:
            verdicts.append(Verdict(info.snapshot_id, True, held[info.snapshot_id]))
            continue
        reason = _too_many_or_old(info, policy, now, count)
        if not reason:
            more = {k: v for k, v in contents(info.snapshot_id).items() if k not in kept}
            if size + sum(more.values()) > budget:
                reason = "space"
                budget = -1  # an older and smaller one must not stay in its place
        if reason:
            verdicts.append(Verdict(info.snapshot_id, False, reason))
        else:
            size += _add(kept, more)
            count += 1
            verdicts.append(Verdict(info.snapshot_id, True, "within limits"))
    return verdicts


def _never(info: SnapshotInfo, ordered: Sequence[SnapshotInfo], policy: Retention) -> str:
    if info.pinned:
        return "pinned"
    if info.snapshot_id in policy.last_known_good:
        return "last known good"
    newest = next((other for other in ordered if not other.damaged), None)
    return "newest" if newest is not None and newest.snapshot_id == info.snapshot_id else ""


def _too_many_or_old(info: SnapshotInfo, policy: Retention, now: float, count: int) -> str:
    if policy.days is not None and now - info.when > policy.days * _DAY:
        return f"older than {policy.days:g} days"
    if policy.count is not None and count >= policy.count:
        return f"more than {policy.count}"
    return ""


def _add(kept: set[str], contents: Mapping[str, int]) -> int:
    fresh = contents.keys() - kept
    kept.update(fresh)
    return sum(contents[content] for content in fresh)
