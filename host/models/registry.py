"""The models that the product knows, read from `registry.json`. Standard library only."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path, PureWindowsPath
from typing import TYPE_CHECKING, Any, Literal, get_args

from host.core.errors import InvalidInput, NotFound
from host.models.json_files import is_count, is_text
from host.models.names import is_model_name

if TYPE_CHECKING:
    from collections.abc import Callable

REGISTRY_FILE = Path(__file__).with_name("registry.json")

ModelType = Literal["embedding", "nli", "instruction", "reranker"]
MODEL_TYPES: tuple[ModelType, ...] = get_args(ModelType)
Role = Literal["search", "rerank", "chat", "categories"]
ROLES: tuple[Role, ...] = get_args(Role)
_TEXTS = ("name", "format", "licence", "query_prefix", "passage_prefix", "note")
_TEXTS_OR_NONE = ("remote_code", "code_revision", "gated", "base")
# With the least that each can be.
_COUNTS = {"context": 1, "size": 0, "memory": 0, "quality": 0}


@dataclass(frozen=True)
class ModelFile:
    """One file of a model.

    Attributes:
        path: below the model's folder, as in its repository.
        size: in bytes; None where only the hub knows it, and is asked before the download.
        sha256: checksum; None as above.
    """

    path: str
    size: int | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class HubSource:
    """A repository of the model hub, at one revision (a commit)."""

    repository: str
    revision: str


@dataclass(frozen=True)
class PackageSource:
    """A Python package whose wheel carries the model's files below `folder`."""

    package: str
    version: str
    folder: str


@dataclass(frozen=True)
class LocalSource:
    """A file or a folder on this machine, from where the files are copied."""

    path: str


ModelSource = HubSource | PackageSource | LocalSource
SOURCE_KINDS: dict[type[ModelSource], str] = {
    HubSource: "hub",
    PackageSource: "package",
    LocalSource: "local",
}


@dataclass(frozen=True)
class ModelEntry:
    """What is known of one model before it is installed.

    Attributes:
        id: the name used in commands, on the wire and as the folder's name.
        name: for people.
        type: what it can do.
        format: `sentence-transformers`, `transformers` or `gguf`.
        licence: SPDX identifier, or the licence's own name.
        context: the longest input, in tokens.
        size: bytes to download; exact where every file's size is known, about right elsewhere.
        memory: bytes it needs when loaded, about; for instruction models with a context of 4096 tokens.
        files: what is fetched.
        sources: where its files come from, best first.
        languages: ISO 639-1 codes; `mul` for a hundred or so.
        dimensions: length of an embedding vector, None for other types.
        query_prefix: text that the model expects in front of a query.
        passage_prefix: text that the model expects in front of a passage.
        starter: whether the installer fetches it.
        remote_code: repository of the Python code that the model brings and that has to be allowed by that
            name, or None.
        code_revision: commit of that repository.
        code_files: the files of that repository.
        gated: repository with the same model whose owner wants its licence accepted first, or None.
        added: put in by its user.
        quality: how able it is among those of its type, 1 (least) to 9, by published comparisons.
        writes: of an instruction model: whether its answers were measured to be as good as sentences of the
            passages; None where that was not measured.
        note: one sentence for people who choose.
        base: of a LoRA adapter: id of the instruction model whose answers it changes, or None.
        roles: the only jobs that it was trained for; empty where its type says what it can do.
    """

    id: str
    name: str
    type: ModelType
    format: str
    licence: str
    context: int
    size: int
    memory: int
    files: tuple[ModelFile, ...]
    sources: tuple[ModelSource, ...]
    languages: tuple[str, ...] = ("en",)
    dimensions: int | None = None
    query_prefix: str = ""
    passage_prefix: str = ""
    starter: bool = False
    remote_code: str | None = None
    code_revision: str | None = None
    code_files: tuple[ModelFile, ...] = ()
    gated: str | None = None
    added: bool = False
    quality: int = 1
    writes: bool | None = None
    note: str = ""
    base: str | None = None
    roles: tuple[Role, ...] = ()

    @property
    def resolved(self) -> bool:
        """Whether size and checksum of every file are known."""
        return all(file.size is not None and file.sha256 is not None for file in self.files)


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
        entry = read_entry(item)
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


def stays_inside(path: str) -> bool:
    """Whether a path of a repository stays in the folder that it is put into."""
    parts = PureWindowsPath(path)
    if not parts.parts or "\0" in path or not is_text(path):
        return False
    return not parts.is_absolute() and not parts.drive and not parts.root and ".." not in parts.parts


def describe_entry(entry: ModelEntry) -> dict[str, Any]:
    """The entry as JSON values; `read_entry` reads it back."""
    item = asdict(entry)
    item["sources"] = [{"kind": SOURCE_KINDS[type(source)], **asdict(source)} for source in entry.sources]
    return item


def read_entry(item: dict[str, Any]) -> ModelEntry:
    """Read one entry of a registry, which a person may have edited.

    Raises:
        InvalidInput: a file would leave its model's folder, or a value is missing, unknown or impossible.
    """
    try:
        return _read_entry(item)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"An entry of the registry cannot be read ({type(error).__name__}).") from error


def _read_entry(item: dict[str, Any]) -> ModelEntry:
    if not is_model_name(item["id"]):
        raise InvalidInput(f"{item['id']!r:.100} cannot be a model's name.")
    files = tuple(ModelFile(**file) for file in item["files"])
    code_files = tuple(ModelFile(**file) for file in item.get("code_files", ()))
    for file in (*files, *code_files):
        if not is_text(file.path) or not stays_inside(file.path):
            raise InvalidInput(f"The file {file.path!r:.200} of {item['id']} would leave its folder.")
        _require(item, "files", _is_none_or(is_count, file.size) and _is_none_or(is_text, file.sha256))
    if item["type"] not in MODEL_TYPES:
        raise InvalidInput(f"{item['id']} cannot be of type {item['type']!r:.100}.")
    sources = tuple(_read_source(source) for source in item["sources"])
    languages = tuple(item.get("languages", ("en",)))
    _require(item, "languages", all(is_text(one) for one in languages))
    roles = tuple(item.get("roles", ()))
    _require(item, "roles", all(one in ROLES for one in roles))
    size = item.get("size") or sum(file.size or 0 for file in files)
    read = {
        "files": files,
        "code_files": code_files,
        "sources": sources,
        "languages": languages,
        "roles": roles,
        "size": size,
    }
    entry = ModelEntry(**{**item, **read})
    for name in _TEXTS:
        _require(item, name, is_text(getattr(entry, name)))
    for name in _TEXTS_OR_NONE:
        _require(item, name, _is_none_or(is_text, getattr(entry, name)))
    for name, least in _COUNTS.items():
        _require(item, name, is_count(getattr(entry, name), least))
    _require(item, "dimensions", entry.dimensions is None or is_count(entry.dimensions, 1))
    _require(item, "writes", entry.writes is None or isinstance(entry.writes, bool))
    _require(item, "starter", isinstance(entry.starter, bool) and isinstance(entry.added, bool))
    return entry


def _require(item: dict[str, Any], name: str, right: bool) -> None:
    if not right:
        raise InvalidInput(f"The value of {name} of {item['id']} is impossible.")


def _is_none_or(is_right: Callable[[object], bool], value: object) -> bool:
    return value is None or is_right(value)


def _read_source(item: dict[str, str]) -> ModelSource:
    fields = {key: value for key, value in item.items() if key != "kind"}
    for cls, kind in SOURCE_KINDS.items():
        if kind == item["kind"]:
            if not all(is_text(value) and "\0" not in value for value in fields.values()):
                break
            return cls(**fields)
    raise InvalidInput(f"A model cannot come from a source of kind {item['kind']!r:.100}.")
