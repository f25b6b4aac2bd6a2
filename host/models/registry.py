"""The models that the product knows, read from `registry.json`. Standard library only."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from host.core.errors import InvalidInput, NotFound

REGISTRY_FILE = Path(__file__).with_name("registry.json")

ModelType = Literal["embedding", "language", "reranker"]


@dataclass(frozen=True)
class ModelFile:
    """One file of a model: its path below the model's folder, its size in bytes, its checksum."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class HubSource:
    """A repository of the model hub, at one revision."""

    repository: str
    revision: str


@dataclass(frozen=True)
class PackageSource:
    """A Python package whose wheel carries the model's files below `folder`."""

    package: str
    version: str
    folder: str


ModelSource = HubSource | PackageSource


@dataclass(frozen=True)
class ModelEntry:
    """What is known of one model before it is installed.

    Attributes:
        id: the name used in commands, on the wire and as the folder's name.
        dimensions: length of an embedding vector, None for other types.
        context: the longest input, in tokens.
        query_prefix: text that the model expects in front of a query.
        passage_prefix: text that the model expects in front of a passage.
        starter: whether the installer fetches it.
        sources: where its files come from, best first.
    """

    id: str
    name: str
    type: ModelType
    format: str
    licence: str
    dimensions: int | None
    context: int
    query_prefix: str
    passage_prefix: str
    starter: bool
    files: tuple[ModelFile, ...]
    sources: tuple[ModelSource, ...]

    @property
    def size(self) -> int:
        """Bytes of all its files together."""
        return sum(file.size for file in self.files)


def read_registry(text: str) -> dict[str, ModelEntry]:
    """Parse a registry.

    Args:
        text: JSON as in `registry.json`.

    Returns:
        The entries by id, in the order of the file.

    Raises:
        InvalidInput: two entries share an id, or a file would leave its model's folder.
    """
    entries: dict[str, ModelEntry] = {}
    for item in json.loads(text)["models"]:
        entry = _read_entry(item)
        if entry.id in entries:
            raise InvalidInput(f"The model {entry.id} stands twice in the registry.")
        entries[entry.id] = entry
    return entries


@cache
def load_registry() -> dict[str, ModelEntry]:
    """The models that this version ships knowledge of, by id."""
    return read_registry(REGISTRY_FILE.read_text(encoding="utf-8"))


def find_entry(model_id: str, registry: dict[str, ModelEntry] | None = None) -> ModelEntry:
    """The entry of one model.

    Raises:
        NotFound: the registry has no such model.
    """
    known = load_registry() if registry is None else registry
    try:
        return known[model_id]
    except KeyError:
        raise NotFound(
            f"There is no model named {model_id}.", fix=f"Known models: {', '.join(known)}."
        ) from None


def starter_models() -> tuple[str, ...]:
    """The ids of the models that the installer fetches."""
    return tuple(entry.id for entry in load_registry().values() if entry.starter)


def _read_entry(item: dict[str, Any]) -> ModelEntry:
    files = tuple(ModelFile(**file) for file in item["files"])
    for file in files:
        if Path(file.path).is_absolute() or ".." in Path(file.path).parts:
            raise InvalidInput(f"The file {file.path} of {item['id']} would leave its folder.")
    sources = tuple(_read_source(source) for source in item["sources"])
    return ModelEntry(**{**item, "files": files, "sources": sources})


def _read_source(item: dict[str, str]) -> ModelSource:
    fields = {key: value for key, value in item.items() if key != "kind"}
    if item["kind"] == "hub":
        return HubSource(**fields)
    if item["kind"] == "package":
        return PackageSource(**fields)
    raise InvalidInput(f"A model cannot come from a source of kind {item['kind']}.")
