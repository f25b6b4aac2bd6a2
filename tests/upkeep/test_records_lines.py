"""Files from strangers: each wrong line is named with what was expected, and none fills the memory."""

from __future__ import annotations

import base64
import io
import json
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import AppError, InvalidInput, error_tree
from host.upkeep import records_lines
from host.upkeep.records import build_from_records, merge_file
from host.upkeep.records_lines import parse_line, read_lines
from tests.makers import NOON
from tests.upkeep.record_makers import SIZE, read_contents

if TYPE_CHECKING:
    from pathlib import Path

    from host.history.profiles import Profile

HEADER: dict[str, Any] = {
    "format": "ai-history",
    "version": 1,
    "vectors": {"model": "words", "dimensions": SIZE},
}
END = {"kind": "end"}
GOOD: dict[str, Any] = {
    "kind": "page",
    "url": "https://good.example/",
    "first_visit_at": NOON,
    "last_visit_at": NOON,
    "visit_count": 1,
}
ANSWER = {"role": "assistant", "created_at": NOON, "answers": 0}
TALK: dict[str, Any] = {"kind": "conversation", "title": "T", "created_at": NOON, "updated_at": NOON}


def _write(path: Path, *lines: dict[str, Any] | bytes) -> Path:
    path.write_bytes(
        b"\n".join(line if isinstance(line, bytes) else json.dumps(line).encode("utf-8") for line in lines)
    )
    return path


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (b"{", "a JSON object is expected"),
        (b"[1]", "a JSON object is expected"),
        (b'{"kind": NaN}', "a JSON object is expected"),
        (b'{"kind": 1e999}', "a JSON object is expected"),
        (b'{"kind": ' + b"9" * 500 + b"}", "a JSON object is expected"),
        (b'{"kind": "\xff"}', "not in UTF-8"),
        (b'{"kind": ' + b"[" * 200_000 + b"]" * 200_000 + b"}", "nested too deeply"),
        ({}, "record.kind must be text"),
        ({"kind": "cookie"}, "record.kind must be one of"),
        ({**GOOD, "url": "javascript:alert(1)"}, "page.url must be an http or https address"),
        ({**GOOD, "url": 7}, "page.url must be text"),
        (
            b'{"kind":"page","url":"https://good.example/","first_visit_at":1,"last_visit_at":1,"visit_count":1,'
            b'"title":"\\ud800"}',
            "page.title must be whole Unicode characters",
        ),
        ({**GOOD, "visit_count": 1.5}, "page.visit_count must be a whole number"),
        ({**GOOD, "visit_count": True}, "page.visit_count must be a whole number"),
        ({**GOOD, "last_visit_at": 10**30}, "page.last_visit_at must be a whole number"),
        ({**GOOD, "last_visit_at": NOON - 1}, "page.first_visit_at must not be later"),
        ({**GOOD, "category_confidence": 2}, "page.category_confidence must be a number from 0 to 1"),
        ({**GOOD, "visits": {}}, "page.visits must be a list"),
        ({**GOOD, "visits": [7]}, r"page.visits\[0\] must be an object"),
        (
            {**GOOD, "passages": [{"position": 0, "text": "a"}] * 2},
            "page.passages must not have a position twice",
        ),
        ({**GOOD, "lead": {"vector": "AAAA"}}, "page.lead.vector must have 64 numbers"),
        ({**GOOD, "lead": {"vector": "!"}}, "page.lead.vector must be base64"),
        (
            {**GOOD, "lead": {"vector": base64.b64encode(bytes(4 * SIZE)).decode("ascii")}},
            "page.lead.vector must be of length 1",
        ),
        (
            {**GOOD, "unread": {"captured_at": NOON, "html": base64.b64encode(b"<p>").decode("ascii")}},
            "page.unread.html must be compressed",
        ),
        ({"kind": "setting", "key": "appearance.theme"}, "setting.value must be there"),
        ({"kind": "growth", "day": "today", "pages": 1, "bytes": 1}, "growth.day must be YYYY-MM-DD"),
        ({"kind": "category", "key": "", "name": "x"}, "category.name must not be empty"),
        (
            {"kind": "saved_query", "name": " ", "sql": "", "updated_at": 1},
            "saved_query.name must not be empty",
        ),
        ({**TALK, "messages": [ANSWER]}, r"conversation.messages\[0\].answers must be the place"),
        ({**TALK, "messages": [{**ANSWER, "role": "system"}]}, "role must be one of"),
        ({"kind": "end"}, "nothing is expected behind the end"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_taken_in(
    profile: Profile, tmp_path: Path, line: dict[str, Any] | bytes, told: str
) -> None:
    file = _write(tmp_path / "in.jsonl", HEADER, GOOD, line, END)
    number = 4 if line == END else 3
    with pytest.raises(InvalidInput, match=f"^Line {number}: .*{told}") as caught:
        merge_file(profile, file)
    assert len(caught.value.message) < 300
    with pytest.raises(InvalidInput, match=f"^Line {number}: "):
        build_from_records(file, tmp_path / "new.db")
    assert profile.database.read(read_contents)["pages"] == []


def test_a_file_that_was_cut_off_is_told(profile: Profile, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="Line 3: the file ends too early"):
        merge_file(profile, _write(tmp_path / "in.jsonl", HEADER, GOOD))


def test_a_page_that_unpacks_into_gigabytes_is_refused(profile: Profile, tmp_path: Path) -> None:
    packer = zlib.compressobj(9)
    packed = b"".join([*(packer.compress(bytes(1 << 20)) for _ in range(80)), packer.flush()])
    page = {**GOOD, "unread": {"captured_at": NOON, "html": base64.b64encode(packed).decode("ascii")}}
    with pytest.raises(InvalidInput, match="at most 64 MiB"):
        merge_file(profile, _write(tmp_path / "in.jsonl", HEADER, page, END))


def test_what_is_unknown_is_passed_over(profile: Profile, tmp_path: Path) -> None:
    page = {**GOOD, "colour_of_the_sky": {"deep": [1, 2]}}
    assert merge_file(profile, _write(tmp_path / "in.jsonl", HEADER, b"", page, b" ", END)).added == {
        "page": 1
    }


def test_a_line_of_millions_of_values_is_refused_before_they_are_made() -> None:
    line = b'{"kind": [' + b"[]," * records_lines.MAX_VALUES + b"[]]}"
    tracemalloc.start()
    with pytest.raises(InvalidInput, match="too many values"):
        parse_line(line, 1)
    assert tracemalloc.get_traced_memory()[1] < 10 * len(line)
    tracemalloc.stop()


def test_a_line_without_an_end_is_read_no_further_than_its_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(records_lines, "MAX_LINE_BYTES", 1000)
    file = io.BytesIO(b"{}\n" + b"x" * 10_000)
    with pytest.raises(InvalidInput, match="Line 2: it is longer"):
        list(read_lines(file))
    assert file.tell() == 3 + 1001


@given(data=st.binary(max_size=200))
def test_any_bytes_are_an_object_or_an_error_for_a_person(data: bytes) -> None:
    try:
        found = parse_line(data, 1)
    except InvalidInput:
        return
    assert isinstance(found, dict)


def test_every_kind_of_error_stands_for_one_class() -> None:
    # A class that only adds a message would take the place of the one that the wire means.
    assert all(cls.kind == kind for kind, cls in error_tree().items())
    assert error_tree()["invalid_input"] is InvalidInput
    assert issubclass(InvalidInput, AppError)
