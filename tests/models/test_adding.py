from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, ModelUnavailable
from host.models.adding import describe_source
from host.models.registry import HubSource, LocalSource, ModelFile
from host.models.tiny_gguf import write_tiny_gguf
from tests.hub_server import REVISION
from tests.models.conftest import read_model

if TYPE_CHECKING:
    from pathlib import Path

    from host.models.registry import ModelEntry
    from tests.hub_server import HubServer
    from tests.models.conftest import Place

BERT = {
    "architectures": ["BertModel"],
    "model_type": "bert",
    "hidden_size": 32,
    "max_position_embeddings": 512,
}
MODULES = [
    {"type": "sentence_transformers.models.Transformer", "path": ""},
    {"type": "sentence_transformers.models.Pooling", "path": "1_Pooling"},
]
WEIGHTS = {"model.safetensors": b"weights" * 100, "tokenizer.json": b"{}"}


def as_files(**values: object) -> dict[str, bytes]:
    """Files of a model from JSON values: `__` stands for a folder, and .json is added."""
    return {f"{name.replace('__', '/')}.json": json.dumps(value).encode() for name, value in values.items()}


EMBEDDER = {
    **WEIGHTS,
    **as_files(
        config=BERT,
        modules=MODULES,
        sentence_bert_config={"max_seq_length": 128},
        config_sentence_transformers={"prompts": {"query": "query: ", "document": "passage: "}},
    ),
    "1_Pooling/config.json": b'{"word_embedding_dimension": 32}',
}
NLI = {
    **WEIGHTS,
    **as_files(
        config={
            "architectures": ["BertForSequenceClassification"],
            "id2label": {"0": "ENTAILMENT", "1": "neutral", "2": "contradiction"},
        },
        tokenizer_config={"model_max_length": 256},
    ),
}
RERANKER = {
    **WEIGHTS,
    **as_files(
        config={"architectures": ["BertForSequenceClassification"], "id2label": {"0": "LABEL_0"}},
        tokenizer_config={"model_max_length": 10**30},
    ),
}


def lay_out(folder: Path, files: dict[str, bytes]) -> Path:
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(content)
    return folder


def describe(where: str, files: dict[str, bytes], tmp_path: Path, hub: HubServer) -> ModelEntry:
    """The entry of a model that lies in a folder, or at the hub."""
    if where == "folder":
        return describe_source(str(lay_out(tmp_path / "My Model", files)))
    hub.add_repository("me/My-Model", files, card={"license": "mit", "language": ["de", "en"]})
    return describe_source("me/My-Model")


@pytest.mark.parametrize("where", ["folder", "hub"])
def test_an_embedding_model_is_known_by_its_modules(tmp_path: Path, hub: HubServer, where: str) -> None:
    entry = describe(where, EMBEDDER, tmp_path, hub)
    assert (entry.type, entry.format) == ("embedding", "sentence-transformers")
    assert (entry.dimensions, entry.context) == (32, 128)
    assert (entry.query_prefix, entry.passage_prefix) == ("query: ", "passage: ")
    assert entry.id == "my-model"
    assert entry.added
    assert entry.size == sum(len(content) for content in EMBEDDER.values())
    assert {file.path for file in entry.files} == set(EMBEDDER)


@pytest.mark.parametrize("where", ["folder", "hub"])
@pytest.mark.parametrize(
    ("files", "found", "context"), [(NLI, "nli", 256), (RERANKER, "reranker", 4096)], ids=["nli", "reranker"]
)
def test_a_classifier_is_known_by_its_labels(
    tmp_path: Path, hub: HubServer, where: str, files: dict[str, bytes], found: str, context: int
) -> None:
    entry = describe(where, files, tmp_path, hub)
    assert (entry.type, entry.format, entry.context) == (found, "transformers", context)
    assert entry.dimensions is None


def test_a_repository_is_pinned_to_the_commit_that_was_looked_at(tmp_path: Path, hub: HubServer) -> None:
    entry = describe("hub", EMBEDDER, tmp_path, hub)
    assert entry.sources == (HubSource("me/My-Model", REVISION),)
    assert (entry.licence, entry.languages) == ("mit", ("de", "en"))
    assert describe_source(f"me/My-Model@{REVISION}") == entry


def test_other_formats_of_the_same_weights_are_left_out(tmp_path: Path, hub: HubServer) -> None:
    more = {
        "onnx/model.onnx": b"x",
        "onnx/config.json": b"{}",
        "pytorch_model.bin": b"x",
        "README.md": b"x",
        "model.fp16.safetensors": b"x",
        ".gitattributes": b"x",
    }
    entry = describe("hub", {**EMBEDDER, **more}, tmp_path, hub)
    assert {file.path for file in entry.files} == set(EMBEDDER)


def test_an_encoder_without_modules_embeds_by_its_hidden_size(tmp_path: Path, hub: HubServer) -> None:
    entry = describe("folder", {**WEIGHTS, **as_files(config=BERT)}, tmp_path, hub)
    assert (entry.type, entry.dimensions, entry.context) == ("embedding", 32, 512)


def test_a_gguf_file_is_an_instruction_model(tmp_path: Path) -> None:
    path = tmp_path / "Tiny Chat.gguf"
    write_tiny_gguf(path)
    entry = describe_source(str(path))
    assert (entry.id, entry.type, entry.format) == ("tiny-chat", "instruction", "gguf")
    assert entry.context == 512
    assert entry.files == (ModelFile("Tiny Chat.gguf", path.stat().st_size),)
    assert entry.sources == (LocalSource(str(path)),)
    assert describe_source(str(tmp_path)) == entry


def test_a_gguf_file_of_a_repository_is_named_behind_it(hub: HubServer) -> None:
    files = {"a.Q4_K_M.gguf": b"GGUF", "b.Q8_0.gguf": b"GGUF"}
    hub.add_repository("me/chat", files, gguf={"architecture": "llama", "context_length": 2048})
    entry = describe_source("me/chat:b.Q8_0.gguf", id="mine")
    assert (entry.id, entry.type, entry.context) == ("mine", "instruction", 2048)
    assert [file.path for file in entry.files] == ["b.Q8_0.gguf"]
    with pytest.raises(InvalidInput, match="several GGUF files") as caught:
        describe_source("me/chat")
    assert "me/chat:a.Q4_K_M.gguf" in str(caught.value.fix)
    with pytest.raises(InvalidInput, match=r"has no file c\.gguf"):
        describe_source("me/chat:c.gguf")


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({**as_files(config=BERT), "pytorch_model.bin": b"x"}, r"only as pytorch_model\.bin.*any code"),
        (as_files(config=BERT), "no weights"),
        (WEIGHTS, r"no config\.json"),
        ({**WEIGHTS, "config.json": b"{"}, "damaged"),
        ({**WEIGHTS, **as_files(config={"architectures": ["LlamaForCausalLM"]})}, "GGUF files only"),
        ({**WEIGHTS, **as_files(config={"architectures": ["ViTForImageClassification"]})}, "no use here"),
        (
            {
                **WEIGHTS,
                **as_files(
                    config={
                        "architectures": ["BertForSequenceClassification"],
                        "id2label": {"0": "spam", "1": "ham"},
                    }
                ),
            },
            "spam, ham",
        ),
    ],
    ids=["pickled", "no-weights", "no-config", "damaged", "causal", "other", "labels"],
)
def test_what_cannot_be_used_is_refused_with_the_reason(
    tmp_path: Path, hub: HubServer, files: dict[str, bytes], reason: str
) -> None:
    with pytest.raises(InvalidInput, match=reason):
        describe("folder", files, tmp_path, hub)


def test_a_type_that_the_model_is_not_of_is_refused(tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "nli", NLI)
    with pytest.raises(InvalidInput, match="cannot be of type reranker"):
        describe_source(str(folder), type="reranker")
    with pytest.raises(InvalidInput, match="cannot be of type painter"):
        describe_source(str(folder), type="painter")


@pytest.mark.parametrize(
    "content",
    [b"", b"GGUX", b"GGUF", b"GGUF" + struct.pack("<IQQ", 3, 0, 5), b"GGUF" + struct.pack("<IQQ", 9, 0, 0)],
)
def test_a_file_that_is_no_gguf_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bad.gguf"
    path.write_bytes(content)
    with pytest.raises(InvalidInput):
        describe_source(str(path))


@pytest.mark.parametrize("source", ["nowhere", "./nowhere", "/no/where", "a/b/c", "owner/name:file.bin"])
def test_what_is_neither_a_path_nor_a_repository_is_refused(source: str) -> None:
    with pytest.raises(InvalidInput, match="no file or folder"):
        describe_source(source)


def test_a_gated_repository_says_what_to_do(hub: HubServer) -> None:
    hub.add_repository("me/gated", EMBEDDER, gated=True)
    with pytest.raises(ModelUnavailable, match="me/gated is gated") as caught:
        describe_source("me/gated")
    assert "HF_TOKEN" in str(caught.value.fix)


def test_code_that_a_model_brings_is_named_and_pinned(hub: HubServer) -> None:
    config = {**BERT, "auto_map": {"AutoModel": "other/code--modeling.Tiny"}}
    hub.add_repository("me/custom", {**EMBEDDER, **as_files(config=config)})
    hub.add_repository("other/code", {"modeling.py": b"", "README.md": b""}, revision="c" * 40)
    entry = describe_source("me/custom")
    assert (entry.remote_code, entry.code_revision) == ("other/code", "c" * 40)
    assert [file.path for file in entry.code_files] == ["modeling.py"]


def test_the_download_process_looks_at_a_model_and_fetches_it(place: Place, hub: HubServer) -> None:
    hub.add_repository("me/My-Model", EMBEDDER)
    entry = place.downloads.describe("me/My-Model", id="mine")
    assert place.downloads.pid is None
    place.store.add_entry(entry)
    place.downloads.download("mine")
    assert read_model(place.folder / "mine") == EMBEDDER


def test_a_local_model_is_looked_at_and_copied(place: Place, tmp_path: Path) -> None:
    folder = lay_out(tmp_path / "mine", EMBEDDER)
    entry = place.downloads.describe(str(folder))
    place.store.add_entry(entry)
    place.downloads.download("mine")
    assert read_model(place.folder / "mine") == EMBEDDER


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(b"x")
    with pytest.raises(InvalidInput, match=r"model\.bin is not a model file"):
        describe_source(str(path))


@pytest.mark.parametrize(
    "source", ["x" * 3000, "a\0b", "~nobody-of-this-name/x"], ids=["long", "zero", "user"]
)
def test_what_cannot_be_a_path_is_said(source: str) -> None:
    with pytest.raises(InvalidInput, match="There is no file or folder"):
        describe_source(source)


def test_a_folder_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.rglob", refuse)
    with pytest.raises(InvalidInput, match=r"cannot be read \(PermissionError\)") as caught:
        describe_source(str(tmp_path))
    assert caught.value.fix
