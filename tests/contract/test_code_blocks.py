"""Every code block of the documentation is executed: commands and Python on a stub host, settings by their reader."""

from __future__ import annotations

import configparser
import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from blocks import Block, blocks
from ruamel.yaml import YAML
from stub.place import NEW, Stub

from clawupgrade.cli.parser import parser

ALL = list(blocks())
_NEVER = (64, 70, 78)
"""What a command of the documentation may not end with: mistyped, or settings that cannot be read."""


def _console(stub: Stub, block: Block) -> None:
    for words in block.commands:
        if "--compose" in words or words[0] in ("fleet", "bundle"):
            parser().parse_args(words)  # Docker, gathered files, a registry: tests of their own run these
            continue
        if "RUN" in words:
            runs = [path.name for path in (stub.folder / "runs").iterdir() if path.is_dir()]
            words = [max(runs) if word == "RUN" else word for word in words]
        if words[0] in ("run", "rollback", "recover") and "--yes" not in words and "--json" not in words:
            words = [*words, "--yes"] if words[0] != "recover" else words
        done = stub.call(*words)
        assert done.returncode not in _NEVER, (words, done.stderr)
        assert "a fault in clawupgrade itself" not in done.stderr


def _python(stub: Stub, block: Block) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block.text], env=stub.environment, cwd=stub.home, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr


def _toml(stub: Stub, block: Block) -> None:
    stub.configure(block.text)
    (stub.home / ".config/clawupgrade/clawupgrade.toml").chmod(0o600)
    done = stub.call("config", "show", "--json")
    assert done.returncode == 0, done.stdout
    assert "settings" in json.loads(done.stdout)


def _json(_: Stub, block: Block) -> None:
    json.loads(block.text)


def _yaml(_: Stub, block: Block) -> None:
    assert YAML(typ="safe").load(block.text)


def _ini(_: Stub, block: Block) -> None:
    text = block.text if block.text.lstrip().startswith("[") else f"[npmrc]\n{block.text}"
    assert configparser.ConfigParser(interpolation=None, strict=False).read_string(text) is None


_RUNNERS: dict[str, Callable[[Stub, Block], None]] = {
    "console": _console,
    "python": _python,
    "toml": _toml,
    "json": _json,
    "yaml": _yaml,
    "ini": _ini,
}


@pytest.mark.parametrize(
    "block", [each for each in ALL if not each.reason and each.language], ids=lambda each: each.name
)
def test_the_block_does_what_the_page_promises(stub: Stub, block: Block) -> None:
    needs_run = any("RUN" in words or words[:1] in (["rollback"], ["show"], ["report"]) for words in block.commands)
    if block.language == "console" and needs_run:
        assert stub.call("run", "--yes").returncode == 0
    assert block.language in _RUNNERS, f"{block.name}: nobody knows how to run {block.language}; say why it is not run"
    _RUNNERS[block.language](stub, block)


def test_a_block_that_is_not_run_says_why() -> None:
    assert len(ALL) > 10
    for block in ALL:
        assert block.language or block.reason or not block.text.startswith("$ "), block.name
        assert not block.reason or len(block.reason) > 10, block.name


def test_the_newest_release_of_the_pages_is_the_stubs() -> None:
    """Versions in examples are ones that the stub host knows: else their commands would only be refused."""
    assert any(NEW in block.text for block in ALL)
