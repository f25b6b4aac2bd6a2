"""`classify`: what comes out, and what happens when something goes wrong in the middle."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Any

import pytest

from host.classify.resume import name_partial
from host.core.errors import ModelUnavailable, WorkerDied
from tests.makers import WAIT_S, wait_until

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended
    from tests.cli.stand_in import StandIn

    Run = Callable[..., Ended]

NAMES = [".gitignore", "README.md", "notes.txt", "src/main.py", "src/util.py"]


def _read(output: Path) -> Any:
    return json.loads(output.read_text(encoding="utf-8"))


def test_every_file_of_a_folder_gets_a_category(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    output = tmp_path / "results.json"
    ended = run("-i", project, "-o", output, "--model=mini")
    assert (ended.code, ended.out) == (0, "")
    document = _read(output)
    assert [file["path"] for file in document["files"]] == NAMES
    assert [file["category"] for file in document["files"]] == ["other"] * 3 + ["code"] * 2
    assert document["model"] == "mini"
    assert document["root"] == str(project)
    assert document["categories"] == [
        "code",
        "documentation",
        "configuration",
        "data",
        "test",
        "build",
        "other",
    ]
    assert document["skipped"] == [{"path": "logo.png", "reason": "binary"}]
    assert document["failed"] == []
    assert (document["summary"]["code"], document["summary"]["other"]) == (2, 3)
    assert all(abs(sum(file["scores"].values()) - 1) < 1e-5 for file in document["files"])
    assert document["files"][1]["bytes"] == (project / "README.md").stat().st_size
    assert "5 files" in ended.err
    assert "1 skipped: 1 binary" in ended.err
    assert not name_partial(output).exists()


def test_the_second_run_does_not_read_its_own_results(run: Run, daemon: StandIn, project: Path) -> None:
    output = project / "results.json"
    for _ in range(2):
        assert run("-i", project, "-o", output, "-m", "mini").code == 0
        assert [file["path"] for file in _read(output)["files"]] == NAMES


def test_without_an_output_a_pipe_gets_json_lines_in_order(run: Run, daemon: StandIn, project: Path) -> None:
    ended = run("-i", project, "--model=mini")
    assert ended.code == 0
    assert [json.loads(line)["path"] for line in ended.out.splitlines()] == NAMES


def test_json_and_csv_are_written_to_a_pipe_when_asked(run: Run, daemon: StandIn, project: Path) -> None:
    assert len(json.loads(run("-i", project, "--model=mini", "--json").out)["files"]) == 5
    rows = list(csv.DictReader(io.StringIO(run("-i", project, "-m", "mini", "--format", "csv").out)))
    assert [row["path"] for row in rows] == NAMES


def test_beside_a_file_json_says_how_it_went(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    ended = run("-i", project, "-o", tmp_path / "a.csv", "--model=mini", "--json")
    said = json.loads(ended.out)
    assert (said["files"], said["skipped"], said["failed"]) == (5, 1, 0)
    assert (
        (tmp_path / "a.csv")
        .read_text(encoding="utf-8")
        .startswith("path,category,confidence,bytes,score.code")
    )


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such files")
def test_a_pipe_as_output_is_written_to_as_it_is(
    start: Callable[..., subprocess.Popen[str]], daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    pipe = tmp_path / "pipe.json"
    os.mkfifo(pipe)
    process = start("-i", project, "-o", pipe, "--model=mini")
    with pipe.open(encoding="utf-8") as stream:
        assert len(json.load(stream)["files"]) == 5
    assert process.wait(WAIT_S) == 0
    assert [path.name for path in tmp_path.glob("pipe*")] == ["pipe.json"]


def test_ones_own_categories_are_asked_for(run: Run, daemon: StandIn, project: Path, tmp_path: Path) -> None:
    categories = tmp_path / "mine.json"
    categories.write_text(
        json.dumps({"categories": [{"name": "good", "description": "What is good."}, {"name": "bad"}]}),
        encoding="utf-8",
    )
    daemon.judge = lambda _text: "bad"
    ended = run("-i", project, "--model=mini", "--categories", categories, "--json")
    document = json.loads(ended.out)
    assert document["categories"] == ["good", "bad"]
    assert document["summary"] == {"good": 0, "bad": 5}


def test_reasons_are_given_when_asked_for(run: Run, daemon: StandIn, project: Path) -> None:
    line = run("-i", project / "README.md", "--model=talker", "--reasoning").out
    assert json.loads(line)["reasoning"] == "It says so."


def test_a_dry_run_needs_no_model_and_says_what_would_be_read(run: Run, project: Path) -> None:
    ended = run("-i", project, "--dry-run", "--json")
    assert ended.code == 0
    # What is in a file is not looked at, so a picture is among them.
    assert [file["path"] for file in json.loads(ended.out)["files"]] == sorted([*NAMES, "logo.png"])
    ended = run("-i", project, "--dry-run", "--include", "*.py")
    assert [line.split()[0] for line in ended.out.splitlines()] == ["src/main.py", "src/util.py"]
    assert "2 files" in ended.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "-i PATH"),
        (["-i", "nowhere"], "nowhere"),
        (["-i", ".", "-o", "a.txt", "--model=mini"], "--format"),
        (["-i", "."], "--model=NAME"),
        (["-i", ".", "--model=orderer"], "cannot classify"),
        (["-i", ".", "--jobs", "0"], "--jobs"),
        (["tests"], "classify -i tests"),
        (["-i", ".", "--frob"], "--frob"),
    ],
    ids=["nothing", "missing", "format", "model", "type", "range", "no option", "unknown option"],
)
def test_wrong_usage_names_the_option_and_ends_with_2(
    run: Run, daemon: StandIn, arguments: list[str], said: str
) -> None:
    ended = run("--restart", *arguments)
    assert ended.code == 2
    assert said in ended.err
    assert ended.out == ""


def test_a_misspelt_model_is_answered_with_the_right_name(run: Run, daemon: StandIn, project: Path) -> None:
    ended = run("-i", project, "--model=mnii")
    assert ended.code == 1
    assert "There is no model named 'mnii'" in ended.err
    assert "Did you mean mini?" in ended.err


def test_a_model_that_is_not_there_is_fetched_first(
    run: Run, daemon: StandIn, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AI_HISTORY_OFFLINE")
    ended = run("-i", project, "--model=far")
    assert ended.code == 0
    assert [method for method, _ in daemon.asked] == ["models.download"]
    assert "Downloading far" in ended.err
    assert len(ended.out.splitlines()) == 5


def test_offline_a_model_that_is_not_there_is_not_fetched(run: Run, daemon: StandIn, project: Path) -> None:
    ended = run("-i", project, "--model=far")
    assert ended.code == 1
    assert "Model 'far' is not installed. Download it first: classify model download far" in ended.err
    assert "AI_HISTORY_OFFLINE" in ended.err
    assert daemon.asked == []


def test_a_file_that_kills_the_model_fails_alone_and_is_counted(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    def judge(text: str) -> str:
        if "main.py" in text:
            message = "The model's process ended."
            raise WorkerDied(message)
        return "other"

    daemon.judge = judge
    output = tmp_path / "a.json"
    ended = run("-i", project, "-o", output, "--model=mini")
    assert ended.code == 1
    assert _read(output)["failed"] == [{"path": "src/main.py", "reason": "The model's process ended."}]
    assert [file["path"] for file in _read(output)["files"]] == [name for name in NAMES if "main" not in name]
    assert "src/main.py: The model's process ended." in ended.err
    assert "1 file failed" in ended.err


def test_a_model_that_cannot_be_loaded_ends_the_run_and_its_results_wait(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    def judge(text: str) -> str:
        if "util.py" in text:
            message = "Insufficient memory to load mini."
            raise ModelUnavailable(message, fix="Try a smaller model or close other applications.")
        return "other"

    daemon.judge = judge
    output = tmp_path / "a.json"
    ended = run("-i", project, "-o", output, "--model=mini")
    assert ended.code == 1
    assert "Insufficient memory" in ended.err
    assert "Try a smaller model" in ended.err
    assert not output.exists()
    daemon.judge = lambda _text: "code"
    ended = run("-i", project, "-o", output, "--model=mini")
    assert ended.code == 0
    assert "4 results were taken over" in ended.err
    assert [file["category"] for file in _read(output)["files"]] == ["other"] * 4 + ["code"]


def test_beginning_anew_asks_for_everything(run: Run, daemon: StandIn, project: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.json"
    name_partial(output).write_text("rubbish\n", encoding="utf-8")
    ended = run("-i", project, "-o", output, "--model=mini", "--restart")
    assert ended.code == 0
    assert "taken over" not in ended.err
    assert sum(map(len, daemon.batches)) == 5


def test_a_folder_without_text_makes_an_empty_result(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    ended = run("-i", folder, "--json")
    assert ended.code == 0
    assert json.loads(ended.out)["files"] == []


def test_an_output_where_nothing_can_be_written_is_told_before_the_work(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    ended = run("-i", project, "-o", tmp_path / "nowhere" / "a.json", "--model=mini")
    assert ended.code == 1
    assert "no folder" in ended.err
    assert daemon.batches == []


def test_a_daemon_that_is_replaced_in_the_middle_is_gone_on_with(
    run: Run, daemon: StandIn, project: Path, tmp_path: Path
) -> None:
    def replace_once(text: str) -> str:
        if "util.py" in text and not replaced:
            replaced.append(True)
            daemon.drop_connections()
        return "other"

    replaced: list[bool] = []
    daemon.judge = replace_once
    ended = run("-i", project, "-o", tmp_path / "a.json", "--model=mini")
    assert ended.code == 0, ended.err
    assert replaced == [True]
    assert len(_read(tmp_path / "a.json")["files"]) == 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal for a process of its own")
def test_ctrl_c_takes_the_request_back_says_how_to_go_on_and_loses_nothing(
    run: Run,
    start: Callable[..., subprocess.Popen[str]],
    daemon: StandIn,
    project: Path,
    tmp_path: Path,
) -> None:
    output = tmp_path / "a.json"
    daemon.hold = lambda text: "util.py" in text
    process = start("-i", project, "-o", output, "--model=mini")
    assert daemon.waiting.wait(WAIT_S)
    wait_until(lambda: name_partial(output).stat().st_size > 0, "the first batch is kept")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=WAIT_S)
    assert process.returncode == 1, said
    assert "Stopped: 5 of 6 files are done. Run the same command again to go on." in said
    assert "Traceback" not in said
    wait_until(lambda: daemon.cancelled == 1, "the request is taken back")
    assert not output.exists()
    daemon.hold = lambda _text: False
    ended = run("-i", project, "-o", output, "--model=mini")
    assert "4 results were taken over" in ended.err
    assert [file["path"] for file in _read(output)["files"]] == NAMES


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_a_run_that_is_killed_loses_only_what_was_under_way(
    run: Run,
    start: Callable[..., subprocess.Popen[str]],
    daemon: StandIn,
    project: Path,
    tmp_path: Path,
) -> None:
    output = tmp_path / "a.json"
    daemon.hold = lambda text: "util.py" in text
    process = start("-i", project, "-o", output, "--model=mini")
    wait_until(lambda: daemon.waiting.is_set() and name_partial(output).stat().st_size > 0, "some is kept")
    process.kill()
    process.communicate(timeout=WAIT_S)
    daemon.hold = lambda _text: False
    ended = run("-i", project, "-o", output, "--model=mini")
    assert ended.code == 0
    assert "4 results were taken over" in ended.err
    assert sorted(path.name for path in tmp_path.glob("a.json*")) == ["a.json"]


def test_a_reader_that_has_seen_enough_ends_the_run_quietly(
    start: Callable[..., subprocess.Popen[str]], daemon: StandIn, project: Path
) -> None:
    process = start("-i", project, "--model=mini")
    assert process.stdout is not None
    process.stdout.close()
    process.wait(WAIT_S)
    assert process.stderr is not None
    assert "Traceback" not in process.stderr.read()
