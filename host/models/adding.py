"""Finds out what a model of the user's own is: a folder, a GGUF file, or a repository of the hub.

Runs in the download process. Nothing is installed here: the answer is a registry entry.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput, ModelUnavailable
from host.models.gguf_header import Value, read_gguf_header
from host.models.hub import Hub, Repository
from host.models.local_files import find_path
from host.models.model_facts import Facts, choose_files, read_facts
from host.models.names import check_model_name
from host.models.registry import (
    MODEL_TYPES,
    HubSource,
    LocalSource,
    ModelEntry,
    ModelFile,
    ModelSource,
    ModelType,
)
from host.models.remote_code import CODE_FILES, find_remote_code
from host.models.sources import SourceError
from host.models.transfers import Reporter

if TYPE_CHECKING:
    from collections.abc import Callable

_REPOSITORY = re.compile(
    r"(?P<name>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w./-]+))?(?::(?P<file>[^:]+\.gguf))?", re.IGNORECASE
)
# Of a model whose header does not tell.
_CONTEXT = 4096
# What a model takes beside its weights: the process, the tokens under way.
_OVERHEAD = 150_000_000


def describe_source(
    source: str,
    *,
    id: str | None = None,  # noqa: A002 - the name on the wire
    type: str | None = None,  # noqa: A002
    hub: Hub | None = None,
    reporter: Reporter | None = None,
) -> ModelEntry:
    """Find out what a model is.

    Args:
        source: a folder, a GGUF file, or owner/name[@revision][:file.gguf] at the hub.
        id: its name here; made from the source's by default.
        type: what it can do; found out by default.
        hub: where repositories are.
        reporter: may call it off.

    Returns:
        An entry with `added` set, its repository pinned to the commit that was looked at.

    Raises:
        InvalidInput: it cannot be used, and why.
        ModelUnavailable: the hub does not give it.
        Cancelled: it was called off.
    """
    wanted: ModelType | None = next((one for one in MODEL_TYPES if one == type), None)
    if wanted is None and type is not None:
        known = ", ".join(MODEL_TYPES)
        raise InvalidInput(f"A model cannot be of type {type}.", fix=f"Types: {known}.")
    path = find_path(source)
    if path is not None:
        try:
            return _describe_path(path, id, wanted)
        except OSError as error:
            raise InvalidInput(
                f"{path} cannot be read ({error.__class__.__name__}).",
                fix="Give yourself the right to read all of it.",
            ) from error
    match = _REPOSITORY.fullmatch(source)
    if match is None or source.startswith(("/", ".", "~")):
        raise InvalidInput(
            f"There is no file or folder {source[:200]}, and it is no repository of the model hub.",
            fix="Give a path, or owner/name, with @revision or :file.gguf behind it where needed.",
        )
    asked = HubSource(match["name"], match["revision"] or "main")
    hub, reporter = hub or Hub(), reporter or Reporter(lambda _: None)
    try:
        repository = hub.look_up(asked, reporter)
        return _describe_repository(repository, match["file"], id, wanted, hub, reporter)
    except SourceError as error:
        raise ModelUnavailable(f"{source} cannot be looked at: {error}.", fix=error.fix) from error


def _describe_path(path: Path, name: str | None, wanted: ModelType | None) -> ModelEntry:
    if path.is_file():
        return _describe_gguf_file(path, name, wanted)
    listed = {
        one.relative_to(path).as_posix(): one.stat().st_size
        for one in sorted(path.rglob("*"))
        if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts)
    }
    ggufs = [one for one in listed if one.lower().endswith(".gguf")]
    if ggufs and "config.json" not in listed:
        return _describe_gguf_file(path / _choose_gguf(str(path), ggufs, "/"), name, wanted)
    label = str(path)
    facts = read_facts(label, listed, lambda one: (path / one).read_bytes(), wanted)
    chosen = choose_files(label, listed, with_code=True)
    code = _find_code(listed, lambda one: (path / one).read_bytes(), path.name)
    return _make_entry(
        name or path.name, facts, {one: listed[one] for one in chosen}, LocalSource(str(path)), code
    )


def _describe_gguf_file(path: Path, name: str | None, wanted: ModelType | None) -> ModelEntry:
    if path.suffix.lower() != ".gguf":
        raise InvalidInput(
            f"{path.name} is not a model file that can be used.",
            fix="Give a GGUF file, or the folder of a model with its config.json and safetensors weights.",
        )
    with path.open("rb") as stream:
        header = read_gguf_header(stream)
    facts = _read_gguf_facts(path.name, header, wanted)
    return _make_entry(
        name or path.stem, facts, {path.name: path.stat().st_size}, LocalSource(str(path)), None
    )


def _describe_repository(
    repository: Repository,
    gguf: str | None,
    name: str | None,
    wanted: ModelType | None,
    hub: Hub,
    reporter: Reporter,
) -> ModelEntry:
    source = HubSource(repository.name, repository.commit)
    pinned: dict[str, Any] = {}
    listed = {path: file.size or 0 for path, file in repository.files.items()}
    ggufs = [path for path in listed if path.lower().endswith(".gguf")]
    weights = any(path.endswith(".safetensors") for path in listed)
    if gguf is not None or (ggufs and not weights):
        if gguf is not None and gguf not in ggufs:
            ggufs_known = f"It has: {', '.join(ggufs)}." if ggufs else "It has no GGUF file."
            raise InvalidInput(f"{repository.name} has no file {gguf}.", fix=ggufs_known)
        chosen = gguf or _choose_gguf(repository.name, ggufs, ":")
        architecture = str(repository.gguf.get("architecture") or "")
        header = {f"{architecture}.{key}": value for key, value in repository.gguf.items()}
        header["general.architecture"] = architecture
        facts = _read_gguf_facts(chosen, header, wanted)
        sizes = {chosen: listed[chosen]}
        code = None
        base = Path(chosen).stem
    else:
        with tempfile.TemporaryDirectory(prefix="ai-history-look-") as folder:

            def read(path: str) -> bytes:
                return hub.read_small(repository, path, reporter, Path(folder))

            facts = read_facts(repository.name, listed, read, wanted)
            code = _find_code(listed, read, repository.name)
        if code is not None:
            # Pinned like the model: what is read before it is allowed is what will run.
            home = repository if code == repository.name else hub.look_up(HubSource(code, "main"), reporter)
            pinned = {"code_revision": home.commit, "code_files": _list_code(home)}
        sizes = {one: listed[one] for one in choose_files(repository.name, listed, with_code=False)}
        base = repository.name.split("/")[1]
    return replace(_make_entry(name or base, facts, sizes, source, code, repository), **pinned)


def _make_entry(
    name: str,
    facts: Facts,
    sizes: dict[str, int],
    source: ModelSource,
    code: str | None,
    repository: Repository | None = None,
) -> ModelEntry:
    size = sum(sizes.values())
    known = repository.files if repository else {}
    files = tuple(
        ModelFile(path, count or None, known[path].sha256 if path in known else None)
        for path, count in sizes.items()
    )
    languages = tuple(one for one in repository.languages if len(one) <= 3) if repository else ()
    model_id = re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-._")[:100].rstrip("-._") or "model"
    check_model_name(model_id)
    return ModelEntry(
        id=model_id,
        name=name,
        type=facts.type,
        format=facts.format,
        licence=(repository.licence if repository else facts.licence) or "unknown",
        context=facts.context or _CONTEXT,
        size=size,
        memory=round(size * 1.2) + _OVERHEAD,
        files=files,
        sources=(source,),
        languages=languages or ("en",),
        dimensions=facts.dimensions,
        query_prefix=facts.query_prefix,
        passage_prefix=facts.passage_prefix,
        remote_code=code,
        added=True,
        note="Put in by you.",
    )


def _read_gguf_facts(name: str, header: dict[str, Value], wanted: ModelType | None) -> Facts:
    if wanted not in (None, "instruction"):
        raise InvalidInput(f"{name} is a GGUF file; only instruction models are used in that form.")
    architecture = str(header.get("general.architecture") or "")
    if header.get("general.type") == "adapter":
        raise InvalidInput(
            f"{name} is an adapter, which changes the answers of another model and gives none by itself.",
            fix="Take the file of the whole model.",
        )
    if architecture in {"bert", "nomic-bert", "jina-bert-v2", "t5encoder", "clip"}:
        raise InvalidInput(
            f"{name} is a model of the kind {architecture}, which writes no text.",
            fix="Take the same model with safetensors weights.",
        )
    context = header.get(f"{architecture}.context_length")
    return Facts(
        type="instruction",
        format="gguf",
        context=int(context) if isinstance(context, int | float) else None,
        licence=str(header.get("general.license") or ""),
    )


def _choose_gguf(label: str, ggufs: list[str], separator: str) -> str:
    whole = [one for one in ggufs if not re.search(r"-\d{5}-of-\d{5}\.gguf$", one)]
    if len(whole) == 1:
        return whole[0]
    if not whole:
        raise InvalidInput(f"{label} has its GGUF file in parts.", fix="Join them into one file first.")
    raise InvalidInput(
        f"{label} has several GGUF files.",
        fix=f"Name one: {', '.join(f'{label}{separator}{one}' for one in sorted(whole)[:12])}.",
    )


def _find_code(listed: dict[str, int], read: Callable[[str], bytes], repository: str) -> str | None:
    for path in CODE_FILES:
        if path in listed:
            code = find_remote_code(path, read(path), repository)
            if code is not None:
                return code
    return None


def _list_code(home: Repository) -> tuple[ModelFile, ...]:
    return tuple(
        ModelFile(path, file.size, file.sha256) for path, file in home.files.items() if path.endswith(".py")
    )
