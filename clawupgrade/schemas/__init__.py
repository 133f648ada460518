"""JSON Schemas of every document that `--json` and `--events` print, as files; fields are only added within v1."""

from __future__ import annotations

from importlib import resources


def names() -> tuple[str, ...]:
    """`event.v1`, `plan.v1`, `result.v1`, …"""
    found = resources.files(__package__).iterdir()
    return tuple(sorted(each.name.removesuffix(".json") for each in found if each.name.endswith(".json")))


def text_of(name: str) -> str:
    """One schema, as it is shipped. Raises FileNotFoundError."""
    return resources.files(__package__).joinpath(f"{name}.json").read_text("utf-8")
