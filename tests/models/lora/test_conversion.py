"""What a conversion leaves behind: whole files, a record of them, and nothing of what failed."""

from __future__ import annotations

import json
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from host.core.errors import Cancelled, DiskFull, InvalidInput
from host.models.lora import whole_files
from host.models.lora.adapter_file import write_adapter
from host.models.lora.conversion import ConvertedFile, convert, read_converted
from host.models.lora.merging import merge_adapter
from tests.tiny_adapters import write_adapter as write_gguf_adapter
from tests.tiny_language_models import write_language_model

if TYPE_CHECKING:
    from pathlib import Path

    from tests.models.lora.conftest import Trained

pytestmark = pytest.mark.model
WEIGHTS = "adapter_model.safetensors"


def list_files(trained: Trained) -> set[str]:
    folder = trained.folder / "gguf"
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def test_the_files_of_a_training_are_written_down_beside_it(trained: Trained) -> None:
    told: list[dict[str, Any]] = []
    made = convert(
        trained.adapter,
        trained.base,
        trained.folder,
        [("adapter", "f16"), ("merged", "q4_0")],
        on_progress=told.append,
    )
    assert [(one.kind, one.quantisation, one.file.name) for one in made] == [
        ("adapter", "f16", "adapter-f16.gguf"),
        ("merged", "q4_0", "merged-q4_0.gguf"),
    ]
    assert list_files(trained) == {"adapter-f16.gguf", "merged-q4_0.gguf"}
    record = json.loads((trained.folder / "conversion.json").read_text(encoding="utf-8"))
    assert record["files"][1]["file"] == "gguf/merged-q4_0.gguf"
    assert [one["size"] for one in record["files"]] == [one.file.stat().st_size for one in made]
    assert [round(one.took_s, 2) for one in made] == [one.took_s for one in read_converted(trained.folder)]
    shares = [value["share"] for value in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert {value["stage"] for value in told} == {"adapter", "merging", "quantising"}


def test_a_second_conversion_adds_to_the_first(trained: Trained) -> None:
    convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16"), ("merged", "f16")])
    convert(trained.adapter, trained.base, trained.folder, [("merged", "q8_0"), ("adapter", "f16")])
    found = {(one.kind, one.quantisation) for one in read_converted(trained.folder)}
    assert found == {("merged", "f16"), ("merged", "q8_0"), ("adapter", "f16")}
    (trained.folder / "gguf" / "merged-f16.gguf").unlink()
    assert [one.quantisation for one in read_converted(trained.folder)] == ["q8_0", "f16"]


@pytest.mark.parametrize("stage", ["merging", "quantising"])
def test_a_conversion_that_is_given_up_leaves_what_is_whole_and_nothing_else(
    trained: Trained, stage: str
) -> None:
    cancelled = threading.Event()

    def watch(value: dict[str, Any]) -> None:
        if value["stage"] == stage:
            cancelled.set()

    with pytest.raises(Cancelled):
        convert(
            trained.adapter,
            trained.base,
            trained.folder,
            [("adapter", "f16"), ("merged", "q4_0")],
            on_progress=watch,
            cancelled=cancelled,
        )
    assert list_files(trained) == {"adapter-f16.gguf"}
    assert [one.kind for one in read_converted(trained.folder)] == ["adapter"]


def test_what_a_killed_run_has_left_is_cleared_away(trained: Trained) -> None:
    folder = trained.folder / "gguf"
    folder.mkdir()
    for name in ("adapter-f16.gguf.part", "merged-between.gguf", "merged-q8_0.gguf.part"):
        (folder / name).write_bytes(b"half a file")
    convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16"), ("merged", "q8_0")])
    assert list_files(trained) == {"adapter-f16.gguf", "merged-q8_0.gguf"}


def test_a_file_that_cannot_be_made_anew_stays_as_it_was(trained: Trained) -> None:
    (made,) = convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16")])
    before = made.file.read_bytes()
    damage(trained.adapter / WEIGHTS)
    with pytest.raises(InvalidInput, match="damaged"):
        convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16")])
    assert made.file.read_bytes() == before
    assert list_files(trained) == {"adapter-f16.gguf"}


def test_a_disk_that_fills_up_is_said_and_leaves_no_half_file(
    trained: Trained, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource", reason="limits of a process can be set on POSIX systems only")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The system refuses its writes from here on, as it does on a disk that is full; the process inherits it.
    resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, hard))
    try:
        with pytest.raises(DiskFull) as caught:
            convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16"), ("merged", "q8_0")])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.fix
    assert list_files(trained) == {"adapter-f16.gguf"}


@pytest.mark.parametrize("write", [write_adapter, merge_adapter])
def test_what_has_no_room_is_not_begun(
    trained: Trained, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, write: Any
) -> None:
    monkeypatch.setattr(whole_files, "_SPARE", 2**62)
    target = tmp_path / "new" / "file.gguf"
    sources = (trained.adapter, trained.base)
    with pytest.raises(DiskFull, match="MB are needed"):
        write(*(sources if write is write_adapter else sources[::-1]), target)
    assert not target.parent.exists()


def test_an_adapter_of_another_model_is_refused(trained: Trained, tmp_path: Path) -> None:
    # Of the same shape but for the inner width, and then of another number of layers.
    write_language_model(tmp_path / "other.gguf", "llama")
    with pytest.raises(InvalidInput, match=r"does not fit the base model other\.gguf") as caught:
        convert(trained.adapter, tmp_path / "other.gguf", trained.folder, [("adapter", "f16")])
    assert "--base" in str(caught.value.fix)
    weights = load_file(trained.adapter / WEIGHTS)
    save_file(
        {key.replace("layers.1.", "layers.7."): one for key, one in weights.items()},
        trained.adapter / WEIGHTS,
    )
    with pytest.raises(InvalidInput, match="does not have"):
        convert(trained.adapter, trained.base, trained.folder, [("merged", "f16")])
    assert list_files(trained) == set()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"use_dora": True}, "DoRA"),
        ({"modules_to_save": ["lm_head"]}, "whole layers"),
        ({"bias": "all"}, "biases of the model"),
        ({"init_lora_weights": "pissa"}, "changes the base model"),
        ({"peft_type": "LOHA"}, "of the kind LOHA"),
        ({"lora_alpha": 0}, "how strong"),
    ],
)
def test_what_a_gguf_adapter_cannot_hold_is_refused(
    trained: Trained, change: dict[str, object], words: str
) -> None:
    trained.change_config(**change)
    with pytest.raises(InvalidInput, match=words) as caught:
        convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16")])
    assert caught.value.fix
    assert list_files(trained) == set()


@pytest.mark.parametrize(
    "kind", ["cut", "missing", "half", "not a number", "embedding", "no settings", "no json"]
)
def test_a_damaged_adapter_is_refused_with_the_reason(trained: Trained, kind: str) -> None:
    file = trained.adapter / WEIGHTS
    weights = load_file(file)
    name = next(key for key in weights if ".lora_B." in key)
    if kind == "cut":
        damage(file)
    elif kind == "missing":
        file.unlink()
    elif kind == "half":
        save_file({key: one for key, one in weights.items() if key != name}, file)
    elif kind == "not a number":
        save_file(weights | {name: weights[name] * np.float32("nan")}, file)
    elif kind == "embedding":
        extra = {"base_model.model.model.embed_tokens.lora_embedding_A": np.zeros((4, 64), np.float32)}
        save_file(weights | extra, file)
    elif kind == "no settings":
        (trained.adapter / "adapter_config.json").unlink()
    else:
        (trained.adapter / "adapter_config.json").write_text("{", encoding="utf-8")
    words = {
        "cut": "damaged or cut off",
        "missing": "holds no adapter_model",
        "half": "not whole",
        "not a number": "no numbers",
        "embedding": "more than linear layers",
        "no settings": "no adapter in",
        "no json": "cannot be read",
    }
    with pytest.raises(InvalidInput, match=words[kind]) as caught:
        convert(trained.adapter, trained.base, trained.folder, [("merged", "f16")])
    assert caught.value.fix
    assert list_files(trained) == set()


@pytest.mark.parametrize("kind", ["text", "cut", "adapter", "foreign", "missing"])
def test_a_base_that_cannot_be_used_is_refused_with_the_reason(trained: Trained, kind: str) -> None:
    if kind == "text":
        trained.base.write_text("no model at all", encoding="utf-8")
    elif kind == "cut":
        damage(trained.base)
    elif kind == "adapter":
        write_gguf_adapter(trained.base)
    elif kind == "foreign":
        with closing(gguf.GGUFWriter(trained.base, "mamba")) as writer:
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
    else:
        trained.base.unlink()
    words = {
        "text": "not a GGUF file",
        "cut": "damaged or cut off",
        "adapter": "is no model",
        "foreign": "of the kind mamba",
        "missing": "cannot be read",
    }
    with pytest.raises(InvalidInput, match=words[kind]):
        convert(trained.adapter, trained.base, trained.folder, [("adapter", "f16")])
    assert list_files(trained) == set()


def test_an_unknown_kind_of_file_is_refused_before_anything_is_done(trained: Trained) -> None:
    with pytest.raises(InvalidInput, match="no adapter file of the kind q4_0"):
        convert(trained.adapter, trained.base, trained.folder, [("merged", "f16"), ("adapter", "q4_0")])
    assert list_files(trained) == set()


def test_a_record_of_files_that_are_damaged_or_gone_is_an_empty_list(tmp_path: Path) -> None:
    assert read_converted(tmp_path) == []
    (tmp_path / "conversion.json").write_text('{"files": [{"kind": "adapter"}]}', encoding="utf-8")
    assert read_converted(tmp_path) == []
    made = ConvertedFile("adapter", "f16", tmp_path / "gguf" / "adapter-f16.gguf", 3, 1.234)
    assert made.to_record()["file"] == "gguf/adapter-f16.gguf"


def damage(file: Path) -> None:
    """Cut off a third of a file."""
    data = file.read_bytes()
    file.write_bytes(data[: len(data) * 2 // 3])
