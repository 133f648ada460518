"""What any gateway must do when it is asked: held against the fake one, and against real releases alike."""

from __future__ import annotations

import json
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from clawupgrade.gateway.address import Address
from clawupgrade.gateway.answer import Answer, AnswerKind
from clawupgrade.gateway.credential import Credential
from clawupgrade.gateway.row import State
from clawupgrade.gateway.verdict import Baseline, Judgement, Was, baseline_of, judge
from clawupgrade.host.dial import Dial

_READY = Baseline(Was.READY)
_POLICY_VIOLATION, _PROTOCOL_ERROR = 1008, 1002


def check_gateway_contract(address: Address, credential: Credential) -> None:
    """Ask a serving gateway over loopback, rightly and wrongly, and compare with what we build on.

    Makes at most two failed attempts with a credential. Raises AssertionError, which never holds the secret.
    """
    _check_hello(_ask(address, credential))
    _check_mismatch(_ask(address, Credential(credential.kind, "wrong-" + "0" * 32)), credential.kind)
    _check_no_credential(_ask(address, None))
    _check_other_field(address, credential)
    _check_first_frame(address)
    _check_protocol_range(address)
    _check_closed_schema(address)
    _check_hello(_ask(address, credential))


def _ask(address: Address, credential: Credential | None) -> Answer:
    answer = Dial().ask(address, credential, timeout=30)
    shown = json.dumps(answer.to_json()) + repr(answer)
    _hold(credential is None or credential.value not in shown, "an answer showed the secret")
    return answer


def _check_hello(answer: Answer) -> None:
    _hold(answer.kind is AnswerKind.HELLO, f"the right credential got {answer.to_json()}")
    _hold(answer.protocol in (3, 4), f"protocol {answer.protocol}")
    _hold(bool(answer.server_version), "hello names no version")
    _hold("health" in answer.methods, "hello does not list `health`")
    _hold(isinstance(answer.health, dict) and answer.health.get("ok") is True, f"health: {answer.health}")
    _hold(judge(answer, _READY).condemns is Judgement.ACCEPT, "hello was not accepted")


def _check_mismatch(answer: Answer, kind: str) -> None:
    verdict = judge(answer, _READY)
    _hold(answer.kind is AnswerKind.REFUSED, f"a wrong credential got {answer.to_json()}")
    _hold(answer.close_code == _POLICY_VIOLATION, f"closed with {answer.close_code}")
    _hold(verdict.state is State.GUARDED, f"{verdict}")
    _hold(verdict.cause == f"{kind}-mismatch", f"{verdict}")
    _hold(verdict.condemns is Judgement.REPAIR_THEN_ROLL_BACK, f"{verdict}")
    again = judge(answer, baseline_of(answer)).condemns
    _hold(again is Judgement.REPORT_ONLY, f"the same refusal as before the run was judged {again}")


def _check_no_credential(answer: Answer) -> None:
    verdict = judge(answer, _READY)
    _hold(answer.close_code == _POLICY_VIOLATION, f"no credential got {answer.to_json()}")
    _hold(verdict.cause == "no-credential", f"{verdict}")


def _check_other_field(address: Address, credential: Credential) -> None:
    """2026.1.29 wants a device key then, 2026.2.12 … 2026.6.11 say “missing”, 2026.9.6 takes either field."""
    answer = _ask(address, Credential("token" if credential.kind == "password" else "password", credential.value))
    cause = judge(answer, _READY).cause
    expected = ("ready", f"{credential.kind}-missing", "device-identity-required")
    _hold(cause in expected, f"the right secret in the other field: {cause}")


def _check_first_frame(address: Address) -> None:
    request = {"type": "req", "id": "x", "method": "health", "params": {}}
    said, code = _converse(address, request)
    _hold(said.startswith("invalid handshake"), f"a first frame that is not connect got “{said}”")
    _hold(code == _POLICY_VIOLATION, f"closed with {code}")


def _check_protocol_range(address: Address) -> None:
    said, code = _converse(address, _connect_request(minProtocol=1, maxProtocol=1))
    _hold(said == "protocol mismatch", f"an old protocol got “{said}”")
    _hold(code == _PROTOCOL_ERROR, f"closed with {code}")


def _check_closed_schema(address: Address) -> None:
    said, code = _converse(address, _connect_request(surprise=True))
    _hold(said.startswith("invalid connect params"), f"an unknown parameter got “{said}”")
    _hold(code == _POLICY_VIOLATION, f"closed with {code}")


def _connect_request(**changes: Any) -> dict[str, Any]:
    client = {"id": "gateway-client", "version": "0", "platform": "linux", "mode": "backend"}
    params = {"minProtocol": 1, "maxProtocol": 99, "client": client, "role": "operator", "scopes": []}
    return {"type": "req", "id": "x", "method": "connect", "params": params | changes}


def _converse(address: Address, request: dict[str, Any]) -> tuple[str, int | None]:
    """The error message and the close code that a request earns."""
    said = ""
    with connect(address.url, proxy=None, open_timeout=30) as connection:
        _await(connection, "event")
        connection.send(json.dumps(request))
        said = str(_await(connection, "res").get("error", {}).get("message", ""))
        try:
            connection.recv(timeout=10)
        except ConnectionClosed as closed:
            return said, closed.rcvd.code if closed.rcvd else None
    return said, None


def _await(connection: ClientConnection, kind: str) -> dict[str, Any]:
    frame: dict[str, Any] = {}
    while frame.get("type") != kind:
        frame = json.loads(connection.recv(timeout=30))
    return frame


def _hold(holds: bool, otherwise: str) -> None:
    if not holds:
        raise AssertionError(otherwise)
