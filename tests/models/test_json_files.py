from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from host.models.json_files import ObjectCache, is_count, is_text, read_object, write_object

if TYPE_CHECKING:
    from pathlib import Path


def test_numbers_that_nobody_can_count_with_are_read_as_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"a": 1e999, "b": -1e999, "c": NaN, "d": Infinity, "e": 1.5}', encoding="utf-8")
    assert read_object(path) == {"a": None, "b": None, "c": None, "d": None, "e": 1.5}


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 100_000, '{"a": ' + "9" * 10_000 + "}"])
def test_a_file_that_no_parser_can_read_is_a_damaged_one(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(content, encoding="utf-8")
    assert read_object(path) is None


def test_a_file_is_read_once_as_long_as_it_is_the_same(tmp_path: Path) -> None:
    path, cache = tmp_path / "a.json", ObjectCache()
    assert cache.read(str(path)) is None
    write_object(path, {"a": 1})
    first = cache.read(str(path))
    assert first == {"a": 1}
    assert cache.read(str(path)) is first
    write_object(path, {"a": 2})
    os.utime(path, ns=(1, 1))
    assert cache.read(str(path)) == {"a": 2}
    path.unlink()
    assert cache.read(str(path)) is None


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "files" / "a.json"
    path.parent.mkdir()
    write_object(path, {"a": 1})

    def fail(_value: object, stream: object, **_options: object) -> None:
        stream.write("{")  # type: ignore[attr-defined]
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(json, "dump", fail)
    with pytest.raises(OSError, match="No space"):
        write_object(path, {"a": 2})
    assert [one.name for one in path.parent.iterdir()] == ["a.json"]
    assert read_object(path) == {"a": 1}


def test_values_are_looked_at_before_they_are_believed() -> None:
    assert [is_count(value) for value in (0, 7, -1, True, None, "7", 1.0, 1 << 60)] == [
        True, True, False, False, False, False, False, False,
    ]  # fmt: skip
    assert [is_text(value) for value in ("", "\u00e4", "\ud800", None, 3)] == [
        True,
        True,
        False,
        False,
        False,
    ]
