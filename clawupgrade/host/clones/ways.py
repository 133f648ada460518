"""How a program is shown the clone: the command line that stands before its own."""

from __future__ import annotations

import os
import shutil

from clawupgrade.cloned import Clone
from clawupgrade.host.clones.managers import NAMES

# All that may be written to is mounted first: what is bound from a read-only mount is read-only itself. Then the
# account's home and the package's prefix become read-only around it; --rbind takes what is mounted below along.
# (An overlay over the home instead is refused where something is mounted below it: "failed to clone lowerpath".)
# A log of the live database would be replayed into the clone's copy of it, and a lock of the live gateway would be
# held in the clone as well, so those go each time; not what programs in the clone have left there themselves: doctor of
# 2026.6.11 leaves the cron jobs that it carried over in a log. -n: no /run/mount to write to.
_ENTER = r"""
set -eu
PATH="$PATH:/usr/sbin:/sbin"
room=$1 manager=$2 home=$3 tree=$4 live=$5 covers=$6
shift 6
number=0
while [ "$number" -lt "$covers" ]; do
    layers="lowerdir=$1,upperdir=$room/upper/$number,workdir=$room/work/$number"
    mount -n -t overlay clawupgrade -o "userxattr,$layers" "$1"
    shift
    number=$((number + 1))
done
while read -r hidden && read -r own; do [ -f "$own" ] || rm -f -- "$hidden"; done <"$room/hidden"
mount -n --bind "$tree" "$live"
# OpenClaw calls them by their full paths.
for name in systemctl busctl loginctl; do
    place=$(readlink -f "$(command -v "$name" || echo /)")
    [ "$place" = / ] && continue
    mount -n --bind "$place" "$room/manager/real-$name"
    mount -n --bind "$room/manager/$manager" "$place"
done
bus="XDG_RUNTIME_DIR='${XDG_RUNTIME_DIR-}' DBUS_SESSION_BUS_ADDRESS='${DBUS_SESSION_BUS_ADDRESS-}'"
[ "$manager" = none ] || echo "export $bus" >"$room/manager/address"
mount -n --bind "$room/tmp" /tmp
for folder in "$home" "$(dirname "$(dirname "$(dirname "$live")")")"; do
    mount -n --rbind "$folder" "$folder"
    mount -n -o remount,bind,ro "$folder"
done
# In folders that are not there: what runs here must not start or stop the real gateway by itself.
export XDG_RUNTIME_DIR="$room/no-manager" DBUS_SESSION_BUS_ADDRESS="unix:path=$room/no-bus"
ip link set lo up 2>/dev/null || ifconfig lo up
cd "$home"
exec setpriv --inh-caps=-all --ambient-caps=-all --bounding-set=-all -- "$@"
"""

# In the order in which bubblewrap is told: the home is read-only, but for what is shown in it.
_WRAP = r"""
set -eu
bus="XDG_RUNTIME_DIR='${XDG_RUNTIME_DIR-}' DBUS_SESSION_BUS_ADDRESS='${DBUS_SESSION_BUS_ADDRESS-}'"
[ "$2" = none ] || echo "export $bus" >"$1/manager/address"
export XDG_RUNTIME_DIR="$1/no-manager" DBUS_SESSION_BUS_ADDRESS="unix:path=$1/no-bus"
shift 2
exec bwrap "$@"
"""
_PLACES = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin"


def inside(clone: Clone, argv: tuple[str, ...], *, asking: bool = False) -> tuple[str, ...]:
    """The command line that runs `argv` in the clone, where there is no network but a loopback of its own.

    asking: whether the service manager's stand-ins pass questions on.
    """
    manager = "asking" if asking else "none"
    if clone.is_whole:
        return ("sh", "-c", _WRAP, "clone", clone.room, manager, *_wrapped(clone, manager), "--", *argv)
    room = (clone.room, manager)
    place = (*room, clone.account.home, clone.tree, clone.live, str(len(clone.covers)), *clone.covers)
    # As oneself, not as root: 2026.9 compares its account's home with the passwd database.
    namespaces = ("--user", "--map-current-user", "--keep-caps", "--mount", "--net")
    return ("unshare", *namespaces, "--", "sh", "-c", _ENTER, "clone", *place, *argv)


def _wrapped(clone: Clone, manager: str) -> tuple[str, ...]:
    """What bubblewrap is told: no network but a loopback of its own, no privilege, and the copies at their paths."""
    home, prefix = clone.account.home, os.path.dirname(os.path.dirname(os.path.dirname(clone.live)))
    words = ["--unshare-net", "--die-with-parent", "--cap-drop", "ALL", "--dev-bind", "/", "/"]
    for folder in (home, prefix):
        words += ["--ro-bind", folder, folder]
    for number, cover in enumerate(clone.covers):
        words += ["--bind", f"{clone.room}/upper/{number}", cover]
    words += ["--bind", clone.tree, clone.live]
    for name in NAMES:
        if found := shutil.which(name, path=_PLACES):
            place = os.path.realpath(found)
            words += ["--ro-bind", place, f"{clone.room}/manager/real-{name}"]
            words += ["--ro-bind", f"{clone.room}/manager/{manager}", place]
    return (*words, "--bind", f"{clone.room}/tmp", "/tmp", "--chdir", home)
