"""TLS to a gateway, before a single byte of ours is sent over it."""

from __future__ import annotations

import socket
import ssl
from hashlib import sha256

from clawupgrade.gateway.address import Address, plain_fingerprint
from clawupgrade.gateway.answer import AnswerKind, Reached
from clawupgrade.gateway.handshake import Failure


def secured(address: Address, line: socket.socket) -> socket.socket | Failure:
    """The line under TLS, its certificate trusted or the pinned one; or why there is none."""
    try:
        found = _wrapped(address, line)
    except ssl.SSLCertVerificationError as error:
        return Failure(AnswerKind.UNTRUSTED, Reached.TCP, error.verify_message)
    except ssl.SSLError as error:
        return Failure(AnswerKind.NOT_WEBSOCKET, Reached.TCP, f"no TLS: {error.reason}")
    except TimeoutError as error:
        return Failure(AnswerKind.TIMED_OUT, Reached.TCP, str(error))
    except OSError as error:
        return Failure(AnswerKind.CLOSED, Reached.TCP, str(error))
    return found or Failure(AnswerKind.UNTRUSTED, Reached.TCP, "another certificate than the pinned one")


def _wrapped(address: Address, line: socket.socket) -> socket.socket | None:
    """None when the certificate is not the pinned one. Raises ssl.SSLError, OSError."""
    context = ssl.create_default_context(cafile=address.ca_file)
    if address.fingerprint is None:
        return context.wrap_socket(line, server_hostname=address.host)
    # Gateways make their own certificate for no name in particular; the pin stands for name and chain.
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(line, server_hostname=address.host)
    certificate = secured.getpeercert(binary_form=True) or b""
    if sha256(certificate).hexdigest() == plain_fingerprint(address.fingerprint):
        return secured
    secured.close()
    return None
