"""`ai-history categorize`, `categories` and `corrections`: processes of their own, and the real daemon."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.test_terminal import Terminal
from tests.conftest import INSTALLED_MODELS
from tests.makers import wait_until
from tests.processes import ROOT, Installation

if TYPE_CHECKING:
    from collections.abc import Iterator

PATIENCE_S = 180.0
DEV, NEWS = "https://github.com/numpy/numpy/pulls", "https://www.bbc.com/news"
LIST = f'url,title\n{DEV},Pull requests\n{NEWS},"BBC News, Home"\n'


@dataclass(frozen=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Its output as JSON Lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir="/tmp" if sys.platform != "win32" else None) as made:
        yield Path(made)


@pytest.fixture(scope="module")
def installation(folder: Path) -> Iterator[Installation]:
    """A daemon without a model: words and addresses decide."""
    made = Installation(folder)
    made.start_daemon()
    yield made
    made.close()


@pytest.fixture
def profile(request: pytest.FixtureRequest) -> str:
    """A profile for each test, for what one learns is not for another."""
    return f"p{abs(hash(request.node.name))}"


def _begin(installation: Installation, *arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "host.cli", *map(str, arguments)],
        cwd=ROOT,
        env=installation.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
    )


def _run(installation: Installation, *arguments: str | Path, given: str = "") -> Ended:
    process = _begin(installation, *arguments)
    try:
        out, err = process.communicate(given, timeout=PATIENCE_S)
    finally:
        process.kill()
        process.wait()
    return Ended(process.returncode, out, err)


def test_each_tab_of_a_list_gets_its_category_as_a_table_as_json_and_as_csv(
    installation: Installation, tmp_path: Path
) -> None:
    file = tmp_path / "tabs.csv"
    file.write_text(LIST, encoding="utf-8")
    table = _run(installation, "categorize", file)
    assert table.code == 0, table.err
    header, first, second = table.out.splitlines()
    assert header.split() == ["category", "sure", "tab"]
    assert (first.split()[0], second.split()[0]) == ("Dev", "News")
    assert DEV in first
    assert "No model is there" in table.err
    rows = _run(installation, "categorize", file, "--json").rows
    assert [(row["line"], row["url"], row["category"]) for row in rows] == [
        (2, DEV, "Dev"),
        (3, NEWS, "News"),
    ]
    assert all(0.5 < row["confidence"] <= 1 and row["reason"] for row in rows)
    printed = list(csv.reader(_run(installation, "categorize", file, "--csv").out.splitlines()))
    assert printed[0] == ["url", "title", "category", "confidence", "reason"]
    assert [row[2] for row in printed[1:]] == ["Dev", "News"]
    assert printed[2][1] == "BBC News, Home"


def test_standard_input_is_a_list_in_every_format(installation: Installation) -> None:
    lines = f"{DEV}\tPull requests\n{NEWS}\n"
    objects = "".join(json.dumps({"url": url}) + "\n" for url in (DEV, NEWS))
    for given, named in ((lines, []), (LIST, ["--format", "csv"]), (objects, ["--format", "jsonl"])):
        ended = _run(installation, "categorize", "-", "--json", *named, given=given)
        assert [row["category"] for row in ended.rows] == ["Dev", "News"], named


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such name for standard input")
def test_a_pipe_that_has_a_name_is_a_list(installation: Installation) -> None:
    ended = _run(installation, "categorize", "/dev/stdin", "--json", given=f"{DEV}\n{NEWS}\n")
    assert [row["category"] for row in ended.rows] == ["Dev", "News"], ended.err


def test_bad_lines_are_named_and_counted_the_rest_is_done_and_the_code_is_1(
    installation: Installation,
) -> None:
    given = f"{DEV}\nno address\n{NEWS}\n" + "?\n" * 50
    ended = _run(installation, "categorize", "-", "--json", given=given)
    assert ended.code == 1
    assert [row["category"] for row in ended.rows] == ["Dev", "News"]
    assert "Line 2: does not begin with an address." in ended.err
    assert "51 lines were not understood." in ended.err
    # A list of another kind altogether must not fill the screen.
    assert ended.err.count("Line ") == 20


def test_an_empty_list_is_no_mistake(installation: Installation) -> None:
    ended = _run(installation, "categorize", "-", "--json", given="\n\n")
    assert (ended.code, ended.out, ended.err) == (0, "", "")


def test_a_file_of_results_holds_what_would_be_printed_and_the_list_is_never_written_over(
    installation: Installation, tmp_path: Path
) -> None:
    file, output = tmp_path / "tabs.csv", tmp_path / "out.jsonl"
    file.write_text(LIST, encoding="utf-8")
    ended = _run(installation, "categorize", file, "-o", output)
    assert (ended.code, ended.out) == (0, "")
    assert output.read_text(encoding="utf-8") == _run(installation, "categorize", file, "--json").out
    assert _run(installation, "categorize", file, "-o", file).code == 2
    assert file.read_text(encoding="utf-8") == LIST
    assert _run(installation, "categorize", file, "-o", tmp_path / "out.doc").code == 2
    gone = _run(installation, "categorize", file, "-o", tmp_path / "gone" / "out.csv")
    assert gone.code == 1
    assert "cannot be written" in gone.err


def test_no_title_is_a_formula_or_an_order_to_the_terminal(installation: Installation) -> None:
    given = json.dumps({"url": NEWS, "title": "=cmd()\x1b[31m"}) + "\n"
    ended = _run(installation, "categorize", "-", "--format", "jsonl", "--csv", given=given)
    assert list(csv.reader(ended.out.splitlines()))[1][1].startswith("'=cmd()")
    table = _run(installation, "categorize", "-", "--format", "jsonl", given=given)
    assert "\x1b" not in table.out


def test_a_threshold_of_its_own_decides_what_is_sure_enough(installation: Installation) -> None:
    asked = ("categorize", "-", "--json", "--threshold")
    assert _run(installation, *asked, "1", given=f"{NEWS}\n").rows[0]["category"] is None
    assert _run(installation, *asked, "0.1", given=f"{NEWS}\n").rows[0]["category"] == "News"
    assert _run(installation, *asked, "1.1").code == 2


def test_groups_name_their_tabs_and_those_without_one(installation: Installation) -> None:
    given = f"{DEV}\tPulls\n{DEV}/1\tFix\n{DEV}/2\tAdd\nchrome://newtab/\tNew Tab\n"
    found = json.loads(_run(installation, "categorize", "-", "--group", "--json", given=given).out)
    assert [group["category"] for group in found["groups"]] == ["Dev"]
    assert [tab["title"] for tab in found["groups"][0]["tabs"]] == ["Pulls", "Fix", "Add"]
    assert [tab["title"] for tab in found["ungrouped"]] == ["New Tab"]
    printed = _run(installation, "categorize", "-", "--group", given=given).out
    assert printed.startswith("Dev (3)")
    assert "In no group (1)" in printed


def test_groups_by_topic_without_a_model_say_what_is_missing(installation: Installation) -> None:
    ended = _run(installation, "categorize", "-", "--group", "--by", "topic", given=f"{DEV}\n")
    assert ended.code == 1
    assert "embedding model" in ended.err
    assert _run(installation, "categorize", "-", "--by", "topic").code == 2


def test_more_tabs_than_can_be_grouped_are_refused_and_not_cut(installation: Installation) -> None:
    given = "".join(f"https://{number}.example/\n" for number in range(1001))
    ended = _run(installation, "categorize", "-", "--group", given=given)
    assert (ended.code, ended.out) == (1, "")
    assert "1000 tabs at most" in ended.err


def test_an_engine_that_is_not_there_is_said(installation: Installation) -> None:
    ended = _run(installation, "categorize", "-", "--engine", "nli", given=f"{DEV}\n")
    assert (ended.code, ended.out.count("\n")) == (1, 1)
    assert "No model of type nli is installed." in ended.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
def test_what_is_done_is_written_when_the_command_is_stopped(
    installation: Installation, tmp_path: Path
) -> None:
    output = tmp_path / "out.jsonl"
    process = _begin(installation, "categorize", "-", "-o", output)
    assert process.stdin is not None
    try:
        # The list has no end, so the command is in the middle of it whenever it is stopped.
        process.stdin.write("".join(f"https://{n}.example/\n" for n in range(500)))
        process.stdin.flush()
        wait_until(lambda: output.exists() and output.stat().st_size > 0, "some is written", PATIENCE_S)
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_S)
    finally:
        process.kill()
        _, said = process.communicate()
    assert process.returncode == 1
    written = output.read_text(encoding="utf-8")
    rows = [json.loads(line) for line in written.splitlines()]
    assert written.endswith("\n")
    # Each row that came is whole and in its place, and as many are told.
    assert [row["url"] for row in rows] == [f"https://{number}.example/" for number in range(len(rows))]
    assert [row["line"] for row in rows] == list(range(1, len(rows) + 1))
    assert 0 < len(rows) <= 400
    assert f"{len(rows)} tabs are done and written to" in said


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
def test_on_a_terminal_there_is_a_table_as_wide_as_it_is(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tabs.txt"
    file.write_text(f"{DEV}\t{'long ' * 100}\n", encoding="utf-8")
    for name, value in installation.environment.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal("categorize", file, module="host.cli")
    try:
        assert terminal.end() == 0
        (row,) = [line for line in terminal.text.splitlines() if "long long" in line]
        assert "Dev" in row
        assert "…" in row
        assert len(row) < 200
    finally:
        terminal.close()


def test_a_bar_on_the_terminal_leaves_what_goes_into_a_pipe_alone(installation: Installation) -> None:
    pty = pytest.importorskip("pty")
    end, other = pty.openpty()
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "host.cli", "categorize", "-", "--json"],
            cwd=ROOT,
            env=installation.environment | {"TERM": "xterm"},
            input=f"{DEV}\n{NEWS}\n",
            stdout=subprocess.PIPE,
            stderr=other,
            encoding="utf-8",
            timeout=PATIENCE_S,
            check=False,
        )
        os.close(other)
        assert [json.loads(line)["category"] for line in ended.stdout.splitlines()] == ["Dev", "News"]
        assert b"Categorizing" in os.read(end, 65536)
    finally:
        os.close(end)


def test_categories_are_made_renamed_switched_off_and_removed(
    installation: Installation, profile: str
) -> None:
    def call(*arguments: str) -> Ended:
        return _run(installation, "categories", *arguments, "--profile", profile)

    def listed() -> dict[str, dict[str, Any]]:
        found = json.loads(call("list", "--json").out)["categories"]
        return {item["name"]: item for item in found}

    made = call("set", "Garden", "--description", "plants", "--example", "Pruning", "--colour", "green")
    assert made.code == 0, made.err
    garden = listed()["Garden"]
    assert (garden["description"], garden["examples"], garden["colour"]) == ("plants", ["Pruning"], "green")
    assert call("set", "garden", "--rename", "Gardening", "--off").code == 0
    renamed = listed()["Gardening"]
    assert renamed == {**garden, "name": "Gardening", "enabled": False}
    assert "Gardening" in call("list").out
    assert call("remove", "Gardening").code == 0
    assert len(listed()) == 7
    assert call("remove", "Dev").code == 1
    assert call("set", "Garden", "--rename", "Park").code == 1
    assert call("set", "Garden", "--colour", "mauve").code == 2


def test_corrections_are_listed_and_undone(installation: Installation, profile: str) -> None:
    def call(*arguments: str) -> Ended:
        return _run(installation, "corrections", *arguments, "--profile", profile)

    assert "corrected nothing" in call("list").out
    wire = installation.connect(profile)
    for number, category in ((1, "Work"), (2, None), (3, "News")):
        wire.call("tabs.correct", url=f"https://{number}.example/", title=f"Tab {number}", category=category)
    installation.disconnect()
    found = json.loads(call("list", "--json").out)["corrections"]
    assert [(item["title"], item["category"]) for item in found] == [
        ("Tab 3", "News"), ("Tab 2", None), ("Tab 1", "Work"),
    ]  # fmt: skip
    assert "Tab 3" in call("list", "--limit", "1").out
    assert call("forget", str(found[0]["id"])).out == "Forgotten: 1\n"
    assert "Tab 3" not in call("list").out
    assert call("forget", "--all").out == "Forgotten: 2\n"
    assert call("forget").code == 2
    assert call("forget", "1", "--all").code == 2


@pytest.mark.model
def test_a_real_model_is_waited_for_and_sorts_a_list_with_one_s_own_category(short_path: Path) -> None:
    if not (INSTALLED_MODELS / "all-minilm-l6-v2").is_dir():
        pytest.fail("The starter models are missing. Run: python3 -m tests")
    made = Installation(short_path)
    try:
        made.paths.create()
        made.paths.models.rmdir()
        made.paths.models.symlink_to(INSTALLED_MODELS, target_is_directory=True)
        made.start_daemon()
        description = "gardening: growing vegetables, flowers and trees"
        assert _run(made, "categories", "set", "Garden", "--description", description).code == 0
        given = f"{DEV}\tPull requests\nhttps://leafy.example/a\tGrowing vegetables: when to sow carrots\n"
        ended = _run(made, "categorize", "-", "--json", given=given)
        assert ended.code == 0, ended.err
        assert [row["category"] for row in ended.rows] == ["Dev", "Garden"]
        assert "No model" not in ended.err
        grouped = _run(made, "categorize", "-", "--group", "--by", "topic", given=given)
        assert grouped.code == 0, grouped.err
    finally:
        made.close()
