"""The units that stay: the samples in hooks/ are the same texts, and what varies varies in the right place."""

from __future__ import annotations

from pathlib import Path

import pytest

from clawupgrade.openclaw.standing_units import SIGNED, Setting, StandingUnit, standing_units
from clawupgrade.openclaw.units import unit_names

HOOKS = Path(__file__).parents[3] / "hooks"
SAMPLE = Setting("%h/.local/bin/clawupgrade", unit_names(""))
UNITS = standing_units(SAMPLE)


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_the_sample_in_hooks_is_what_init_writes(unit: StandingUnit) -> None:
    assert (HOOKS / unit.name).read_text() == unit.text


def test_hooks_holds_no_other_unit() -> None:
    kept = {path.name for path in HOOKS.iterdir() if path.suffix in (".service", ".timer")}
    assert kept == {unit.name for unit in UNITS}


def test_every_unit_is_signed_and_ends_with_a_line_end() -> None:
    assert all(unit.text.startswith(f"{SIGNED}\n") and unit.text.endswith("\n") for unit in UNITS)


def test_what_is_enabled_has_somebody_who_wants_it() -> None:
    assert {unit.name for unit in UNITS if unit.is_enabled} == {u.name for u in UNITS if "\nWantedBy=" in u.text}


def test_the_gateway_is_waited_for_under_every_name_that_it_has_had() -> None:
    before, after = UNITS[3].text, UNITS[4].text
    names = "openclaw-gateway.service clawdbot-gateway.service moltbot-gateway.service"
    assert f"\nBefore={names}\n" in before
    assert f"\nAfter={names}\n" in after
    assert "recover --before-gateway " in before


def test_a_profile_has_units_of_its_own_that_name_it() -> None:
    units = standing_units(Setting("c", unit_names("work"), options=" --profile work", suffix="-work"))
    assert [unit.name for unit in units] == [
        "clawupgrade-work.service",
        "clawupgrade-failed-work.service",
        "clawupgrade-work.timer",
        "clawupgrade-before-gateway-work.service",
        "clawupgrade-after-gateway-work.service",
    ]
    called = [line for unit in units for line in unit.text.splitlines() if line.startswith("ExecStart=")]
    assert len(called) == 4
    assert all(line.endswith(" --profile work") for line in called)


def test_a_unit_of_the_system_is_wanted_by_the_system() -> None:
    units = standing_units(Setting("c", unit_names(""), target="multi-user.target"))
    assert [unit.text.count("WantedBy=multi-user.target") for unit in units] == [0, 0, 0, 1, 1]


def test_what_a_shell_knows_is_carried_so_that_systemd_reads_it_as_it_was() -> None:
    units = standing_units(Setting("c", unit_names(""), environment=(("PATH", 'a b/100%"q"\\'),)))
    lines = [line for unit in units for line in unit.text.splitlines() if line.startswith("Environment=")]
    assert lines == ['Environment="PATH=a b/100%%\\"q\\"\\\\"'] * 4
