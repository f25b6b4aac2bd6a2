"""The beginning of a file as text."""

from __future__ import annotations

import os
import zlib
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.classify import files, heads
from host.classify.heads import UnreadableFile, decode_head, read_head

if TYPE_CHECKING:
    from pathlib import Path

posix_only = pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
FRENCH = "Les élèves étaient très contents de la forêt où ils ont passé l'été, à côté du château. " * 6


def test_only_the_beginning_of_a_large_file_is_read(tmp_path: Path) -> None:
    file = tmp_path / "large.txt"
    with file.open("wb") as stream:
        stream.write(b"beginning ")
        # A file with a hole: 8 GiB that take no room and would never fit into memory.
        stream.truncate(8 * 1024**3)
    head = read_head(file, 10)
    assert (head.text, head.size) == ("beginning ", 8 * 1024**3)


def test_an_empty_file_is_an_empty_text(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert read_head(tmp_path / "empty").text == ""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "latin-1"])
def test_text_is_read_in_the_encoding_it_was_written_in(encoding: str, tmp_path: Path) -> None:
    (tmp_path / "text").write_bytes(FRENCH.encode(encoding))
    assert read_head(tmp_path / "text").text == FRENCH


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("这是一个关于城市交通的测试文件。" * 12, "gb18030"),
        ("Съешь ещё этих мягких французских булок, да выпей чаю. " * 8, "cp1251"),
    ],
)
def test_other_scripts_are_read_too(text: str, encoding: str) -> None:
    found = decode_head(text.encode(encoding), whole=True)
    assert found is not None
    # Encodings of a script resemble each other; most letters have to be right.
    assert len(set(found) & set(text)) > 0.8 * len(set(text))


@given(st.text(min_size=1, max_size=200), st.integers(1, 800))
def test_a_cut_through_a_character_costs_that_character_only(text: str, cut: int) -> None:
    data = text.encode("utf-8")[:cut]
    whole = data.decode("utf-8", "ignore")
    found = decode_head(data, whole=False)
    assert found is None or whole.removeprefix("\ufeff") == found


@pytest.mark.parametrize(
    "data",
    [
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n" * 4,
        b"PK\x03\x04" + bytes(range(1, 200)),
        b"\x7fELF\x02\x01\x01" + bytes(100),
        b"text and then\0a zero",
        zlib.compress(FRENCH.encode()) * 5,
        b"\x01\x02\x03\x04\x05\x06 text" * 50,
    ],
    ids=["png", "pdf", "zip", "elf", "zero", "compressed", "controls"],
)
def test_what_is_no_text_is_told_as_binary(data: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(data)
    with pytest.raises(UnreadableFile, match=heads.BINARY):
        read_head(tmp_path / "file")


@posix_only
def test_a_pipe_that_took_the_place_of_a_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UnreadableFile, match=files.NO_FILE):
        read_head(tmp_path / "pipe")


def test_a_folder_or_nothing_in_the_place_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile):
        read_head(tmp_path)
    with pytest.raises(UnreadableFile, match="is gone"):
        read_head(tmp_path / "nothing")


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "closed").write_text("a", encoding="utf-8")

    # Root may read everything, so that permissions alone would prove nothing.
    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(UnreadableFile, match=files.NO_PERMISSION):
        read_head(tmp_path / "closed")
