"""Whatever was taught has to end at an installed model: only that can be measured and used."""

from __future__ import annotations

import json
import shutil
import struct
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.finetune.candidates import find_candidates
from host.finetune.trained_base import find_trained_base, note_base
from host.models.installed import find_original_file
from host.models.lora.base import BaseModel, find_base
from tests.finetune.training_folders import TALKER, write_training
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.store import ModelStore


def find_file(store: ModelStore) -> Path:
    """The file of the installed model."""
    installed = store.find(TALKER)
    assert installed is not None
    return find_original_file(installed)


def make_folder(tmp_path: Path, architecture: str = "llama") -> BaseModel:
    """A base in safetensors."""
    return BaseModel("weights", None, None, tmp_path, architecture)


def test_an_installed_model_stands_for_itself(talker: ModelStore) -> None:
    assert find_trained_base(find_base(TALKER, talker), None, talker) == (TALKER, find_file(talker))


def test_safetensors_are_put_on_the_installed_model_that_is_named(talker: ModelStore, tmp_path: Path) -> None:
    base = make_folder(tmp_path)
    assert find_trained_base(base, TALKER, talker) == (TALKER, find_file(talker))
    with pytest.raises(InvalidInput, match="folder of safetensors") as caught:
        find_trained_base(base, None, talker)
    assert "--base" in str(caught.value.fix)
    with pytest.raises(NotFound):
        find_trained_base(base, "nobody", talker)


def test_a_kind_that_is_trained_as_safetensors_only_has_its_gguf_accepted(
    talker: ModelStore, tmp_path: Path
) -> None:
    # Its GGUF file cannot be trained, and need not be: all that is missing is that it is installed.
    file = tmp_path / "phi.gguf"
    key, value = b"general.architecture", b"phi2"
    header = struct.pack("<4sIQQ", b"GGUF", 3, 0, 1) + struct.pack("<Q", len(key)) + key
    file.write_bytes(header + struct.pack("<IQ", 8, len(value)) + value)
    with pytest.raises(InvalidInput, match=r"phi\.gguf is not installed"):
        find_trained_base(make_folder(tmp_path, "phi2"), str(file), talker)
    with pytest.raises(InvalidInput, match="of the kind phi2"):
        find_trained_base(make_folder(tmp_path, "phi2"), TALKER, talker)
    assert find_trained_base(make_folder(tmp_path, "mistral"), TALKER, talker)[0] == TALKER


def test_a_file_is_known_by_its_content_and_else_by_the_name_that_is_given(
    talker: ModelStore, tmp_path: Path
) -> None:
    copy = tmp_path / "mine.gguf"
    shutil.copy(find_file(talker), copy)
    base = find_base(str(copy), talker)
    assert find_trained_base(base, None, talker) == (TALKER, copy)
    with copy.open("ab") as stream:
        stream.write(b"\0")
    assert find_trained_base(base, TALKER, talker) == (TALKER, copy)


def test_what_nobody_has_installed_is_refused_before_it_is_taught(talker: ModelStore, tmp_path: Path) -> None:
    other = tmp_path / "other.gguf"
    write_language_model(other, "llama")
    base = find_base(str(other), talker)
    for found, named in ((base, None), (replace(base, gguf=None, folder=tmp_path), str(other))):
        with pytest.raises(InvalidInput, match=r"other\.gguf is not installed") as caught:
            find_trained_base(found, named, talker)
        assert "model add" in str(caught.value.fix)
        assert "--base" in str(caught.value.fix)


def test_what_was_converted_for_a_named_model_is_measured_on_it(talker: ModelStore, tmp_path: Path) -> None:
    nameless = {"id": None, "gguf": None, "folder": "/of/weights", "architecture": "llama"}
    folder = write_training(tmp_path / "run", base=nameless)
    with pytest.raises(InvalidInput, match="not installed"):
        find_candidates(str(folder), talker)
    note_base(folder, TALKER)
    assert len(json.loads((folder / "conversion.json").read_text(encoding="utf-8"))["files"]) == 2
    for named in (folder, folder / "gguf" / "adapter-f16.gguf"):
        assert {one.base for one in find_candidates(str(named), talker).candidates} == {TALKER}
