"""A bundle from one host to another that reaches no registry: whose it is, whether it is whole."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import document
from stub.place import NEW, OLD, Stub, stub_host


@pytest.fixture
def other(tmp_path: Path) -> Iterator[Stub]:
    """A second host, without a network."""
    with stub_host(tmp_path / "other") as opened:
        (opened.root / "offline").touch()
        yield opened


@pytest.fixture
def key(tmp_path: Path) -> Path:
    """A key to sign with; its public half is beside it."""
    return make_key(tmp_path / "key")


def make_key(path: Path) -> Path:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ops", "-f", path], check=True)
    return path


def trust(host: Stub, key: Path) -> None:
    file = host.home / ".config/clawupgrade/bundle-keys"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("# whose bundles are taken\n" + key.with_suffix(".pub").read_text())


def make(host: Stub, *words: str) -> Path:
    made = document(host.call("bundle", "--to", NEW, "--out", str(host.root), *words, "--json").stdout)
    assert made["exit_code"] == 0, made
    assert made["manifest"]["version"] == NEW
    assert host.installed == OLD
    assert not list((host.home / ".npm-global/lib").glob(".clawupgrade/*")), "the stage was left behind"
    return Path(made["path"])


def test_a_host_without_a_registry_installs_from_a_bundle_and_goes_back(stub: Stub, other: Stub, key: Path) -> None:
    path = make(stub, "--sign-with", str(key))
    assert path.name == f"openclaw-{NEW}-linux-x64-node137.clawbundle"
    trust(other, key)
    checked = document(other.call("bundle", "--check", str(path), "--json").stdout)
    assert (checked["signed_by"], checked["changed"]) == ("ops", False)
    planned = document(other.call("plan", "--bundle", str(path), "--json").stdout)
    assert (planned["plan"]["target"], planned["plan"]["hops"][0]["spec"]) == (NEW, str(path))

    done = document(other.call("run", "--yes", "--bundle", str(path), "--json").stdout)
    assert (done["outcome"], done["to_version"], other.installed) == ("upgraded", NEW, NEW)
    again = document(other.call("run", "--yes", "--bundle", str(path), "--json").stdout)
    assert (again["outcome"], again["changed"]) == ("nothing-to-do", False)
    assert document(other.call("rollback", "--json").stdout)["outcome"] == "upgraded"
    assert other.installed == OLD


def refusal(host: Stub, path: Path, *words: str) -> str:
    """What the host says instead of taking it; it is as it was."""
    said = document(host.call("run", "--yes", "--bundle", str(path), *words, "--json").stdout)
    assert (said["outcome"], said["exit_code"], host.installed) == ("refused", 6, OLD), said
    return str(said["message"])


def test_what_is_not_signed_by_one_who_is_trusted_is_not_taken(
    stub: Stub, other: Stub, key: Path, tmp_path: Path
) -> None:
    path = make(stub, "--sign-with", str(key))
    assert "names nobody" in refusal(other, path)
    trust(other, make_key(tmp_path / "another"))
    assert "signed by nobody in" in refusal(other, path)
    trust(other, key)
    unsigned = make(stub)
    assert "signed by nobody in" in refusal(other, unsigned)
    taken = document(other.call("run", "--yes", "--bundle", str(unsigned), "--unsigned", "--json").stdout)
    assert taken["outcome"] == "upgraded"


def repacked(path: Path, name: str, content: bytes) -> Path:
    """The bundle with one of its members exchanged."""
    folder = path.with_suffix(".d")
    folder.mkdir()
    members = subprocess.run(["tar", "-tf", path], check=True, capture_output=True, text=True).stdout.split()
    subprocess.run(["tar", "-xf", path, "-C", folder], check=True)
    (folder / name).write_bytes(content)
    target = path.with_name(f"tampered-{name}.clawbundle")
    subprocess.run(["tar", "-cf", target, "-C", folder, *members], check=True)
    shutil.rmtree(folder)
    return target


def test_what_was_changed_on_the_way_is_not_taken(stub: Stub, other: Stub, key: Path) -> None:
    path = make(stub, "--sign-with", str(key))
    trust(other, key)
    manifest = subprocess.run(["tar", "-xOf", path, "manifest.json"], check=True, capture_output=True).stdout
    assert "signed by nobody" in refusal(
        other, repacked(path, "manifest.json", manifest.replace(b"2026.9.6", b"2026.9.8"))
    )
    assert "is damaged" in refusal(other, repacked(path, "tree.tar.gz", b"something else"))
    cut = path.with_name("cut.clawbundle")
    whole = path.read_bytes()
    cut.write_bytes(whole[: whole.index(b"\x1f\x8b") + 20])  # in the tree: gzip begins so
    assert "only a part of one" in refusal(other, cut)
    assert "there is no file" in refusal(other, path.with_name("gone.clawbundle"))


@pytest.mark.parametrize(
    ("here", "why"),
    [
        ('["linux", "arm64", "137", "2.36"]', "made for x64, this is arm64"),
        ('["linux", "x64", "127", "2.36"]', "Node's ABI 137"),
        ('["linux", "x64", "137", ""]', "glibc"),
        ('["linux", "x64", "137", "2.31"]', "glibc 2.36"),
    ],
)
def test_what_was_made_for_another_kind_of_machine_is_not_taken(
    here: str, why: str, stub: Stub, other: Stub, key: Path
) -> None:
    path = make(stub, "--sign-with", str(key))
    trust(other, key)
    (other.root / "platform").write_text(here)
    assert why in refusal(other, path)


def test_a_bundle_that_is_exchanged_after_it_was_checked_is_not_run(stub: Stub, other: Stub, key: Path) -> None:
    """The stage is compared with what the plan names: here a hook exchanges the file in between."""
    path = make(stub, "--sign-with", str(key))
    trust(other, key)
    evil = other.root / "evil/lib/node_modules/openclaw"
    evil.mkdir(parents=True)
    (other.root / "evil/bin").mkdir()
    (evil / "package.json").write_text(json.dumps({"name": "openclaw", "version": NEW, "bin": {}, "stub": {}}))
    script = (
        f"cd {other.root} && tar -czf tree.tar.gz -C evil lib bin && tar -xOf {path} manifest.json > manifest.json && "
        f"tar -xOf {path} manifest.sig > manifest.sig && tar -cf {path} manifest.json manifest.sig tree.tar.gz"
    )
    other.hook("preflight.d", script)
    said = document(other.call("run", "--yes", "--bundle", str(path), "--json").stdout)
    assert (said["outcome"], other.installed) == ("failed-clean", OLD), said
    assert "is not what was signed" in said["message"]
    assert json.loads(other.call("quarantine", "list", "--json").stdout)["entries"] == []


def test_a_key_that_others_can_read_is_not_used(stub: Stub, key: Path) -> None:
    key.chmod(0o644)
    done = stub.call("bundle", "--to", NEW, "--sign-with", str(key))
    assert (done.returncode, "others can read the key" in done.stderr) == (64, True)
