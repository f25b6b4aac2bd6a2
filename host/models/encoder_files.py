"""What is looked at in a model's folder before any of it is loaded.

Weights are read from safetensors only, because other formats can run code; Python files that a model brings
run only when its user has allowed it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from host.core.errors import ModelUnavailable
from host.models.architectures import PUBLISHED, translate_settings
from host.models.integrity import hash_file
from host.models.json_files import read_object
from host.models.metadata import METADATA_FILE

if TYPE_CHECKING:
    from collections.abc import Container
    from pathlib import Path

_PICKLES = ("*.bin", "*.pt", "*.pth", "*.ckpt", "*.pkl")


def check_folder(model_id: str, folder: Path) -> None:
    """Raise when a folder holds no model that may be read.

    Raises:
        ModelUnavailable: nothing there, or weights in a form that can run code.
    """
    if not (folder / "config.json").is_file() and not (folder / "modules.json").is_file():
        raise ModelUnavailable(
            f"The files of {model_id} are missing.", fix=f"Run: ai-history model download {model_id}"
        )
    for part in (folder, *_list_modules(folder)):
        if not any(part.glob("*.safetensors")) and any(
            any(part.glob(pattern)) for pattern in _PICKLES if part.is_dir()
        ):
            raise ModelUnavailable(
                f"The weights of {model_id} are not in the safetensors format, and the form they have can "
                "run code. They are not loaded.",
                fix="Choose a revision of that model with safetensors files, or another model.",
            )


def needs_code(folder: Path, known: Container[str]) -> bool:
    """Whether a model can be loaded only with Python code that is not of the installed libraries.

    Args:
        folder: the model's.
        known: the architectures that the installed library has itself.
    """
    if any(not str(module.get("type")).startswith("sentence_transformers.") for module in _modules(folder)):
        return True
    settings = _read(folder / "config.json")
    if "auto_map" not in settings or translate_settings(settings, known) is not None:
        return False
    return settings.get("model_type") not in known or settings["model_type"] == PUBLISHED


def check_code(model_id: str, folder: Path) -> None:
    """Raise when Python files lie in a model's folder that are not those which were fetched with it.

    Args:
        model_id: for the message.
        folder: the model's; one without a record was not put there by the store, and has nothing to compare.

    Raises:
        ModelUnavailable.
    """
    record = read_object(folder / METADATA_FILE)
    if record is None:
        return
    listed = record.get("files")
    files = [file for file in listed if isinstance(file, dict)] if isinstance(listed, list) else []
    known = {str(file.get("path")): file.get("sha256") for file in files}
    for path in sorted(folder.rglob("*.py")):
        if known.get(path.relative_to(folder).as_posix()) != hash_file(path):
            raise ModelUnavailable(
                f"The Python code of {model_id} is not the code that was fetched and allowed. It is not run.",
                fix=f"Run: classify model verify {model_id}; then remove the model and download it again.",
            )


def _list_modules(folder: Path) -> list[Path]:
    return [folder / str(module.get("path", "")) for module in _modules(folder) if module.get("path")]


def _modules(folder: Path) -> list[dict[str, Any]]:
    try:
        listed = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    return [module for module in listed if isinstance(module, dict)] if isinstance(listed, list) else []


def _read(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
