"""Which adapter and which model a conversion is made of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from host.core.errors import InvalidInput, NotFound
from host.models.gguf_header import read_gguf_header
from host.models.installed import find_original_file
from host.models.json_files import read_object

if TYPE_CHECKING:
    from host.models.store import ModelStore

_ADAPTER, _CONFIG, _TRAINING = "adapter", "adapter_config.json", "training.json"


@dataclass(frozen=True)
class ConversionSource:
    """What a conversion is made of.

    Attributes:
        adapter: the folder that peft wrote.
        base: GGUF file of the model that it was trained on.
        folder: of the training; the adapter's own when there is no other.
        finished: whether the training came to its end, as far as it is known.
    """

    adapter: Path
    base: Path
    folder: Path
    finished: bool = True


def find_conversion_source(folder: Path, base: str | None, store: ModelStore) -> ConversionSource:
    """What a folder holds, and its base model.

    Args:
        folder: of a training, or an adapter as peft writes it.
        base: an installed model or a GGUF file; None for the one that the training says.
        store: of the installed models.

    Raises:
        InvalidInput: there is no adapter, or no word of its base model, or the two do not belong together.
        NotFound: the base model is not there.
    """
    adapter = folder / _ADAPTER if (folder / _ADAPTER / _CONFIG).is_file() else folder
    if not (adapter / _CONFIG).is_file():
        raise InvalidInput(
            f"There is no trained adapter in {folder}.",
            fix="Name the folder that ai-history finetune train has written, or one of peft's.",
        )
    training = read_object(folder / _TRAINING) or {}
    record = training.get("base")
    record = record if isinstance(record, dict) else {}
    file = find_named(base, store) if base else _find_recorded(record, store)
    check_architecture(file, record.get("architecture"))
    return ConversionSource(adapter, file, folder, training.get("finished") is not False)


def find_named(name: str, store: ModelStore) -> Path:
    """The GGUF file that a person names: an installed model, or a path.

    Raises:
        NotFound: there is none.
    """
    path = Path(name).expanduser()
    if path.is_file():
        return path.resolve()
    installed = store.find(name)
    if installed is None:
        raise NotFound(
            f"The model {name} is not installed, and there is no GGUF file of this name.",
            fix=f"Download it: classify model download {name}",
        )
    return find_original_file(installed)


def _find_recorded(record: dict[str, Any], store: ModelStore) -> Path:
    model_id, file = record.get("id"), record.get("gguf")
    if isinstance(model_id, str) and model_id in store.entries():
        installed = store.find(model_id)
        if installed is not None:
            return find_original_file(installed)
    if isinstance(file, str) and Path(file).is_file():
        return Path(file)
    missing = model_id or file
    raise InvalidInput(
        f"The base model {missing} is not there any more."
        if missing
        else "The folder does not say as a GGUF file which model the adapter was trained on.",
        fix="Name it: --base, with an installed model or a GGUF file of the same model.",
    )


def check_architecture(file: Path, trained: object) -> None:
    """Say early that a GGUF file is of another kind than what was trained.

    Args:
        file: of a base model.
        trained: as `BaseModel.architecture`; what is no text is not known.

    Raises:
        InvalidInput: it is of another kind, or no GGUF file.
    """
    with file.open("rb") as stream:
        found = str(read_gguf_header(stream).get("general.architecture", ""))
    # What transformers calls by other names than llama.cpp.
    same = {"mistral": "llama", "phi": "phi2"}
    if isinstance(trained, str) and trained and found not in (trained, same.get(trained)):
        raise InvalidInput(
            f"The adapter was trained on a model of the kind {trained:.40};"
            f" {file.name} is of the kind {found:.40}.",
            fix="Name a GGUF file of the model that it was trained on: --base",
        )
