"""Unit texts as releases and people write them, merged as systemd merges them."""

from __future__ import annotations

import doctest

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clawupgrade.openclaw import units
from clawupgrade.openclaw.units import port_in, read_unit, split_words, unit_names

# As 2026.2.12 writes it.
RELEASE = """\
[Unit]
Description=OpenClaw Gateway (v2026.2.12)
After=network-online.target

[Service]
ExecStart=/opt/node/bin/node /h/.npm-global/lib/node_modules/openclaw/dist/index.js gateway --port 18789
Restart=always
KillMode=process
Environment=HOME=/home/claw
Environment="PATH=/opt/node/bin:/usr/bin"
Environment=OPENCLAW_GATEWAY_TOKEN=s3cret
Environment=OPENCLAW_SERVICE_VERSION=2026.2.12

[Install]
WantedBy=default.target
"""


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(units).failed == 0


def test_a_unit_as_a_release_writes_it():
    unit = read_unit([RELEASE])
    assert unit.node == "/opt/node/bin/node"
    assert unit.entry == "/h/.npm-global/lib/node_modules/openclaw/dist/index.js"
    assert unit.package_root == "/h/.npm-global/lib/node_modules/openclaw"
    assert unit.port == 18789
    assert unit.names == ("HOME", "PATH", "OPENCLAW_GATEWAY_TOKEN", "OPENCLAW_SERVICE_VERSION")
    assert unit.value("PATH") == "/opt/node/bin:/usr/bin"


def test_values_are_not_in_what_is_printed():
    assert "s3cret" not in repr(read_unit([RELEASE]))


def test_drop_ins_add_override_and_clear():
    unit = read_unit(
        [
            RELEASE,
            "[Service]\nEnvironment=OPENCLAW_GATEWAY_TOKEN=other EXTRA='a b'\n",
            "[Service]\nExecStart=\nExecStart=-/usr/bin/node --no-warnings /x/openclaw.mjs gateway\n",
        ]
    )
    assert unit.value("OPENCLAW_GATEWAY_TOKEN") == "other"
    assert unit.value("EXTRA") == "a b"
    assert unit.node == "/usr/bin/node"
    assert unit.entry == "/x/openclaw.mjs"
    assert unit.port is None
    assert read_unit([RELEASE, "[Service]\nEnvironment=\n"]).names == ()


def test_a_variable_that_is_unset_again():
    unit = read_unit([RELEASE, "[Service]\nUnsetEnvironment=OPENCLAW_GATEWAY_TOKEN\n"])
    assert unit.value("OPENCLAW_GATEWAY_TOKEN") is None
    assert "OPENCLAW_GATEWAY_TOKEN" not in unit.names


def test_environment_files_in_order():
    text = "[Service]\nEnvironmentFile=-%h/.openclaw/gateway.systemd.env\nEnvironmentFile=/etc/openclaw.env\n"
    assert read_unit([text], home="/home/claw").environment_files == (
        ("/home/claw/.openclaw/gateway.systemd.env", True),
        ("/etc/openclaw.env", False),
    )


def test_other_sections_do_not_count():
    assert read_unit(["[Unit]\nEnvironment=A=1\n[Install]\nExecStart=/bin/false\n"]).argv == ()


def test_comments_continuations_and_percent():
    text = "[Service]\nExecStart=/bin/node \\\n# why not\n; really\n  /x/openclaw.mjs \\\n --port=100%%\n"
    assert read_unit([text]).argv == ("/bin/node", "/x/openclaw.mjs", "--port=100%")


@pytest.mark.parametrize(
    ("line", "entry"),
    [
        ("/usr/bin/env A=1 node /x/openclaw.mjs gateway", "/x/openclaw.mjs"),
        ("/home/claw/.npm-global/bin/openclaw gateway --port 1", "/home/claw/.npm-global/bin/openclaw"),
        ('"/opt/my node/bin/node" "/x y/openclaw.mjs"', "/x y/openclaw.mjs"),
        (r"/opt/my\x20node/bin/node /x\x20y/openclaw.mjs", "/x y/openclaw.mjs"),
    ],
)
def test_ways_to_start(line, entry):
    assert read_unit([f"[Service]\nExecStart={line}\n"]).entry == entry


@pytest.mark.parametrize(
    ("argv", "port"),
    [
        (("gateway", "--port", "19001"), 19001),
        (("gateway", "--port=19001"), 19001),
        (("gateway", "--port"), None),
        (("gateway", "--port", "x"), None),
        (("gateway", "--port", "70000"), None),
        (("gateway", "--ports=3", "--port", "5"), 5),
        ((), None),
    ],
)
def test_the_port(argv, port):
    assert port_in(argv) == port


def test_names_that_releases_have_used():
    assert unit_names("") == (
        "openclaw-gateway.service",
        "clawdbot-gateway.service",
        "moltbot-gateway.service",
    )
    assert unit_names("work")[0] == "openclaw-gateway-work.service"


def test_a_broken_escape_stays_as_it_is():
    assert split_words(r"a\xzz b\x") == (r"a\xzz", r"b\x")


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=300))
def test_no_text_makes_it_raise(text):
    unit = read_unit(["[Service]\n" + text, text])
    assert unit.port is None or 0 < unit.port < 65536
    assert isinstance(unit.entry, str)


@settings(deadline=None)
@given(st.lists(st.text(alphabet="ab \"'\\x2é", min_size=0, max_size=6), max_size=5))
def test_what_is_quoted_comes_back(words):
    quoted = " ".join('"' + word.replace("\\", "\\\\").replace('"', '\\"') + '"' for word in words)
    assert split_words(quoted) == tuple(words)
