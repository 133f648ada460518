"""Where a value stands in a TOML text, however it is written."""

from __future__ import annotations

from clawupgrade.policy.lines import line_numbers

TEXT = '''\
# a comment
channel = "beta"

skip = [
  "2026.9.4",  # bad
  "2026.9.5",
]
when.windows = ["02:00-05:00"]

[quarantine]

for = """
3d"""
[installations.work]
profile = "work"
'''


def test_each_value_has_the_line_on_which_it_begins() -> None:
    assert line_numbers(TEXT) == {
        ("channel",): 2,
        ("skip",): 4,
        ("when", "windows"): 8,
        ("quarantine", "for"): 12,
        ("installations", "work", "profile"): 15,
    }
