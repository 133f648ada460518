"""Texts of the units that bring a run to its end after a power cut, around the gateway's own start."""

from __future__ import annotations

from collections.abc import Sequence


def before_gateway(program: Sequence[str], folder: str, gateway_units: str, target: str) -> str:
    """Runs before the gateway may start: everything is taken back up to the start of the old one.

    gateway_units: their names, blanks between. The gateway is not started from here: systemd would wait
    for us, and we for it.
    """
    return _unit(
        "take back what an interrupted clawupgrade run changed",
        f"Before={gateway_units}",
        [*program, "recover", "--folder", folder, "--before-gateway"],
        target,
    )


def after_gateway(program: Sequence[str], folder: str, gateway_units: str, target: str) -> str:
    """Runs when the gateway has been started: sees that it serves, and closes the journal."""
    return _unit(
        "prove the gateway after an interrupted clawupgrade run",
        f"After={gateway_units}",
        [*program, "recover", "--folder", folder],
        target,
    )


def quote_word(word: str) -> str:
    """One word for ExecStart=, as systemd.service(5) wants it.

    >>> quote_word('a b%"$')
    '"a b%%\\\\"$$"'
    """
    text = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{text}"' if text != word or " " in word else word


def _unit(description: str, order: str, argv: Sequence[str], target: str) -> str:
    return "\n".join(
        (
            "[Unit]",
            f"Description=OpenClaw: {description}",
            order,
            "",
            "[Service]",
            "Type=oneshot",
            f"ExecStart={' '.join(quote_word(word) for word in argv)}",
            "TimeoutStartSec=30min",
            "# 3: rolled back and proven, which is what it is for.",
            "SuccessExitStatus=3",
            "",
            "[Install]",
            f"WantedBy={target}",
            "",
        )
    )
