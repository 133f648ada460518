"""$include: merged as OpenClaw merges, and every fault with file, line and column."""

from __future__ import annotations

from pathlib import PurePosixPath

import pytest

from clawupgrade.openclaw.document import Document, DocumentError, Json, resolve_includes

HOME = PurePosixPath("/home/oc/.openclaw/openclaw.json")


def resolve(config: str, **files: str) -> Json:
    """The value of a config; files are `name=text`, with `__` for a dot and `_0_` for a slash."""
    contents = {HOME.parent / name.replace("_0_", "/").replace("__", "."): text for name, text in files.items()}

    def read(path: PurePosixPath) -> bytes:
        if path not in contents:
            raise FileNotFoundError(2, "No such file", str(path))
        return contents[path].encode()

    return resolve_includes(Document.parse(config, source=str(HOME)), read).value


def test_a_file_takes_the_place_of_its_object() -> None:
    assert resolve("{agents: {$include: './a.json5'}}", a__json5="{list: [{id: 'x'}]}") == {
        "agents": {"list": [{"id": "x"}]}
    }


def test_later_files_and_keys_beside_win_and_arrays_are_joined() -> None:
    value = resolve(
        "{$include: ['a.json5', 'b.json5'], gateway: {port: 3}, list: [3]}",
        a__json5="{gateway: {port: 1, bind: 'lan'}, list: [1]}",
        b__json5="{gateway: {port: 2}, list: [2], constructor: {x: 1}}",
    )
    assert value == {"gateway": {"port": 3, "bind": "lan"}, "list": [1, 2, 3]}


def test_relative_names_start_at_the_file_that_names_them_and_files_are_listed_once() -> None:
    texts = {
        "/home/oc/.openclaw/sub/a.json5": b"{$include: './b.json5'}",
        "/home/oc/.openclaw/sub/b.json5": b"{x: 1}",
    }
    document = Document.parse("[{$include: 'sub/a.json5'}, {$include: './sub/../sub/b.json5'}]", source=str(HOME))
    resolved = resolve_includes(document, lambda path: texts[str(path)])
    assert resolved.value == [{"x": 1}, {"x": 1}]
    assert [path.name for path in resolved.files] == ["a.json5", "b.json5"]


def test_the_document_itself_may_be_an_include() -> None:
    assert resolve("{$include: 'a.json5'}", a__json5="[1]") == [1]


@pytest.mark.parametrize(
    ("config", "files", "message"),
    [
        (
            "{\n  a: {$include: 'none.json5'}}",
            {},
            r"openclaw\.json:2:17: /home/oc/\.openclaw/none\.json5, .* does not exist",
        ),
        ("{a: {$include: 7}}", {}, r"openclaw\.json:1:16: \$include takes the name of a file"),
        ("{a: {$include: ['a.json5', 7]}}", {"a__json5": "{}"}, r"openclaw\.json:1:28: \$include takes"),
        ("{$include: 'a.json5', b: 1}", {"a__json5": "[]"}, r"openclaw\.json:1:12: keys stand beside this \$include"),
        (
            "{$include: 'a.json5'}",
            {"a__json5": "{\n$include: 'b.json5'}", "b__json5": "{x: {$include: 'a.json5'}}"},
            r"b\.json5:1:16: this \$include closes a circle: .*a\.json5 → .*b\.json5 → .*a\.json5",
        ),
        ("{$include: 'openclaw.json'}", {}, r"openclaw\.json:1:12: this \$include closes a circle"),
        ("{$include: 'a.json5'}", {"a__json5": "{x: }"}, r"a\.json5:1:5: a value is missing here"),
    ],
)
def test_every_fault_names_its_file_and_place(config: str, files: dict[str, str], message: str) -> None:
    with pytest.raises(DocumentError, match=message):
        resolve(config, **files)


def test_ten_files_deep_is_read_and_eleven_is_refused() -> None:
    chain = {f"f{number}__json5": f"{{$include: 'f{number + 1}.json5'}}" for number in range(1, 11)}
    assert resolve("{$include: 'f1.json5'}", **chain | {"f10__json5": "{x: 1}"}) == {"x": 1}
    with pytest.raises(DocumentError, match=r"f10\.json5:1:12: \$include goes deeper than 10 files"):
        resolve("{$include: 'f1.json5'}", **chain, f11__json5="{x: 1}")


def test_a_file_that_cannot_be_read_is_a_refusal_too() -> None:
    def read(path: PurePosixPath) -> bytes:
        raise PermissionError(13, "Permission denied", str(path))

    with pytest.raises(DocumentError, match="cannot be read: Permission denied"):
        resolve_includes(Document.parse("{$include: 'a.json5'}", source=str(HOME)), read)
