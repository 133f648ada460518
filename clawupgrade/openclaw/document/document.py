"""The config as a text that can be read and edited by path without disturbing what was not touched."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from clawupgrade.openclaw.document.error import DocumentError, position
from clawupgrade.openclaw.document.lexicon import COMMENT, STRING
from clawupgrade.openclaw.document.parsing import parse
from clawupgrade.openclaw.document.path import Path, Steps, render, steps
from clawupgrade.openclaw.document.tree import Container, Json, Node, same, value_of

if TYPE_CHECKING:
    from clawupgrade.openclaw.document.edits import Span

# OpenClaw takes includes of at most 2 MiB (dist/includes-*.js of 2026.6.11); four times that is no config.
MAX_BYTES: Final = 8 * 1024 * 1024
_REMARK_OR_TEXT: Final = re.compile(rf"{STRING}|{COMMENT}")


@dataclass(frozen=True, slots=True)
class Document:
    """An immutable config text; every edit returns a new one.

    `text` is the very text that was parsed until something is edited. `source` names it in messages.
    What edits need is imported with the first one: most configs are only read.
    """

    text: str
    source: str
    root: Node = field(repr=False, compare=False)

    @staticmethod
    def parse(text: str | bytes, *, source: str = "openclaw.json") -> Document:
        """Read JSON5. Raises DocumentError for what OpenClaw could not read, for other text than UTF-8,
        for more than MAX_BYTES, and for brackets nested too deep."""
        if len(text) > MAX_BYTES:
            problem = f"the config has {len(text) / 1e6:.1f} MB, more than {MAX_BYTES / 1e6:.1f} MB is not read"
            raise DocumentError(problem, "Is this really the config? Move large data out of it.", source=source)
        if isinstance(text, bytes):
            text = _decode(text, source)
        return Document(text, source, parse(text, source))

    @staticmethod
    def of(value: Json, *, source: str = "openclaw.json") -> Document:
        """A document written from a plain value, in the style of the files that OpenClaw writes."""
        from clawupgrade.openclaw.document.style import Style

        return Document.parse(Style().value(value, "") + "\n", source=source)

    @property
    def encoded(self) -> bytes:
        """The bytes to write: UTF-8, with the byte order mark and line ends that the text came with."""
        return self.text.encode()

    @property
    def value(self) -> Json:
        """A fresh plain value; `$include` and `${VAR}` are left as they stand."""
        return value_of(self.root)

    @property
    def has_comments(self) -> bool:
        """Whether a person has remarked anything in it; what OpenClaw writes has no comments."""
        return any(found.group().startswith("/") for found in _REMARK_OR_TEXT.finditer(self.text))

    def get(self, path: Path, default: Json = None) -> Json:
        """The value at a path, `default` where there is none."""
        found = self._find(steps(path))
        return default if found is None else value_of(found)

    def has(self, path: Path) -> bool:
        """Whether the path exists (a null there counts)."""
        return self._find(steps(path)) is not None

    def has_room(self, path: Path) -> bool:
        """Whether `set` can put a value there: what exists of the way are objects, or arrays with a next place."""
        node, way = self.root, steps(path)
        for index, step in enumerate(way):
            child = _child(node, step)
            if child is None:
                return _takes(node, way[index:])
            node = child
        return True

    def position(self, path: Path) -> tuple[int, int]:
        """Line and column of the value at a path, or of the nearest value around it that exists."""
        node = self.root
        for step in steps(path):
            child = _child(node, step)
            if child is None:
                break
            node = child
        return position(self.text, node.start)

    def set(self, path: Path, value: Json) -> Document:
        """Give the path a value; objects on the way are made, objects in place are merged member by member.

        Raises DocumentError where the path runs through something that is no object, or beyond an array.
        """
        way = steps(path)
        around: Container | None = None
        node = self.root
        for index, step in enumerate(way):
            child = _child(node, step)
            if child is None:
                return self._add(node, way, index, value)
            around, node = (node if isinstance(node, Container) else None), child
        return self._merge(way, around, node, value)

    def delete(self, path: Path) -> Document:
        """Take the path out, with its comma and the remark on its line; no change where it is not there."""
        from clawupgrade.openclaw.document.edits import removing

        way = steps(path)
        parent = self._find(way[:-1]) if way else None
        if not isinstance(parent, Container):
            return self
        step = way[-1]
        gone = [
            index
            for index, item in enumerate(parent.items)
            if (item.key == step if parent.is_object else index == step)
        ]
        return self._edited(removing(self.text, parent, gone)) if gone else self

    def move(self, old: Path, new: Path) -> Document:
        """Carry what stands at `old`, with the comments inside it, to `new`, which has to be free."""
        from clawupgrade.openclaw.document.edits import Span, moved_margin
        from clawupgrade.openclaw.document.habits import margin_of

        node = self._find(steps(old))
        if node is None:
            return self
        placed = self.set(new, value_of(node))
        target = placed._find(steps(new))
        assert target is not None
        written = moved_margin(
            self.text[node.start : node.end],
            margin_of(self.text, node.start),
            margin_of(placed.text, target.start),
        )
        carried = placed._edited([Span(target.start, target.end, written)])
        # A text that goes on over several lines would change with its margin.
        return (carried if same(carried.value, placed.value) else placed).delete(old)

    def adopt(self, value: Json) -> Document:
        """This text with the values of another: gives comments back after OpenClaw flattened a file."""
        return self.set((), value)

    def _find(self, way: Steps) -> Node | None:
        node: Node | None = self.root
        for step in way:
            node = None if node is None else _child(node, step)
        return node

    def _edited(self, spans: list[Span]) -> Document:
        from clawupgrade.openclaw.document.edits import apply

        return Document.parse(apply(self.text, spans), source=self.source) if spans else self

    def _add(self, parent: Node, way: Steps, index: int, value: Json) -> Document:
        """Put a new item into `parent`, which ends what exists of the way; way[index] is its key."""
        from clawupgrade.openclaw.document.edits import inserting

        step, below = way[index], way[index + 1 :]
        if not _takes(parent, way[index:]):
            line, column = position(self.text, parent.start)
            problem = f"cannot set {render(way)}: {render(way[:index]) or 'the config'} has no place for it"
            raise DocumentError(problem, source=self.source, line=line, column=column)
        assert isinstance(parent, Container)
        for inner in reversed(below):
            value = {inner: value} if isinstance(inner, str) else [value]
        members = [(str(step), value)]
        return self._edited(inserting(self.text, self.root, parent, len(parent.items) - 1, members))

    def _merge(self, way: Steps, around: Container | None, node: Node, value: Json) -> Document:
        from clawupgrade.openclaw.document.edits import replacing
        from clawupgrade.openclaw.document.merging import growing, pruning

        pruned = self._edited(pruning(self.text, self.root, around, node, value))
        left = pruned._find(way)
        assert left is not None
        grown = pruned._edited(growing(pruned.text, pruned.root, left, value))
        if same(grown.get(way), value):
            return grown
        # Elements that moved within an array can pair differently in the two halves.
        return self._edited(replacing(self.text, self.root, around, node, value))


def _takes(parent: Node, rest: Steps) -> bool:
    step, *below = rest
    if not isinstance(parent, Container) or any(inner != 0 for inner in below if isinstance(inner, int)):
        return False
    return isinstance(step, str) if parent.is_object else step == len(parent.items)


def _child(node: Node, step: str | int) -> Node | None:
    """The node one step further; the last of equal keys, as OpenClaw reads them."""
    if not isinstance(node, Container):
        return None
    if node.is_object:
        return next((item.node for item in reversed(node.items) if item.key == step), None)
    if isinstance(step, int) and 0 <= step < len(node.items):
        return node.items[step].node
    return None


def _decode(encoded: bytes, source: str) -> str:
    try:
        return encoded.decode()
    except UnicodeDecodeError as error:
        line, column = position(encoded[: error.start].decode(), error.start)
        problem = "the config is not UTF-8 text"
        raise DocumentError(problem, source=source, line=line, column=column) from None
