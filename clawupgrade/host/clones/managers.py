"""Stand-ins for a service manager's commands in a clone: what asks is passed on, what would change is not.

2026.9.6 writes no service definition where no manager answers. It asks through `busctl` and `systemctl`, and tells
through `systemctl` alone: so the questions go to the real manager, and the orders are noted and obeyed by nobody.
"""

from __future__ import annotations

from pathlib import Path

NAMES = ("systemctl", "busctl", "loginctl")
_FOLDER = "manager"

_NONE = """#!/bin/sh
echo "Failed to connect to bus: this is a clone" >&2
exit 1
"""

# The real program lies beside this script under its own name; `address` holds the two variables that lead to the bus,
# which whatever runs in the clone was not given.
_ASKING = r"""#!/bin/sh
name=${0##*/}
. "$ROOM/address"
verb= object= path= interface= member=
for word do
    case $word in
    -*) ;;
    *) if [ -z "$verb" ]; then verb=$word
       elif [ -z "$object" ]; then object=$word
       elif [ -z "$path" ]; then path=$word
       elif [ -z "$interface" ]; then interface=$word
       elif [ -z "$member" ]; then member=$word
       fi ;;
    esac
done
case $name:$verb:$member in
systemctl:status:* | systemctl:show:* | systemctl:cat:* | systemctl:is-*:* | systemctl:list-*:* | systemctl::* | \
busctl:get-property:* | busctl:call:Get* | busctl:call:LoadUnit | busctl::* | \
loginctl:show-*:* | loginctl:list-*:* | loginctl::*)
    exec "$ROOM/real-$name" "$@" ;;
systemctl:daemon-reload:* | systemctl:enable:* | systemctl:start:* | systemctl:restart:* | systemctl:reset-failed:*)
    echo "$name $*" >>/tmp/told
    exit 0 ;;
esac
echo "Failed to connect to bus: this is a clone" >&2
exit 1
"""


def make_stand_ins(room: str) -> None:
    """Put them into a clone's room, with a place for each real program to be seen at."""
    folder = Path(room, _FOLDER)
    folder.mkdir(mode=0o755)
    for name, text in (("none", _NONE), ("asking", _ASKING.replace("$ROOM", str(folder)))):
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)
    for name in NAMES:
        (folder / f"real-{name}").touch()
