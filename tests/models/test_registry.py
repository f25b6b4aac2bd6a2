from __future__ import annotations

import json
import re
from pathlib import PurePosixPath

import pytest
from huggingface_hub.utils._validators import validate_repo_id
from pydantic import TypeAdapter

from host.core.errors import InvalidInput, NotFound
from host.models.registry import (
    MODEL_TYPES,
    REGISTRY_FILE,
    HubSource,
    ModelEntry,
    ModelFile,
    PackageSource,
    find_entry,
    load_registry,
    read_registry,
    starter_models,
)
from host.protocol.model_messages import ModelId
from tests.models.language_codes import LANGUAGE_CODES

ENTRIES = load_registry()
FORMATS = {
    "embedding": "sentence-transformers",
    "reranker": "sentence-transformers",
    "nli": "transformers",
    "instruction": "gguf",
}
COMMIT = re.compile(r"[0-9a-f]{40}")
CHECKSUM = re.compile(r"[0-9a-f]{64}")


def registry_with(**changes: object) -> str:
    entry = json.loads(REGISTRY_FILE.read_text(encoding="utf-8"))["models"][0]
    return json.dumps({"models": [{**entry, **changes}]})


@pytest.fixture(params=ENTRIES, name="entry")
def _entry(request: pytest.FixtureRequest) -> ModelEntry:
    return ENTRIES[request.param]


def hub_sources(entry: ModelEntry) -> list[HubSource]:
    return [source for source in entry.sources if isinstance(source, HubSource)]


def test_the_starter_models_are_one_to_embed_and_one_to_write() -> None:
    assert {ENTRIES[name].type for name in starter_models()} == {"embedding", "instruction"}
    assert ENTRIES["all-minilm-l6-v2"].dimensions == 384


def test_there_is_a_choice_for_every_type() -> None:
    assert {entry.type for entry in ENTRIES.values()} == set(MODEL_TYPES)


def test_the_name_is_one_that_the_wire_takes(entry: ModelEntry) -> None:
    assert TypeAdapter(ModelId).validate_python(entry.id) == entry.id
    assert entry.id == entry.id.lower()


def test_a_shipped_model_was_not_added_by_a_user_and_says_what_it_is(entry: ModelEntry) -> None:
    assert not entry.added
    assert entry.name
    assert entry.licence
    assert entry.note.endswith(".")
    assert "\n" not in entry.note
    assert entry.format == FORMATS[entry.type]
    assert 1 <= entry.quality <= 9


def test_the_hub_is_the_first_source_at_a_pinned_commit(entry: ModelEntry) -> None:
    first = entry.sources[0]
    assert isinstance(first, HubSource)
    validate_repo_id(first.repository)
    assert COMMIT.fullmatch(first.revision)


def test_every_checksum_is_a_sha256_and_every_size_is_of_something(entry: ModelEntry) -> None:
    assert entry.files
    for file in (*entry.files, *entry.code_files):
        assert file.sha256 is None or CHECKSUM.fullmatch(file.sha256), file.path
        assert file.size is None or file.size > 0, file.path


def test_size_and_checksum_of_the_weights_are_known(entry: ModelEntry) -> None:
    weights = [file for file in entry.files if file.path.endswith((".safetensors", ".gguf"))]
    assert weights
    assert all(file.size and file.sha256 for file in weights)


def test_a_file_without_a_checksum_is_a_small_one(entry: ModelEntry) -> None:
    unknown = [file.path for file in entry.files if file.sha256 is None]
    assert all(path.endswith(".json") and "tokenizer" not in path for path in unknown)


def test_the_size_of_a_resolved_model_is_the_sum_of_its_files(entry: ModelEntry) -> None:
    known = sum(file.size or 0 for file in entry.files)
    if entry.resolved:
        assert entry.size == known
    else:
        # What is not known are a few settings of a few hundred bytes.
        assert known <= entry.size < known + 10_000


def test_no_weights_are_pickled_because_reading_a_pickle_runs_what_is_in_it(entry: ModelEntry) -> None:
    suffixes = {PurePosixPath(file.path).suffix for file in entry.files}
    assert suffixes <= {".json", ".safetensors", ".gguf", ".txt", ".model"}


def test_every_file_stays_below_the_models_folder_and_stands_there_once(entry: ModelEntry) -> None:
    paths = [PurePosixPath(file.path) for file in (*entry.files, *entry.code_files)]
    assert len(set(paths)) == len(paths)
    assert not any(path.is_absolute() or ".." in path.parts for path in paths)
    assert not any("\\" in str(path) for path in paths)


def test_only_embedding_models_have_dimensions_and_prefixes(entry: ModelEntry) -> None:
    if entry.type == "embedding":
        assert entry.dimensions
    else:
        assert entry.dimensions is None
        assert (entry.query_prefix, entry.passage_prefix) == ("", "")


def test_e5_gets_the_prefixes_that_it_was_trained_with() -> None:
    entry = ENTRIES["multilingual-e5-small"]
    assert (entry.query_prefix, entry.passage_prefix) == ("query: ", "passage: ")


def test_languages_are_codes_that_a_person_can_look_up(entry: ModelEntry) -> None:
    assert entry.languages
    assert set(entry.languages) <= LANGUAGE_CODES
    assert len(set(entry.languages)) == len(entry.languages)


def test_the_memory_needed_holds_at_least_the_weights(entry: ModelEntry) -> None:
    assert entry.memory > max(file.size or 0 for file in entry.files)
    assert entry.context > 0


def test_no_shipped_model_needs_code_of_others(entry: ModelEntry) -> None:
    assert entry.remote_code is None
    assert entry.code_revision is None
    assert entry.code_files == ()


def test_a_gated_repository_is_named_and_another_one_is_the_source(entry: ModelEntry) -> None:
    if entry.gated is None:
        return
    validate_repo_id(entry.gated)
    assert hub_sources(entry)
    assert all(source.repository != entry.gated for source in hub_sources(entry))


def test_no_two_models_are_the_same_files() -> None:
    weights = [
        file.sha256
        for entry in ENTRIES.values()
        for file in entry.files
        if file.path.endswith((".safetensors", ".gguf"))
    ]
    assert len(set(weights)) == len(weights)


@pytest.mark.parametrize("name", starter_models())
def test_a_starter_is_known_to_the_byte_and_comes_without_the_hub_too(name: str) -> None:
    entry = ENTRIES[name]
    assert entry.resolved
    assert any(isinstance(source, PackageSource) for source in entry.sources)


def test_a_model_is_resolved_when_every_file_has_a_size_and_a_checksum() -> None:
    entry = ENTRIES["gte-multilingual"]
    assert not entry.resolved
    known = [file for file in entry.files if file.sha256 is not None]
    assert ModelEntry(**{**vars(entry), "files": tuple(known)}).resolved
    half = ModelFile("half.json", sha256="0" * 64)
    assert not ModelEntry(**{**vars(entry), "files": (*known, half)}).resolved


def test_an_unknown_model_is_refused_with_the_names_of_the_known_ones() -> None:
    with pytest.raises(NotFound) as caught:
        find_entry("no-such-model")
    assert "all-minilm-l6-v2" in str(caught.value.fix)


@pytest.mark.parametrize("path", ["../outside", "/etc/passwd", "a/../../b"])
@pytest.mark.parametrize("field", ["files", "code_files"])
def test_a_file_that_would_leave_its_folder_is_refused(field: str, path: str) -> None:
    with pytest.raises(InvalidInput):
        read_registry(registry_with(**{field: [{"path": path, "size": 1, "sha256": "00"}]}))


def test_an_unknown_kind_of_source_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_registry(registry_with(sources=[{"kind": "floppy"}]))


def test_an_unknown_type_is_refused() -> None:
    with pytest.raises(InvalidInput):
        read_registry(registry_with(type="oracle"))


def test_whether_a_model_writes_is_yes_or_no_or_not_said() -> None:
    assert read_registry(registry_with(writes=False))["all-minilm-l6-v2"].writes is False
    assert read_registry(registry_with())["all-minilm-l6-v2"].writes is None
    with pytest.raises(InvalidInput, match="writes"):
        read_registry(registry_with(writes="often"))


def test_two_entries_with_one_id_are_refused() -> None:
    text = registry_with()
    doubled = json.dumps({"models": json.loads(text)["models"] * 2})
    with pytest.raises(InvalidInput):
        read_registry(doubled)
