"""Whole results as files: as they were, and there only when they are complete."""

from __future__ import annotations

import csv
import json
import threading
from typing import TYPE_CHECKING

import pyarrow as pa
import pytest
from pyarrow import parquet

from host.core.errors import Cancelled, InvalidInput
from host.explorer import exporting
from host.upkeep.places import exports_folder

if TYPE_CHECKING:
    from pathlib import Path

    from tests.explorer.conftest import Bench

MIXED = (
    "SELECT 1 AS n, 'a, \"b\"' || char(10) || 'ä' AS t, x'00ff' AS b, NULL AS e, 0.5 AS r"
    " UNION ALL SELECT 9007199254740993, '=1+1', NULL, NULL, NULL"
)
MANY = (
    "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 50000)"
    " SELECT n, 'text ' || n AS t, {0} AS late FROM c"
)
ENDLESS = "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c) SELECT n FROM c"


def _left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_csv_keeps_quotes_lines_and_letters(bench: Bench, tmp_path: Path) -> None:
    made = bench.export(MIXED, "csv", str(tmp_path / "rows.csv"))
    data = made.path.read_bytes()
    assert data.startswith(b"n,t,b,e,r\r\n")
    with made.path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[1:] == [["1", 'a, "b"\nä', "00ff", "", "0.5"], ["9007199254740993", "=1+1", "", "", ""]]
    assert (made.rows, made.bytes) == (2, len(data))
    assert made.path.stat().st_mode & 0o777 == 0o600


def test_json_is_an_array_with_exact_integers(bench: Bench, tmp_path: Path) -> None:
    made = bench.export(
        MIXED + " UNION ALL SELECT 9e999, '', x'', NULL, 2", "json", str(tmp_path / "rows.json")
    )
    rows = json.loads(made.path.read_text(encoding="utf-8"))
    assert rows[0] == {"n": 1, "t": 'a, "b"\nä', "b": "00ff", "e": None, "r": 0.5}
    assert rows[1]["n"] == 9007199254740993
    assert rows[2]["n"] == "inf"
    assert len(rows) == made.rows == 3


def test_json_without_a_row_is_an_empty_array(bench: Bench, tmp_path: Path) -> None:
    made = bench.export("SELECT 1 WHERE 0", "json", str(tmp_path / "rows.json"))
    assert json.loads(made.path.read_text(encoding="utf-8")) == []


def test_columns_of_one_name_are_kept_apart(bench: Bench, tmp_path: Path) -> None:
    made = bench.export("SELECT 1 AS id, 2 AS id", "json", str(tmp_path / "rows.json"))
    assert json.loads(made.path.read_text(encoding="utf-8")) == [{"id": 1, "id_2": 2}]


def test_parquet_columns_have_the_types_of_what_they_hold(bench: Bench, tmp_path: Path) -> None:
    made = bench.export(MIXED, "parquet", str(tmp_path / "rows.parquet"))
    table = parquet.read_table(made.path)
    assert [str(kind) for kind in table.schema.types] == ["int64", "string", "binary", "string", "double"]
    assert table.column("n").to_pylist() == [1, 9007199254740993]
    assert table.column("b").to_pylist() == [b"\x00\xff", None]


def test_a_late_value_of_another_kind_widens_its_column_from_the_beginning(
    bench: Bench, tmp_path: Path
) -> None:
    for late, kind, last in (
        ("iif(n < 30000, 1, 0.5)", pa.float64(), 0.5),
        ("iif(n < 30000, 9007199254740993, 0.5)", pa.string(), "0.5"),
        ("iif(n < 30000, NULL, 7)", pa.int64(), 7),
        ("iif(n < 30000, 1, 'one')", pa.string(), "one"),
        ("iif(n < 30000, 'one', x'ff')", pa.string(), "ff"),
    ):
        made = bench.export(MANY.format(late), "parquet", str(tmp_path))
        with parquet.ParquetFile(made.path) as file:
            assert file.num_row_groups > 1
            table = file.read()
        assert table.num_rows == made.rows == 50_000
        assert table.schema.field("late").type == kind
        assert table.column("late").to_pylist()[-1] == last


def test_a_result_far_beyond_a_frame_comes_whole_and_is_told_as_it_grows(
    bench: Bench, tmp_path: Path
) -> None:
    progress: list[dict[str, int]] = []
    sql = (
        "WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 40000)"
        " SELECT n, hex(zeroblob(500)) AS filler FROM c"
    )
    made = bench.export(sql, "csv", str(tmp_path / "rows.csv"), progress=progress)
    assert made.bytes == made.path.stat().st_size > 40_000_000
    assert made.rows == 40_000
    assert [told["rows"] for told in progress] == sorted(told["rows"] for told in progress)


def test_a_cancelled_export_leaves_nothing(bench: Bench, tmp_path: Path) -> None:
    cancelled = threading.Event()
    told: list[dict[str, int]] = []

    class Stop(list[dict[str, int]]):
        def append(self, value: dict[str, int]) -> None:
            told.append(value)
            cancelled.set()

    with pytest.raises(Cancelled):
        bench.export(ENDLESS, "csv", str(tmp_path / "out.csv"), progress=Stop(), cancelled=cancelled)
    assert told
    assert _left_in(tmp_path) == ["home"]


def test_without_a_place_a_file_goes_where_files_for_a_person_go(bench: Bench) -> None:
    first, second = bench.export("SELECT 1", "csv"), bench.export("SELECT 1", "csv")
    assert first.path.parent == second.path.parent == exports_folder()
    assert first.path != second.path
    assert _left_in(exports_folder()) == sorted([first.path.name, second.path.name])


def test_a_file_that_is_there_is_not_overwritten(bench: Bench, tmp_path: Path) -> None:
    taken = tmp_path / "taken.csv"
    taken.write_text("mine", encoding="utf-8")
    with pytest.raises(InvalidInput):
        bench.export("SELECT 1", "csv", str(taken))
    assert taken.read_text(encoding="utf-8") == "mine"


def test_a_statement_that_fails_leaves_no_file(bench: Bench, tmp_path: Path) -> None:
    for sql in ("SELECT nothing FROM pages", "DELETE FROM pages", "SELECT CAST(x'ff' AS TEXT)"):
        with pytest.raises(InvalidInput):
            bench.export(sql, "json", str(tmp_path / "rows.json"))
        assert _left_in(tmp_path) == ["home"]


def test_parquet_without_its_part_names_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "find_spec", lambda _: None)
    with pytest.raises(InvalidInput) as caught:
        exporting._choose("parquet")
    assert "--extra parquet" in str(caught.value.fix)


def test_the_half_of_somebody_else_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    foreign = tmp_path / "rows.csv.part"
    foreign.write_text("somebody else's", encoding="utf-8")
    bench.export("SELECT 1 AS n", "csv", str(tmp_path / "rows.csv"))
    assert foreign.read_text(encoding="utf-8") == "somebody else's"
    assert [name for name in _left_in(tmp_path) if name.startswith("rows")] == ["rows.csv", "rows.csv.part"]
