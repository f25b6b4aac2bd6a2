"""The model that an adapter is trained for: where its weights come from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput, NotFound
from host.models.gguf_header import read_gguf_header
from host.models.installed import find_original_file

if TYPE_CHECKING:
    from host.models.store import ModelStore

# By `general.architecture` of GGUF files: those that transformers turns back into weights it can train and
# whose layers have names that llama.cpp takes adapters for.
TRAINABLE = ("llama", "mistral", "phi3", "qwen2", "qwen3", "gemma2", "starcoder2", "stablelm")
# By `model_type` of safetensors: those above, and what GGUF calls otherwise.
_OF_FOLDERS = {**{name: name for name in TRAINABLE}, "phi": "phi2"}
_CONFIG = "config.json"


@dataclass(frozen=True)
class BaseModel:
    """A model that can be trained.

    Attributes:
        name: for messages.
        id: of the installed model, None for one that is only a file or a folder.
        gguf: its file in llama.cpp's format, from which it is trained; None for a folder.
        folder: safetensors with `config.json` and tokenizer; None for a GGUF file.
        architecture: as GGUF files call it: `llama`, `qwen2` …
    """

    name: str
    id: str | None
    gguf: Path | None
    folder: Path | None
    architecture: str


def find_base(name: str, store: ModelStore) -> BaseModel:
    """The model of a name, a GGUF file, or a folder of safetensors.

    Args:
        name: an installed instruction model, or a path.
        store: of the installed models.

    Raises:
        NotFound: there is no such thing.
        InvalidInput: it is there, and cannot be trained.
    """
    path = Path(name).expanduser()
    if path.is_dir():
        return _describe_folder(path.resolve())
    if path.is_file():
        return _describe_file(path.name, None, path.resolve())
    installed = store.find(name)
    if installed is None:
        raise NotFound(
            f"There is no installed model and no path named {name}.",
            fix=f"Download it (classify model download {name}), or give the path of a GGUF file or of a"
            " folder with safetensors.",
        )
    if installed.entry.type != "instruction" or installed.entry.base is not None:
        raise InvalidInput(
            f"{name} is no model that writes, so it cannot be trained to answer with categories.",
            fix="Choose another: classify model list --type instruction",
        )
    return _describe_file(name, name, find_original_file(installed))


def _describe_file(name: str, model_id: str | None, file: Path) -> BaseModel:
    with file.open("rb") as stream:
        header = read_gguf_header(stream)
    if header.get("general.type") == "adapter":
        raise InvalidInput(f"{name} is an adapter already.", fix="Name the model that it was trained for.")
    architecture = str(header.get("general.architecture", ""))
    _check_architecture(name, architecture, TRAINABLE)
    return BaseModel(name, model_id, file, None, architecture)


def _describe_folder(folder: Path) -> BaseModel:
    try:
        config = json.loads((folder / _CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InvalidInput(
            f"{folder} holds no model: its {_CONFIG} is missing or cannot be read.",
            fix="Give a folder with config.json, tokenizer and safetensors.",
        ) from error
    if not any(folder.glob("*.safetensors")):
        raise InvalidInput(f"{folder} holds no safetensors.", fix="Give a folder with the model's weights.")
    kind = str(config.get("model_type", "")) if isinstance(config, dict) else ""
    _check_architecture(folder.name, kind, tuple(_OF_FOLDERS))
    return BaseModel(folder.name, None, None, folder, _OF_FOLDERS[kind])


def _check_architecture(name: str, architecture: str, known: tuple[str, ...]) -> None:
    if architecture not in known:
        raise InvalidInput(
            f"{name} is of the kind '{architecture[:40]}', which cannot be trained from such files.",
            fix=f"Choose a model of one of these kinds: {', '.join(known)}.",
        )
