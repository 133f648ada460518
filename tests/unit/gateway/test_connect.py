"""The connect request says who asks, offers every protocol, and proves a device where there is one."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from clawupgrade.gateway.connect import Challenge, Client, connect_params
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.device import DeviceIdentity, read_identity
from clawupgrade.testing.gateway_rules import is_well_formed, judge_device

CLIENT = Client("0.1", "linux", 1000)
TOKEN = Credential("token", "the-token")


@pytest.fixture
def device() -> DeviceIdentity:
    key = Ed25519PrivateKey.generate()
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    found = read_identity({"privateKeyPem": pem})
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("credential", "auth"),
    [
        (TOKEN, {"token": "the-token"}),
        (Credential("password", "the-password"), {"password": "the-password"}),
        (None, None),
    ],
)
def test_the_secret_goes_where_its_kind_belongs(credential: Credential | None, auth: dict[str, str] | None) -> None:
    assert connect_params(Challenge("n", 5), CLIENT, credential, None).get("auth") == auth


@pytest.mark.parametrize("protocol", [3, 4, 5])
def test_every_protocol_lies_in_the_range(protocol: int) -> None:
    params = connect_params(Challenge("n", 5), CLIENT, None, None)
    assert params["minProtocol"] <= protocol <= params["maxProtocol"]


def test_it_is_a_shape_that_gateways_take(device: DeviceIdentity) -> None:
    assert is_well_formed(connect_params(Challenge("n", 5), CLIENT, TOKEN, device))


def test_it_asks_for_no_scope_that_a_person_would_have_to_approve() -> None:
    assert connect_params(Challenge("n", 5), CLIENT, None, None)["scopes"] == ["operator.read"]


@pytest.mark.parametrize("credential", [TOKEN, Credential("password", "p"), None])
def test_the_proof_is_one_that_gateways_take(device: DeviceIdentity, credential: Credential | None) -> None:
    params: dict[str, Any] = connect_params(Challenge("a-nonce", 5), CLIENT, credential, device)
    assert judge_device(params, "a-nonce") is None
    refusal = judge_device(params, "another-nonce")
    assert refusal is not None
    assert refusal.message == "device nonce mismatch"


@pytest.mark.parametrize(("challenged_at", "signed_at"), [(777, 777), (None, 1000)])
def test_the_challenges_clock_wins(device: DeviceIdentity, challenged_at: int | None, signed_at: int) -> None:
    params = connect_params(Challenge("n", challenged_at), CLIENT, TOKEN, device)
    assert params["device"]["signedAt"] == signed_at
