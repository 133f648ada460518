"""Command lines, value by value; the flags are those that the releases' own help listed."""

from __future__ import annotations

import doctest

from clawupgrade.openclaw import argv

NPM = ("/n/bin/node", "/n/lib/node_modules/npm/bin/npm-cli.js")


def test_the_examples_in_the_docstrings_hold():
    assert doctest.testmod(argv).failed == 0


def test_node_runs_the_entry_and_never_the_shebang():
    for built in (
        argv.version("/n/node", "/p/openclaw.mjs"),
        argv.doctor_fix("/n/node", "/p/openclaw.mjs"),
        argv.service_install("/n/node", "/p/openclaw.mjs", "daemon"),
        argv.update_inplace("/n/node", "/p/openclaw.mjs", "2026.9.6"),
        argv.cron_list("/n/node", "/p/openclaw.mjs"),
    ):
        assert built[:2] == ("/n/node", "/p/openclaw.mjs")


def test_an_old_npm_gets_only_what_it_knows():
    built = argv.npm_install(NPM, "/s", "openclaw@2026.9.6", npm_version="10.9.2")
    assert not [word for word in built if word.startswith(("--min-release-age", "--allow-scripts"))]
    assert built[-1] == "openclaw@2026.9.6"


def test_an_npm_of_unknown_version_gets_only_what_every_npm_knows():
    assert "--min-release-age=0" not in argv.npm_install(NPM, "/s", "openclaw@2026.9.6")


def test_npm_in_between_knows_the_age_but_asks_for_no_permission():
    built = argv.npm_install(NPM, "/s", "openclaw@2026.9.6", npm_version="11.12.0")
    assert "--min-release-age=0" in built
    assert not [word for word in built if word.startswith("--allow-scripts")]


def test_a_tarball_is_allowed_its_scripts_by_its_path():
    built = argv.npm_install(NPM, "/s", "/tmp/openclaw-2026.9.6.tgz", npm_version="11.17.0")
    assert "--allow-scripts=/tmp/openclaw-2026.9.6.tgz" in built


def test_without_a_port_install_keeps_the_configs_own():
    assert "--port" not in argv.service_install("node", "openclaw.mjs", "gateway")
