"""`ai-history finetune dataset`, in this process."""

from __future__ import annotations

import json
import sys
from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.client import Client
from host.finetune.row_files import read_rows
from tests.cli.test_terminal import Terminal
from tests.finetune.category_world import write_categories
from tests.processes import Installation

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from host.core.paths import Paths
    from tests.cli.conftest import Ended


@pytest.fixture
def dataset(run: Callable[..., Ended]) -> Callable[..., Ended]:
    """Runs the command."""
    return partial(run, "finetune", "dataset", program="ai-history")


def test_a_dataset_is_made_and_told(dataset: Callable[..., Ended], tmp_path: Path) -> None:
    ended = dataset("--samples", "160", "--split", "0.75", "--output", tmp_path / "data", "--add-hard")
    assert ended.code == 0
    assert "Shopping" in ended.out
    assert "Written:" in ended.out
    assert len(read_rows(tmp_path / "data" / "train.jsonl")) == 120
    assert len(read_rows(tmp_path / "data" / "val.jsonl")) == 40


def test_json_is_one_document_with_what_was_made(dataset: Callable[..., Ended], tmp_path: Path) -> None:
    mine = write_categories(tmp_path)
    ended = dataset(
        "--samples", "120", "--output", tmp_path / "data", "--categories", mine, "--format", "csv", "--json"
    )
    told = json.loads(ended.out)
    assert told["folder"] == str(tmp_path / "data")
    assert [each["name"] for each in told["categories"]] == ["Music lessons", "Garden"]
    assert len(read_rows(tmp_path / "data" / "train.csv")) == told["counts"]["train"]["rows"]
    assert ended.err == ""


def test_without_a_folder_it_is_made_among_the_data(dataset: Callable[..., Ended], home: Paths) -> None:
    assert dataset("--samples", "80").code == 0
    assert (home.data / "finetune" / "dataset" / "dataset_stats.json").is_file()


def test_in_a_pipe_nobody_is_asked_and_no_daemon_started(
    dataset: Callable[..., Ended], home: Paths, tmp_path: Path
) -> None:
    ended = dataset("--samples", "80", "--output", tmp_path / "data", "--json")
    assert json.loads(ended.out)["asked"]["own"] is False
    assert list(home.run.iterdir()) == []


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--samples", "20"), 1, "20 samples are too few for 8 categories"),
        (("--samples", "0"), 2, "--samples"),
        (("--split", "1"), 2, "--split"),
        (("--format", "xml"), 2, "xml"),
        (("--categories", "missing.toml"), 2, "missing.toml"),
        (("--language", "xx", "--samples", "80"), 1, "has 0 different rows"),
    ],
)
def test_what_cannot_be_made_is_told(
    dataset: Callable[..., Ended], tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    ended = dataset("--output", tmp_path / "data", *arguments)
    assert ended.code == code
    assert said in ended.err
    assert not (tmp_path / "data" / "train.jsonl").exists()


def test_a_dataset_that_is_there_is_not_replaced_unasked(
    dataset: Callable[..., Ended], tmp_path: Path
) -> None:
    wanted = ("--samples", "80", "--output", tmp_path / "data")
    assert dataset(*wanted).code == 0
    ended = dataset(*wanted)
    assert ended.code == 1
    assert "--force" in ended.err
    assert dataset(*wanted, "--force").code == 0


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo terminals")
@pytest.mark.parametrize(("answer", "mixed"), [("y", 1), ("n", 0)])
def test_on_a_terminal_the_person_is_asked_before_their_corrections_are_mixed_in(
    short_path: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, answer: str, mixed: int
) -> None:
    installation = Installation(short_path)
    installation.start_daemon()
    monkeypatch.setenv("AI_HISTORY_HOME", str(short_path))
    with Client(paths=installation.paths, profile_id="one") as client:
        client.call("tabs.correct", url="https://rota.example/", title="Rota of the bakery", category="Work")
    terminal = Terminal(
        "finetune", "dataset", "--samples", "160", "--output", tmp_path / "data", module="host.cli"
    )
    try:
        terminal.wait_for("corrections (1)")
        terminal.type(answer)
        assert terminal.end() == 0
    finally:
        terminal.close()
        installation.close()
    rows = [row for part in ("train", "val") for row in read_rows(tmp_path / "data" / f"{part}.jsonl")]
    assert sum(row.source == "correction" for row in rows) == mixed
