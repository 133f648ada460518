"""Real clones, by overlays in namespaces and by whole copies that bubblewrap shows: what is done in one stays in it."""

from __future__ import annotations

import os
import pwd
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from clawupgrade.cloned import Clone, Frozen, Way
from clawupgrade.host.clones import trying
from clawupgrade.host.fence import SignalFence
from clawupgrade.host.machine import build_host
from clawupgrade.model import Account
from clawupgrade.ports import Command, Completed, Host

Run = Callable[[str], Completed]


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """Not below /tmp, in whose place a clone sees another folder."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="clawupgrade-") as name:
        yield Path(name)


@pytest.fixture
def account(tmp_path: Path) -> Account:
    """Ourselves, at home in a folder of our own."""
    entry = pwd.getpwuid(os.geteuid())
    (tmp_path / "home").mkdir()
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, str(tmp_path / "home"))


@pytest.fixture
def host(tmp_path: Path, account: Account) -> Host:
    """The real adapters."""
    return build_host(tmp_path / "own", own=account, caller=dict(os.environ), fence=SignalFence(), say=print)


@pytest.fixture(params=(Way.NAMESPACE, Way.BUBBLEWRAP))
def way(request: pytest.FixtureRequest) -> Way:
    return request.param


@pytest.fixture
def clone(tmp_path: Path, account: Account, host: Host, way: Way, monkeypatch: pytest.MonkeyPatch) -> Clone:
    """Of a state with a file, a session, a folder, a database with an open log; and a staged package."""
    home = Path(account.home)
    state, tree, live = home / "state", home / "stage", home / "prefix/lib/modules/live"
    for folder in (state / "agents/main/sessions", state / "gone", tree, live):
        folder.mkdir(parents=True)
    (state / "config").write_text("old")
    (state / "agents/main/sessions/a.jsonl").write_text("said\n")
    (state / "gone/file").write_text("to be removed")
    (tree / "package").write_text("new")
    (live / "package").write_text("old")
    with closing(sqlite3.connect(state / "live.sqlite")) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE jobs (id)")
        database.execute("INSERT INTO jobs VALUES ('a')")
        database.commit()
    monkeypatch.setattr(trying, "PROGRAMS", {way: trying.PROGRAMS[way]})
    tried = host.clones.try_way(str(home / "try"), account)
    if tried.way is not way:
        if os.environ.get("CI"):
            pytest.fail(f"no clone here: {tried.reason}")
        pytest.skip(f"no clone here: {tried.reason}")
    assert not (home / "try").exists()
    return Clone(str(tmp_path / "home/room"), way, account, (str(state),), str(tree), str(live))


@pytest.fixture
def run(host: Host, clone: Clone) -> Run:
    """Makes the clone, and runs a script in it, the state being `$1`."""
    host.clones.make(clone)
    return lambda script: host.clones.run(clone, Command(("sh", "-euc", script, "sh", clone.covers[0]), wall=30.0))


def state_of(clone: Clone) -> dict[str, bytes]:
    top = Path(clone.covers[0])
    return {str(path.relative_to(top)): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()}


def test_what_is_done_in_it_is_done_nowhere_else(host: Host, clone: Clone, run: Run) -> None:
    before = state_of(clone)
    done = run('echo new >"$1/config"; rm -r "$1/gone"; touch "$HOME/stray" || echo closed; cat /proc/net/dev')
    assert done.out.startswith("closed\n"), done.err
    assert not Path(clone.account.home, "stray").exists()
    assert state_of(clone) == before
    assert [line.split(":")[0].strip() for line in done.out.splitlines() if ":" in line] == ["lo"]
    assert host.clones.view(clone, host).files.read(f"{clone.covers[0]}/config") == b"new\n"
    assert host.clones.view(clone, host).files.names(clone.covers[0]) == ("agents", "config", "live.sqlite")
    host.clones.remove(clone)
    assert not Path(clone.room).exists()


def test_the_staged_package_lies_at_its_own_path(clone: Clone, run: Run) -> None:
    assert run(f"cat {clone.live}/package").out == "new"
    assert Path(clone.live, "package").read_text() == "old"


def test_a_session_keeps_its_inode_when_it_is_published_by_a_hard_link(run: Run) -> None:
    done = run('cd "$1/agents/main/sessions"; stat -c %i a.jsonl; ln a.jsonl b; stat -c %i a.jsonl b')
    assert done.ok, done.err
    assert len(set(done.out.split())) == 1


def test_what_was_frozen_is_adopted_to_the_bit(host: Host, clone: Clone, run: Run) -> None:
    state = clone.covers[0]
    insert = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('INSERT INTO jobs VALUES (2)'); d.commit()"
    script = 'echo new >"$1/config"; chmod 600 "$1/config"; rm -r "$1/gone"; mkdir "$1/made"; echo x >"$1/made/x"\n'
    assert run(script + f'python3 -c "{insert}" "$1/live.sqlite"').ok
    frozen = host.clones.freeze(clone, "doctor")
    assert set(frozen.gone) == {f"{state}/gone", f"{state}/gone/file"} - {f"{state}/gone/file"}
    assert run('echo later >"$1/config"').ok
    assert host.clones.obstacles(clone, frozenset()) == ()
    host.clones.adopt(clone, ("doctor",))
    host.clones.adopt(clone, ("doctor",))
    assert {name: text for name, text in state_of(clone).items() if "sqlite" not in name} == {
        "agents/main/sessions/a.jsonl": b"said\n",
        "config": b"new\n",
        "made/x": b"x\n",
    }
    assert Path(state, "config").stat().st_mode & 0o777 == 0o600
    with closing(sqlite3.connect(f"{state}/live.sqlite")) as database:
        assert database.execute("SELECT count(*) FROM jobs").fetchone() == (2,)


def test_what_has_changed_since_is_named_down_to_the_table(host: Host, clone: Clone, run: Run) -> None:
    assert run("true").ok
    state = Path(clone.covers[0])
    (state / "openclaw.json.last-good").write_text("written anew by a gateway that looked")
    assert host.clones.obstacles(clone, frozenset()) == ()
    (state / "config").write_text("by hand")
    with closing(sqlite3.connect(state / "live.sqlite")) as database:
        database.execute("INSERT INTO jobs VALUES ('b')")
        database.commit()
    words = {each.words for each in host.clones.obstacles(clone, frozenset())}
    assert words == {f"{state}/config", f"table jobs of {state}/live.sqlite"}
    assert len(host.clones.obstacles(clone, frozenset({f"{state}/config"}))) == 1


def test_a_row_that_stands_in_the_log_alone_is_a_change(host: Host, clone: Clone, run: Run) -> None:
    """2026.6.11 leaves its log behind when it stops, beside a file that is as it was; adopting would drop it."""
    assert run("true").ok
    path = f"{clone.covers[0]}/live.sqlite"
    before = Path(path).read_bytes()
    write_into_log(path, "INSERT INTO jobs VALUES (3)")
    assert Path(path).read_bytes() == before
    assert [each.words for each in host.clones.obstacles(clone, frozenset())] == [f"table jobs of {path}"]


def test_what_agents_made_deep_in_a_workspace_is_copied_only_where_all_is(
    host: Host, clone: Clone, way: Way, run: Run
) -> None:
    deep = Path(clone.covers[0], "workspace/attic/years")
    deep.mkdir(parents=True)
    (deep / "note").write_text("long ago")
    (deep.parent / "note").write_text("lately")
    with closing(sqlite3.connect(deep / "notes.sqlite")) as database:
        database.execute("CREATE TABLE notes (id)")
    host.clones.make(clone)
    assert run('cat "$1/workspace/attic/years/note"').out == "long ago"
    copied = sorted(path.name for path in Path(clone.room, "upper/0/workspace").rglob("*") if path.is_file())
    assert copied == (["note"] if way is Way.NAMESPACE else ["note", "note", "notes.sqlite"])
    host.clones.freeze(clone, "before")
    assert host.clones.obstacles(clone, frozenset()) == ()
    insert = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('INSERT INTO notes VALUES (1)'); d.commit()"
    change = Command(("python3", "-c", insert, str(deep / "notes.sqlite")), wall=30.0)
    assert host.clones.run(clone, change).ok
    host.clones.freeze(clone, "doctor")
    unread = [str(deep / "notes.sqlite")] if way is Way.NAMESPACE else []
    assert [each.words for each in host.clones.obstacles(clone, frozenset())] == unread


def test_what_is_large_or_a_link_is_there_whether_it_was_copied_or_not(clone: Clone, host: Host) -> None:
    state = Path(clone.covers[0])
    (state / "media").mkdir()
    (state / "media/picture").write_text("seen")
    (state / "large").write_bytes(b"x" * 5_000_000)
    (state / "link").symlink_to("config")
    host.clones.make(clone)
    script = 'cat "$1/media/picture"; wc -c <"$1/large"; readlink "$1/link"'
    done = host.clones.run(clone, Command(("sh", "-euc", script, "sh", str(state)), wall=30.0))
    assert done.out.split() == ["seen5000000", "config"], done.err
    assert host.clones.view(clone, host).files.read(f"{state}/media/picture") == b"seen"
    assert host.clones.freeze(clone, "doctor") == Frozen()


def test_where_namespaces_are_not_permitted_the_reason_is_told(
    tmp_path: Path, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ubuntu's AppArmor and a kernel without user namespaces say so through `unshare`."""
    denied = tmp_path / "bin/unshare"
    denied.parent.mkdir()
    denied.write_text(
        "#!/bin/sh\necho 'unshare: write failed /proc/self/uid_map: Operation not permitted' >&2\nexit 1\n"
    )
    denied.chmod(0o755)
    monkeypatch.setenv("PATH", f"{denied.parent}:{os.environ['PATH']}")
    host = build_host(tmp_path / "own", own=account, caller=dict(os.environ), fence=SignalFence(), say=print)
    tried = host.clones.try_way(str(tmp_path / "home/try"), account)
    assert tried.reason.startswith("unshare: write failed /proc/self/uid_map: Operation not permitted")
    assert tried.way is (Way.BUBBLEWRAP if shutil.which("bwrap") else Way.NONE)


def write_into_log(path: str, statement: str) -> None:
    """As a gateway that is ended does: the row stands in the log, the file is not touched."""
    script = "import sqlite3,sys,os; d=sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit(); os._exit(0)"
    subprocess.run([sys.executable, "-c", script, path, statement], check=True)
    assert Path(f"{path}-wal").stat().st_size > 0


def test_what_a_killed_tryout_left_goes_with_the_next(tmp_path: Path, host: Host, account: Account) -> None:
    old, new = tmp_path / "home/.clawupgrade-try-old", tmp_path / "home/.clawupgrade-try-another"
    for left in (old, new):
        (left / "room/work/0/work").mkdir(parents=True)
        (left / "room/work/0/work").chmod(0)
    os.utime(old, (1, 1))
    host.clones.try_way(str(tmp_path / "home/.clawupgrade-try-mine"), account)
    assert [path.name for path in (tmp_path / "home").glob(".clawupgrade-try-*")] == [new.name]
    (new / "room/work/0/work").chmod(0o700)


def test_the_log_of_the_live_database_is_not_there(host: Host, clone: Clone) -> None:
    path = f"{clone.covers[0]}/live.sqlite"
    write_into_log(path, "INSERT INTO jobs VALUES ('in the log')")
    host.clones.make(clone)
    done = host.clones.run(clone, Command(("sh", "-c", 'ls "$1"', "sh", clone.covers[0]), wall=30.0))
    assert done.out.split() == ["agents", "config", "gone", "live.sqlite"]
    assert host.clones.view(clone, host).databases.rows(path, "jobs") == ({"id": "a"}, {"id": "in the log"})


def test_an_adopted_database_does_not_meet_the_log_of_the_one_before(host: Host, clone: Clone) -> None:
    path = f"{clone.covers[0]}/live.sqlite"
    with closing(sqlite3.connect(path)) as database:
        database.execute("CREATE TABLE schema_meta (at)")
    host.clones.make(clone)
    create = "import sqlite3,sys; d=sqlite3.connect(sys.argv[1]); d.execute('CREATE TABLE made (id)'); d.commit()"
    assert host.clones.run(clone, Command(("python3", "-c", create, path), wall=30.0)).ok
    host.clones.freeze(clone, "doctor")
    write_into_log(path, "INSERT INTO schema_meta VALUES ('a moment')")
    assert host.clones.obstacles(clone, frozenset()) == ()
    host.clones.adopt(clone, ("doctor",))
    assert not Path(f"{path}-wal").exists()
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM made").fetchone() == (0,)
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_the_gateway_holds_that_serves_is_held_by_nobody_in_there(host: Host, clone: Clone, run: Run) -> None:
    state = clone.covers[0]
    lock = Path(state, "tmp/openclaw-1500/gateway.state.lock")
    lock.parent.mkdir(parents=True)
    lock.write_text('{"pid": 1}')
    with closing(sqlite3.connect(f"{state}/live.sqlite")) as database:
        database.execute("CREATE TABLE state_leases (scope, owner)")
        database.execute("INSERT INTO state_leases VALUES ('gateway-owner', 'pid 1')")
        database.execute("CREATE TABLE gateway_boot_lifecycle (boot_id, completed_at_ms)")
        database.execute("INSERT INTO gateway_boot_lifecycle VALUES ('before', 7), ('now', NULL)")
        database.commit()
    host.clones.make(clone)
    done = run('cd "$1/tmp/openclaw-1500" && ls && echo mine >gateway.state.lock')
    assert (done.ok, done.out) == (True, ""), done.err
    rows = host.clones.view(clone, host).databases.rows
    assert rows(f"{state}/live.sqlite", "state_leases") == ()
    assert [row["boot_id"] for row in rows(f"{state}/live.sqlite", "gateway_boot_lifecycle") or ()] == ["before"]
    assert len(rows(f"{state}/live.sqlite", "jobs") or ()) == 1
    changed = host.clones.freeze(clone, "doctor")
    assert str(lock) not in changed.changed + changed.gone
    lock.write_text('{"pid": 2}')
    with closing(sqlite3.connect(f"{state}/live.sqlite")) as database:
        database.execute("UPDATE state_leases SET owner = 'pid 1, a heartbeat later'")
        database.commit()
    assert host.clones.obstacles(clone, frozenset()) == (), "a heartbeat is no change"
    host.clones.adopt(clone, ("doctor",))
    assert lock.read_text() == '{"pid": 2}'


def test_what_one_program_leaves_in_a_log_the_next_one_finds(host: Host, clone: Clone, run: Run) -> None:
    path = f"{clone.covers[0]}/live.sqlite"
    write_into_log(path, "INSERT INTO jobs VALUES ('in the log')")
    host.clones.make(clone)
    insert = "import sqlite3,sys,os; d=sqlite3.connect(sys.argv[1]); d.execute(sys.argv[2]); d.commit(); os._exit(0)"
    for name in ("doctor", "again"):
        words = ("python3", "-c", insert, path, f"INSERT INTO jobs VALUES ('{name}')")
        assert host.clones.run(clone, Command(words, wall=30.0)).ok
    every = [{"id": name} for name in ("a", "in the log", "doctor", "again")]
    assert list(host.clones.view(clone, host).databases.rows(path, "jobs") or ()) == every
    host.clones.freeze(clone, "doctor")
    assert run("true").ok
    assert list(host.clones.view(clone, host).databases.rows(path, "jobs") or ()) == every
    host.clones.adopt(clone, ("doctor",))
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("SELECT count(*) FROM jobs").fetchone() == (4,)


def test_a_log_that_the_live_gateway_begins_later_is_not_there_either(host: Host, clone: Clone, run: Run) -> None:
    path = f"{clone.covers[0]}/live.sqlite"
    host.clones.make(clone)
    assert run("true").ok
    write_into_log(path, "INSERT INTO jobs VALUES ('meanwhile')")
    assert run('ls "$1"').out.split() == ["agents", "config", "gone", "live.sqlite"]
    assert host.clones.view(clone, host).databases.rows(path, "jobs") == ({"id": "a"},)


def test_what_was_frozen_in_turn_is_adopted_as_it_was_last(host: Host, clone: Clone, run: Run) -> None:
    """A folder that is named again comes before what lies in it: doctor's copy of a file had no place to go once."""
    state = Path(clone.covers[0])
    assert run('mkdir "$1/brief"; echo z >"$1/brief/z"').ok
    assert run(
        'mkdir "$1/made"; echo x >"$1/made/x"; echo y >"$1/made/y"; echo doctor >"$1/config"; rm -r "$1/gone"'
    ).ok
    host.clones.freeze(clone, "doctor")
    assert run('rm -r "$1/brief"').ok
    assert run('echo started >"$1/config"; rm "$1/made/y"; mkdir "$1/gone"; echo again >"$1/gone/file"').ok
    host.clones.freeze(clone, "startup")
    host.clones.adopt(clone, ("doctor", "startup"))
    host.clones.adopt(clone, ("doctor", "startup"))
    texts = {name: (state / name).read_text() for name in ("config", "made/x", "gone/file")}
    assert texts == {"config": "started\n", "made/x": "x\n", "gone/file": "again\n"}
    assert not (state / "made/y").exists()
    assert not (state / "brief").exists()


def test_a_file_that_was_only_written_anew_is_no_obstacle(host: Host, clone: Clone) -> None:
    session = Path(clone.covers[0], "agents/main/sessions/a.jsonl")
    host.clones.make(clone)
    session.write_text("said\n")
    assert host.clones.obstacles(clone, frozenset()) == ()
    session.write_text("sayd\n")
    assert [each.path for each in host.clones.obstacles(clone, frozenset())] == [str(session)]
    session.write_text("said\n")
    session.chmod(0o600)
    assert [each.path for each in host.clones.obstacles(clone, frozenset())] == [str(session)]


def test_of_what_was_frozen_one_path_alone_can_be_adopted(host: Host, clone: Clone, run: Run) -> None:
    state = clone.covers[0]
    host.clones.make(clone)
    assert run('echo new > "$1/config" && echo more > "$1/more"').ok
    host.clones.freeze(clone, "service")
    before = Path(state, "config").read_text()
    assert host.clones.adopt(clone, ("service",), frozenset({f"{state}/more"})) == 1
    assert (Path(state, "more").read_text(), Path(state, "config").read_text()) == ("more\n", before)


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="there is no systemctl here")
def test_the_service_manager_is_out_of_reach(run: Run) -> None:
    done = run("systemctl --user is-system-running")
    assert (done.rc, done.err.strip()) == (1, "Failed to connect to bus: this is a clone")


@pytest.mark.skipif(shutil.which("systemctl") is None, reason="there is no systemctl here")
def test_the_service_manager_may_be_asked_and_is_told_nothing(host: Host, clone: Clone) -> None:
    host.clones.make(clone)
    script = "systemctl --version; systemctl --user daemon-reload; systemctl --user restart a.service"
    done = host.clones.run(clone, Command(("sh", "-euc", script, "sh"), wall=30.0), asking=True)
    assert (done.rc, done.out.split()[:1]) == (0, ["systemd"]), done
    told = Path(clone.room, "tmp/told").read_text().splitlines()
    assert told == ["systemctl --user daemon-reload", "systemctl --user restart a.service"]
    for order in ("systemctl --user stop a.service", "systemctl edit a", "busctl --user call a / b StartUnit ss c d"):
        refused = host.clones.run(clone, Command(tuple(order.split()), wall=30.0), asking=True)
        assert (refused.rc, refused.err.strip()) == (1, "Failed to connect to bus: this is a clone")
