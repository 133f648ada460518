"""What stands for a secret in that which one command shows."""

from __future__ import annotations

import secrets

from clawupgrade.openclaw.diff import Mask


def fresh_mask() -> Mask:
    """Digests that tell equal secrets apart within one output, and nothing beyond it."""
    return Mask(secrets.token_bytes(32))
