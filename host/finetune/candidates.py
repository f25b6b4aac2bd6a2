"""What can be measured: trained forms in a folder, single files, and installed models."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from host.core.errors import InvalidInput, NotFound
from host.finetune.known_categories import make_categories, name_categories, read_dataset_categories
from host.models.gguf_header import read_gguf_header

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.finetune.known_categories import KnownCategory
    from host.models.store import ModelStore

TRAINING_FILE = "training.json"
CONVERSION_FILE = "conversion.json"
Form = Literal["adapter", "merged", "installed"]
_CONVERT = "Make a file of it first: ai-history finetune convert --model {folder}"


@dataclass(frozen=True)
class Candidate:
    """A model that is to be measured.

    Attributes:
        name: in tables; no other candidate has it.
        form: an adapter of a base, a whole model, or one that is installed.
        model: id of an installed model, else "".
        file: GGUF of what is not installed.
        base: id of the installed model that it was trained from; "" when that is not installed or not known.
        quantisation: of the file, "" when that is not known.
        size: bytes of the file.
        record: how it is asked and its answers are taken: label_calibration, label_prompt, trained_labels.
    """

    name: str
    form: Form
    model: str = ""
    file: Path | None = None
    base: str = ""
    quantisation: str = ""
    size: int = 0
    record: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Found:
    """What a name stands for.

    Attributes:
        candidates: at least one.
        training: the record of the training, {} without one.
        folder: of the training, None without one.
        categories: that it was trained for, None when that is not known.
    """

    candidates: tuple[Candidate, ...]
    training: dict[str, Any] = field(default_factory=dict)
    folder: Path | None = None
    categories: tuple[KnownCategory, ...] | None = None


def find_candidates(named: str, store: ModelStore, base: str | None = None) -> Found:
    """What is to be measured under a name.

    Args:
        named: a folder of a training, a GGUF file, or the id of an installed model.
        store: the models that are installed.
        base: id of the installed model that a file was trained from, when nothing beside the file says so.

    Raises:
        NotFound: there is nothing of this name.
        InvalidInput: it cannot be measured as it is; `fix` says what is missing.
    """
    path = Path(named)
    if path.is_dir():
        return _find_in_folder(path, store, base)
    if path.is_file():
        return _find_file(path, store, base)
    if named in store.entries() and (installed := store.find(named)) is not None:
        if installed.entry.type not in ("embedding", "nli", "instruction"):
            message = f"{named} is of type {installed.entry.type}, which puts nothing into categories."
            raise InvalidInput(message)
        entry = installed.entry
        labels = store.read_metadata(named).get("trained_labels")
        known = _name_trained(labels)
        one = Candidate(named, "installed", named, None, entry.base or "", "", installed.size)
        return Found((one,), categories=known)
    message = f"There is no folder, file or installed model {named}."
    raise NotFound(message, fix="Name a folder of ai-history finetune train, a GGUF file, or a model's id.")


def tell_apart(found: Sequence[Found]) -> list[Candidate]:
    """All candidates, each under a name of its own."""
    taken: dict[str, int] = {}
    named = []
    for one in (candidate for each in found for candidate in each.candidates):
        taken[one.name] = taken.get(one.name, 0) + 1
        number = taken[one.name]
        named.append(one if number == 1 else replace(one, name=f"{one.name} ({number})"))
    return named


def _find_in_folder(folder: Path, store: ModelStore, base: str | None) -> Found:
    training = _read_record(folder / TRAINING_FILE)
    if training is None:
        message = f"{folder} is no folder of a training: it has no {TRAINING_FILE}."
        raise InvalidInput(message, fix="Train first: ai-history finetune train")
    if not training.get("finished"):
        message = f"The training in {folder} is not finished."
        raise InvalidInput(
            message, fix=f"Go on with it: ai-history finetune train --resume --output {folder}"
        )
    conversion = _read_record(folder / CONVERSION_FILE) or {}
    listed = [item for item in conversion.get("files", []) if isinstance(item, dict) and item.get("file")]
    files = [(folder / "gguf" / Path(str(item["file"])).name, item) for item in listed]
    files = [(file, item) for file, item in files if file.is_file()]
    if not files:
        message = f"{folder} has no file that can be loaded."
        raise InvalidInput(message, fix=_CONVERT.format(folder=folder))
    candidates = tuple(
        _make(file, str(item.get("quantisation", "")), training, store, base or _read_base(conversion))
        for file, item in files
    )
    return Found(candidates, training, folder, _read_categories(folder, training))


def _find_file(file: Path, store: ModelStore, base: str | None) -> Found:
    places = (file.parent, file.parent.parent)
    folder = next((place for place in places if (place / TRAINING_FILE).is_file()), None)
    training = (_read_record(folder / TRAINING_FILE) or {}) if folder else {}
    conversion = (_read_record(folder / CONVERSION_FILE) or {}) if folder else {}
    one = _make(file, "", training, store, base or _read_base(conversion))
    return Found((one,), training, folder, _read_categories(folder, training) if folder else None)


def _read_base(conversion: dict[str, Any]) -> str | None:
    """The installed model that files were made for, where what was trained was none."""
    named = conversion.get("base")
    return named if isinstance(named, str) else None


def _make(
    file: Path, quantisation: str, training: dict[str, Any], store: ModelStore, base: str | None
) -> Candidate:
    with file.open("rb") as stream:
        header = read_gguf_header(stream)
    form: Form = "adapter" if header.get("general.type") == "adapter" else "merged"
    kept = training.get("base")
    kept = kept if isinstance(kept, dict) else {}
    told = base or str(kept.get("id") or "")
    here = told in store.entries() and store.find(told) is not None
    if form == "adapter" and not here:
        raise _miss_base(file, told, str(kept.get("gguf") or ""))
    name = f"fine-tuned {form}{f' {quantisation}' if quantisation else ''}"
    return Candidate(
        name, form, "", file, told if here else "", quantisation, file.stat().st_size, make_record(training)
    )


def _miss_base(file: Path, told: str, gguf: str) -> InvalidInput:
    message = f"{file.name} changes the answers of {told or 'a model'}, which is not installed."
    fix = "Name the model that was trained: --base ID"
    if told:
        fix = f"Run: ai-history model download {told}"
    elif gguf:
        fix = f"Run: ai-history model add {gguf}, and name it with --base ID"
    return InvalidInput(message, fix=fix)


def make_record(training: dict[str, Any]) -> dict[str, Any]:
    """What is kept beside a trained model's files, out of the record of its training."""
    if not training:
        return {}
    record: dict[str, Any] = {"label_prompt": training.get("prompt", "short")}
    fitted = training.get("calibration")
    # A whole model that says nothing would be taken for one that nobody trained.
    record["label_calibration"] = fitted if isinstance(fitted, dict) else {"bias": 0.0, "temperature": 1.0}
    if isinstance(training.get("categories"), list):
        record["trained_labels"] = [str(name) for name in training["categories"]]
    return record


def _read_categories(folder: Path, training: dict[str, Any]) -> tuple[KnownCategory, ...] | None:
    listed = training.get("category_list")
    if isinstance(listed, list) and all(isinstance(one, dict) for one in listed) and listed:
        return make_categories(listed)
    return read_dataset_categories(folder) or _name_trained(training.get("categories"))


def _name_trained(names: object) -> tuple[KnownCategory, ...] | None:
    return name_categories(map(str, names)) if isinstance(names, list) and names else None


def _read_record(file: Path) -> dict[str, Any] | None:
    try:
        read = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        message = f"{file} is damaged."
        raise InvalidInput(message, fix="Make it anew.") from error
    return read if isinstance(read, dict) else None
