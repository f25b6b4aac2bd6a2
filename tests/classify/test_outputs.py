"""Results as files."""

from __future__ import annotations

import csv
import io
import json
import os
from pathlib import Path

import pytest

from host.classify.files import SkippedFile
from host.classify.outputs import (
    FORMATS,
    ClassifiedFile,
    Results,
    choose_format,
    save_results,
    write_results,
)
from host.core.errors import InvalidInput


def _file(path: str, category: str = "code", reasoning: str | None = None) -> ClassifiedFile:
    return ClassifiedFile(path, category, 0.75, {"code": 0.75, "data": 0.25}, 12, reasoning)


def _results(*files: ClassifiedFile) -> Results:
    return Results(
        model="some-model",
        categories=["code", "data"],
        created_at="2024-06-07T00:00:00+00:00",
        root="/project",
        files=files,
        skipped=[SkippedFile("logo.png", "binary")],
        failed=[SkippedFile("odd.txt", "It ended.")],
        took_s=1.5,
    )


def _write(results: Results, chosen: str) -> str:
    stream = io.StringIO(newline="")
    write_results(results, choose_format(None, chosen), stream)
    return stream.getvalue()


def test_json_holds_everything_about_a_run() -> None:
    assert json.loads(_write(_results(_file("a.py", reasoning="It has a function.")), "json")) == {
        "model": "some-model",
        "categories": ["code", "data"],
        "created_at": "2024-06-07T00:00:00+00:00",
        "root": "/project",
        "files": [
            {
                "path": "a.py",
                "category": "code",
                "confidence": 0.75,
                "scores": {"code": 0.75, "data": 0.25},
                "bytes": 12,
                "reasoning": "It has a function.",
            }
        ],
        "skipped": [{"path": "logo.png", "reason": "binary"}],
        "failed": [{"path": "odd.txt", "reason": "It ended."}],
        "summary": {"code": 1, "data": 0},
        "took_s": 1.5,
    }


def test_json_lines_hold_one_file_a_line() -> None:
    lines = _write(_results(_file("a.py"), _file("b\u2028.csv", "data")), "jsonl").split("\n")
    assert [json.loads(line)["path"] for line in lines[:-1]] == ["a.py", "b\u2028.csv"]
    assert lines[-1] == ""


def test_csv_has_a_header_and_a_column_for_each_score() -> None:
    rows = list(csv.DictReader(io.StringIO(_write(_results(_file("a, b.py")), "csv"), newline="")))
    assert rows == [
        {
            "path": "a, b.py",
            "category": "code",
            "confidence": "0.75",
            "bytes": "12",
            "score.code": "0.75",
            "score.data": "0.25",
        }
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r"])
def test_no_cell_is_taken_for_a_formula(start: str) -> None:
    text = _write(_results(_file(f"{start}cmd()", reasoning=f"{start}1\n2")), "csv")
    row = next(csv.DictReader(io.StringIO(text, newline="")))
    assert row["path"] == f"'{start}cmd()"
    assert row["reasoning"] == f"'{start}1\n2"


@pytest.mark.parametrize(
    ("output", "named", "chosen"),
    [
        ("a.json", None, "json"),
        ("a.JSONL", None, "jsonl"),
        ("a.ndjson", None, "jsonl"),
        ("a.csv", None, "csv"),
        ("a.csv", "json", "json"),
        ("a.txt", "csv", "csv"),
        (None, None, "jsonl"),
    ],
)
def test_the_format_follows_the_name_unless_it_is_named(
    output: str | None, named: str | None, chosen: str
) -> None:
    assert choose_format(Path(output) if output else None, named) == chosen


def test_a_name_that_says_nothing_is_refused_with_the_option() -> None:
    with pytest.raises(InvalidInput) as caught:
        choose_format(Path("results.xlsx"), None)
    assert "--format" in str(caught.value.fix)


@pytest.mark.parametrize("chosen", FORMATS)
def test_a_file_appears_whole_or_not_at_all(chosen: str, tmp_path: Path) -> None:
    output = tmp_path / "work" / "results"
    output.parent.mkdir()
    output.write_text("what was there", encoding="utf-8")
    broken = _results(_file("a.py"), ClassifiedFile("b.py", "code", 1.0, {}, object()))  # type: ignore[arg-type]
    if chosen != "csv":
        with pytest.raises(TypeError):
            save_results(broken, choose_format(None, chosen), output)
        assert output.read_text(encoding="utf-8") == "what was there"
    save_results(_results(_file("a.py")), choose_format(None, chosen), output)
    assert "a.py" in output.read_text(encoding="utf-8")
    assert [path.name for path in output.parent.iterdir()] == ["results"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
def test_a_file_keeps_its_permissions_and_a_link_its_target(tmp_path: Path) -> None:
    real, link = tmp_path / "real.json", tmp_path / "link.json"
    real.write_text("", encoding="utf-8")
    real.chmod(0o640)
    link.symlink_to("real.json")
    save_results(_results(), "json", link)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert json.loads(real.read_text(encoding="utf-8"))["model"] == "some-model"
