"""Cells: what JSON cannot hold, or a table should not, is an object that says what it is."""

from __future__ import annotations

import json
import math
import struct

import pytest

from host.storage.explorer_cells import CellMaker, cut_name, measure_cells

CELLS = CellMaker(columns=1, dimensions=[4])


@pytest.mark.parametrize("value", [None, 0, -(2**53), 2**53, 0.5, "", "日本 🍞", "a\n\0b"])
def test_what_json_holds_is_itself(value: object) -> None:
    assert CELLS.make(value) == value


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (2**53 + 1, {"kind": "integer", "value": "9007199254740993"}),
        (-(2**63), {"kind": "integer", "value": "-9223372036854775808"}),
        (math.inf, {"kind": "real", "value": "inf"}),
        ("x" * 5000, {"kind": "text", "value": "x" * 4000, "length": 5000}),
        (b"\0\xff", {"kind": "blob", "bytes": 2, "hex": "00ff"}),
        (bytes(100), {"kind": "blob", "bytes": 100, "hex": "00" * 32}),
        (b"", {"kind": "blob", "bytes": 0, "hex": ""}),
    ],
)
def test_what_it_does_not_is_an_object(value: object, cell: dict[str, object]) -> None:
    assert CELLS.make(value) == cell


def test_a_blob_of_a_known_dimension_is_a_vector() -> None:
    blob = struct.pack("<4f", 3.0, 4.0, 0.0, 0.0)
    assert CELLS.make(blob) == {
        "kind": "vector",
        "dimensions": 4,
        "values": [3.0, 4.0, 0.0, 0.0],
        "norm": 5.0,
        "bytes": 16,
    }
    assert CellMaker(1, [8]).make(blob)["kind"] == "blob"


def test_bytes_that_are_no_numbers_are_no_vector() -> None:
    assert CELLS.make(struct.pack("<4f", math.nan, 0, 0, 0))["kind"] == "blob"


@pytest.mark.parametrize("columns", [1, 3, 50, 1000])
def test_the_widest_row_and_its_names_fit_into_a_frame(columns: int) -> None:
    # A control character takes six bytes.
    cells = [CellMaker(columns, []).make("\x01" * 1_000_000) for _ in range(columns)]
    names = [cut_name("\x01" * 1_000_000, columns) for _ in range(columns)]
    assert measure_cells(cells) <= 700_000
    assert len(json.dumps(names)) < 200_000
