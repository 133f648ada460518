"""The fake gateway keeps the contract that real ones keep.

Real: CLAWUPGRADE_REAL_GATEWAY=HOST:PORT=FILE, the file holding the token (or `password:` and a password).
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.credential import Credential
from clawupgrade.testing.gateway import FakeGateway, Habit
from clawupgrade.testing.gateway_contract import check_gateway_contract
from clawupgrade.testing.gateway_rules import (
    R2026_2_12,
    R2026_4_29,
    R2026_6_11,
    R2026_9_6,
    FakeRelease,
    Refusal,
)

REAL = os.environ.get("CLAWUPGRADE_REAL_GATEWAY", "")
TOKEN = "the-token-of-this-gateway"


@pytest.mark.parametrize("release", [R2026_2_12, R2026_4_29, R2026_6_11, R2026_9_6], ids=lambda each: each.version)
@pytest.mark.parametrize("kind", ["token", "password"])
def test_the_fake_keeps_the_contract(release: FakeRelease, kind: str) -> None:
    with FakeGateway(**{kind: TOKEN}, release=release) as gateway:  # type: ignore[arg-type]
        check_gateway_contract(gateway.address, Credential(kind, TOKEN))  # type: ignore[arg-type]


@pytest.mark.skipif(not REAL, reason="CLAWUPGRADE_REAL_GATEWAY names no gateway")
def test_a_real_one_keeps_the_contract() -> None:
    where, _, file = REAL.partition("=")
    host, _, port = where.rpartition(":")
    kind, _, value = Path(file).read_text().strip().rpartition(":")
    credential = Credential("password" if kind == "password" else "token", value)
    check_gateway_contract(Address(host.strip("[]"), int(port)), credential)


@pytest.mark.parametrize(
    "habit", [Habit.HANG_UP, Habit.HTTP_ONLY, Habit.GARBAGE, Habit.START], ids=lambda each: each.value
)
def test_the_contract_is_not_kept_by_what_misbehaves(habit: Habit) -> None:
    with (
        FakeGateway(token=TOKEN, habit=habit) as gateway,
        pytest.raises(AssertionError, match="right credential"),
    ):
        check_gateway_contract(gateway.address, Credential("token", TOKEN))


def test_the_contract_is_not_kept_by_a_gateway_that_takes_anything() -> None:
    with FakeGateway() as gateway, pytest.raises(AssertionError, match="wrong credential"):
        check_gateway_contract(gateway.address, Credential("token", TOKEN))


def test_the_contract_is_not_kept_by_one_that_refuses_everybody() -> None:
    refusal = Refusal("pairing required", "NOT_PAIRED", {"code": "PAIRING_REQUIRED"})
    with (
        FakeGateway(habit=Habit.REFUSE, refusal=refusal) as gateway,
        pytest.raises(AssertionError, match="PAIRING_REQUIRED"),
    ):
        check_gateway_contract(gateway.address, Credential("token", TOKEN))
