from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from host.core.errors import InvalidInput, NotFound
from host.finetune.candidates import find_candidates, tell_apart
from tests.finetune.training_folders import write_training

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore

CALIBRATION = {"bias": 0, "temperature": 1.4}


def test_a_folder_stands_for_every_form_in_it(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run", calibration=CALIBRATION)
    found = find_candidates(str(folder), talker)
    assert [one.name for one in found.candidates] == ["fine-tuned adapter f16", "fine-tuned merged q4_0"]
    assert [one.form for one in found.candidates] == ["adapter", "merged"]
    assert {one.base for one in found.candidates} == {"tiny-talker"}
    adapter = found.candidates[0]
    assert adapter.file is not None
    assert adapter.size == adapter.file.stat().st_size
    assert adapter.record == {
        "label_prompt": "short",
        "label_calibration": CALIBRATION,
        "trained_labels": ["Dev", "My cats"],
    }
    assert found.categories is not None
    assert [one.name for one in found.categories] == ["Dev", "My cats"]


def test_the_dataset_says_what_its_categories_mean(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    said = {"categories": [{"key": "dev", "name": "Code"}, {"name": "My cats", "description": "pets"}]}
    (folder / "dataset_stats.json").write_text(json.dumps(said), encoding="utf-8")
    found = find_candidates(str(folder), talker)
    assert found.categories is not None
    assert [(one.key, one.name, one.description) for one in found.categories] == [
        ("dev", "Code", ""),
        ("", "My cats", "pets"),
    ]


def test_a_file_is_known_by_its_header_and_the_training_beside_it(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    found = find_candidates(str(folder / "gguf" / "adapter-f16.gguf"), talker)
    [one] = found.candidates
    assert (one.form, one.base, one.record["label_prompt"]) == ("adapter", "tiny-talker", "short")
    assert found.folder == folder


def test_a_lone_adapter_needs_the_name_of_its_model(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    lone = (folder / "gguf" / "adapter-f16.gguf").rename(tmp_path / "lone.gguf")
    with pytest.raises(InvalidInput, match="not installed") as refused:
        find_candidates(str(lone), talker)
    assert "--base" in (refused.value.fix or "")
    [one] = find_candidates(str(lone), talker, base="tiny-talker").candidates
    assert (one.base, one.record) == ("tiny-talker", {})


def test_an_installed_model_is_known_by_its_name(talker: ModelStore) -> None:
    [one] = find_candidates("tiny-talker", talker).candidates
    assert (one.name, one.form, one.model, one.base) == ("tiny-talker", "installed", "tiny-talker", "")


def test_what_is_not_there_is_said(talker: ModelStore) -> None:
    with pytest.raises(NotFound, match="nothing-of-this-name"):
        find_candidates("nothing-of-this-name", talker)


@pytest.mark.parametrize(
    ("change", "said", "fix"),
    [
        ({"finished": False}, "not finished", "--resume"),
        ({"base": {"id": "gone"}}, "gone, which is not installed", "download gone"),
        ({"base": {"id": None, "gguf": "/of/mine.gguf"}}, "not installed", "model add /of/mine.gguf"),
    ],
)
def test_a_training_that_cannot_be_measured_says_what_is_missing(
    change: dict[str, Any], said: str, fix: str, talker: ModelStore, tmp_path: Path
) -> None:
    folder = write_training(tmp_path / "run", **change)
    with pytest.raises(InvalidInput, match=said) as refused:
        find_candidates(str(folder), talker)
    assert fix in (refused.value.fix or "")


def test_a_folder_without_files_or_without_a_training_is_refused(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    (folder / "conversion.json").unlink()
    with pytest.raises(InvalidInput, match="no file that can be loaded") as refused:
        find_candidates(str(folder), talker)
    assert "finetune convert" in (refused.value.fix or "")
    with pytest.raises(InvalidInput, match=r"training\.json"):
        find_candidates(str(tmp_path), talker)


def test_a_damaged_record_and_a_file_that_is_no_model_are_refused(talker: ModelStore, tmp_path: Path) -> None:
    folder = write_training(tmp_path / "run")
    (folder / "gguf" / "adapter-f16.gguf").write_bytes(b"nothing of the kind")
    with pytest.raises(InvalidInput, match="not a GGUF"):
        find_candidates(str(folder), talker)
    (folder / "training.json").write_text("{", encoding="utf-8")
    with pytest.raises(InvalidInput, match="damaged"):
        find_candidates(str(folder), talker)


def test_forms_of_two_trainings_have_names_of_their_own(talker: ModelStore, tmp_path: Path) -> None:
    found = [find_candidates(str(write_training(tmp_path / name)), talker) for name in ("one", "two")]
    names = [one.name for one in tell_apart(found)]
    assert len(set(names)) == 4
    assert "fine-tuned adapter f16 (2)" in names
