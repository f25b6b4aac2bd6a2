"""`ai-history finetune dataset`, in this process."""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING

import pytest

from host.finetune.row_files import read_rows
from tests.finetune.category_world import write_categories

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
