"""One Compose project in memory: its files, its container, and what the engine does with it by itself."""

from __future__ import annotations

from clawupgrade.composed import Composed, Mount
from clawupgrade.errors import StepFailed
from clawupgrade.testing import daemon
from clawupgrade.testing.layout import Layout
from clawupgrade.testing.world import Daemon, World

NODE, ENTRY, ROOT = "/usr/local/bin/node", "/app/openclaw.mjs", "/app"
STATE = "/home/node/.openclaw"
FOLDER = "/srv/claw"
UNITS = "/etc/systemd/system"
FILE, PIN = f"{FOLDER}/compose.yaml", f"{FOLDER}/compose.override.yaml"
REPOSITORY = "claw/openclaw"


def project(world: World) -> Composed:
    """The project as a survey finds it."""
    return Composed(
        engine=("docker",),
        compose=("docker", "compose"),
        project="claw",
        folder=FOLDER,
        files=(FILE, *((PIN,) if world.disk.file(PIN) is not None else ())),
        service="gateway",
        container="c0ffee",
        image=f"{REPOSITORY}:{world.base}",
        image_id=world.container,
        command=("node", "openclaw.mjs", "gateway", "run"),
        node=NODE,
        entry=ENTRY,
        root=ROOT,
        home="/home/node",
        user="1000:1000",
        state=STATE,
        config=f"{STATE}/openclaw.json",
        port=Layout().port,
        mounts=(Mount(world.layout.state_dir, STATE),),
        pin=PIN,
        keep="clawupgrade/claw-gateway",
        restart=world.restart,
    )


def start(world: World) -> None:
    """As Compose does: the container is made of the image that the files name now, and started."""
    create(world)
    launch(world)


def create(world: World) -> None:
    """Where the files name another image, the container is made anew: never started, with the policy of the files."""
    named = _said(world, "image")
    there = world.images.get(named, named if named in world.images.values() else "")
    if not there:
        world.words = (*world.words, f"pull access denied for {named}")
        raise StepFailed(f"gateway does not start: pull access denied for {named}")
    if world.container != there:
        daemon.end(world)
        world.container, world.restart = there, _said(world, "restart") or "no"
        world.begun = world.rests = False


def stop(world: World) -> None:
    """Docker remembers that somebody wanted it."""
    daemon.end(world)
    world.rests = True


def give_policy(world: World, policy: str) -> None:
    """As `docker update --restart` does, to the container that there is."""
    world.restart = policy


def starts_at_boot(world: World) -> bool:
    """As dockerd sees it: `always` starts what was stopped as well; what was never started stays so.

    `on-failure` starts what the power cut ended, and what ended itself badly when it was stopped: none does here.
    """
    return world.begun and (world.restart == "always" or (world.restart != "no" and not world.rests))


def _said(world: World, key: str) -> str:
    """What the override file says, else the compose file."""
    for path in (PIN, FILE):
        for line in (world.disk.file(path) or b"").decode().splitlines():
            if line.strip().startswith(f"{key}:"):
                return line.split(":", 1)[1].strip().strip('"')
    return ""


def launch(world: World) -> None:
    """Start the gateway of the container's image; one that ends itself leaves its words and its status."""
    world.begun, world.rests = True, False
    if world.daemon is not None:
        return
    release = world.registry[f"openclaw@{world.container.removeprefix('sha256:')}"]
    try:
        config = daemon.admit(world, release)
    except daemon.NoStart as end:
        world.words, world.exit_status = (*world.words, end.words), end.status
        return
    world.next_pid += 1
    world.daemon = Daemon(
        world.next_pid, world.time, release, f"image:{release.version}", daemon.token_of(config), world.layout.port
    )
    world.exit_status = None
    world.disk.put_text(f"{world.layout.state_dir}/state/sidecar-{release.version}.json", "{}\n")


def contain(world: World, restart: str) -> None:
    """Turn a machine with an installation of its own into one whose gateway runs in a container."""
    release = daemon.release_at(world, world.layout.root)
    running = world.daemon is not None
    daemon.end(world)
    layout = world.layout
    for path in (layout.root, layout.unit_path, layout.wants_path, f"{layout.bin_dir}/{layout.name}"):
        world.disk.delete(path)
    world.loaded = ""
    world.base = release.version
    world.images[f"{REPOSITORY}:{release.version}"] = f"sha256:{release.version}"
    world.container = f"sha256:{release.version}"
    world.disk.make(FOLDER)
    world.disk.make(f"{UNITS}/multi-user.target.wants")
    text = f"services:\n  gateway:\n    image: {REPOSITORY}:{release.version}\n    restart: {restart}\n"
    world.disk.put_text(FILE, text)
    world.restart, world.begun, world.rests = restart, True, not running
    if running:
        launch(world)
        world.time += 3600.0
        world.beat()
