"""A whole history out into lines of JSON, and a new database of them."""

from __future__ import annotations

import json
import stat
import sys
import threading
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given

from host.core.errors import Cancelled, DatabaseTooNew, InvalidInput
from host.storage import fulltext
from host.storage.database import Database
from host.storage.records_source import read_records
from host.upkeep.records import build_from_records, detect_format, export_records
from host.upkeep.records_lines import parse_line
from host.upkeep.records_reading import read_record
from host.upkeep.records_writing import describe_record, write_line
from tests.upkeep.record_makers import CONTENTS, SPACE, any_page, fill, read_contents

if TYPE_CHECKING:
    from pathlib import Path

    from host.history.profiles import Profile
    from host.storage.records import PageRecord

# Made anew from the rest, or of no use elsewhere.
DERIVED = (
    "pages_fts",
    "pages_terms",
    "chunk_embeddings",
    "page_embeddings",
    "vector_",
    "jobs",
    "meta",
    "sqlite_",
)


@pytest.fixture
def full(profile: Profile) -> Profile:
    """A history with something of everything."""
    profile.database.write(fill)
    return profile


def _read_lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_bytes().split(b"\n") if line]


def test_every_table_is_exported_or_derived(full: Profile) -> None:
    rows = full.database.read(
        lambda connection: connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table'"
        ).fetchall()
    )
    kept = {name for (name,) in rows if not name.startswith(DERIVED)}
    assert kept == set(CONTENTS)
    filled = full.database.read(read_contents)
    assert [table for table, found in filled.items() if not found] == []


def test_a_new_database_of_an_export_has_the_same_rows_and_vectors(full: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    counts = export_records(full, file)
    assert build_from_records(file, tmp_path / "new.db") == counts
    before = full.database.read(lambda connection: read_contents(connection, with_vectors=True))
    with Database(tmp_path / "new.db") as made:
        assert made.read(lambda connection: read_contents(connection, with_vectors=True)) == before
        assert made.write(fulltext.check_index)
        rows = made.read(
            lambda connection: connection.execute("SELECT kind, count(*) FROM jobs GROUP BY 1").fetchall()
        )
        # The page that nobody has read, and the one that has no vector.
        assert rows == [("embed", 1), ("extract", 1)]


def test_an_export_of_what_was_built_from_an_export_is_the_same(full: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    export_records(full, file)
    build_from_records(file, tmp_path / "new.db")
    before = full.database.read(lambda connection: list(read_records(connection)))
    with Database(tmp_path / "new.db") as made:
        assert made.read(lambda connection: list(read_records(connection))) == before


def test_an_export_without_vectors_leaves_them_to_be_made(full: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    export_records(full, file, vectors=False)
    assert "vectors" not in _read_lines(file)[0]
    build_from_records(file, tmp_path / "new.db")
    with Database(tmp_path / "new.db") as made:
        jobs = made.read(
            lambda connection: connection.execute("SELECT count(*) FROM jobs WHERE kind = 'embed'").fetchall()
        )
        assert jobs == [(3,)]


def test_an_export_can_be_read_by_its_owner_only_and_says_what_it_is(full: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    reports: list[dict[str, Any]] = []
    export_records(full, file, on_progress=reports.append)
    first, *_, last = _read_lines(file)
    assert (first["format"], first["version"], first["profile"]) == ("ai-history", 1, full.id)
    assert first["vectors"] == {"model": SPACE.model_id, "dimensions": SPACE.dimensions}
    assert last["kind"] == "end"
    assert last["records"]["page"] == 3
    assert {report["stage"] for report in reports} == {"writing"}
    assert detect_format(file) == "jsonl"
    if sys.platform != "win32":
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_an_export_that_is_taken_back_leaves_no_file(full: Profile, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        export_records(full, tmp_path / "out.jsonl", cancelled=stop)
    assert list(tmp_path.glob("out*")) == []
    assert full.database.read(lambda connection: not connection.in_transaction)


def test_a_building_that_is_taken_back_or_fails_leaves_no_file(full: Profile, tmp_path: Path) -> None:
    file = tmp_path / "out.jsonl"
    export_records(full, file)
    stop = threading.Event()
    with pytest.raises(Cancelled):
        build_from_records(file, tmp_path / "new.db", cancelled=stop, on_progress=lambda _report: stop.set())
    file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(InvalidInput):
        build_from_records(file, tmp_path / "new.db")
    assert list(tmp_path.glob("new*")) == []


@given(page=any_page())
def test_any_page_comes_back_as_it_went_out(page: PageRecord) -> None:
    line = write_line(describe_record(page))
    assert line.count(b"\n") == 1
    assert read_record(parse_line(line, 1), SPACE) == page


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (b"", "neither"),
        (b"{}\n", "neither"),
        (b"\x00\xff\xfe", "neither"),
        (b'{"format":"other","version":1}\n', "neither"),
        (b'{"format":"ai-history","version":"1"}\n', "neither"),
    ],
)
def test_a_file_of_something_else_is_told(tmp_path: Path, text: bytes, expected: str) -> None:
    file = tmp_path / "file"
    file.write_bytes(text)
    with pytest.raises(InvalidInput, match=expected):
        detect_format(file)


def test_an_export_of_a_newer_version_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text('{"format":"ai-history","version":2}\n', encoding="utf-8")
    with pytest.raises(DatabaseTooNew, match="newer"):
        detect_format(file)
    with pytest.raises(DatabaseTooNew):
        build_from_records(file, tmp_path / "new.db")


def test_an_encrypted_database_is_a_database(tmp_path: Path) -> None:
    with Database(tmp_path / "locked.db", key=bytes(32)) as made:
        made.write(fill)
    assert detect_format(tmp_path / "locked.db") == "sqlite"
