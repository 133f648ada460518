"""The one way in which a config text is refused: source, line, column, what is wrong, what to do."""

from __future__ import annotations

from clawupgrade.errors import Refused


class DocumentError(Refused):
    """A config text that cannot be read or edited; nothing was touched (exit 6).

    `line` and `column` count from 1, columns in characters. The message never quotes a value: a word without
    quotes may be a secret whose quotes were forgotten.
    """

    def __init__(self, problem: str, hint: str = "", *, source: str, line: int = 1, column: int = 1) -> None:
        super().__init__(f"{source}:{line}:{column}: {problem}", hint)
        self.problem = problem
        self.source = source
        self.line = line
        self.column = column


def position(text: str, offset: int) -> tuple[int, int]:
    """Line and column (from 1) of a character offset; \\n, \\r\\n and a lone \\r each end a line."""
    before = text[:offset].replace("\r\n", "\n").replace("\r", "\n")
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
