"""Python code that a model brings along: found, and allowed by name or refused. Standard library only.

Such code runs with all rights of the user when the model is loaded.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from host.core.errors import Forbidden
from host.models.architectures import is_translated

if TYPE_CHECKING:
    from pathlib import Path

CODE_FILES = ("config.json", "tokenizer_config.json", "modules.json")
_OWN_MODULES = "sentence_transformers."


def find_remote_code(path: str, content: bytes, repository: str) -> str | None:
    """The repository of the code that a configuration asks for.

    Args:
        path: name of the configuration file, one of `CODE_FILES`.
        content: of that file.
        repository: to which it belongs.

    Returns:
        owner/name, or None when it asks for none.
    """
    try:
        value = json.loads(content)
    except ValueError:
        return None
    except RecursionError:
        # No configuration is nested so deep; what hides in it cannot be told, so it counts as code.
        return repository
    if path == "config.json" and is_translated(content):
        return None
    if path == "modules.json":
        listed = value if isinstance(value, list) else []
        types = [str(one.get("type", "")) for one in listed if isinstance(one, dict)]
        return next((repository for one in types if not one.startswith(_OWN_MODULES)), None)
    references = _list_references(value)
    elsewhere = next((one.split("--")[0] for one in references if "--" in one), None)
    return elsewhere or (repository if references else None)


def find_code_in(folder: Path, repository: str) -> str | None:
    """As `find_remote_code`, of all the configurations in a folder."""
    for name in CODE_FILES:
        path = folder / name
        if path.is_file() and (code := find_remote_code(name, path.read_bytes(), repository)) is not None:
            return code
    return None


def check_permission(model_id: str, code: str, allowed: str | None) -> None:
    """Refuse code that was not allowed by its name.

    Raises:
        Forbidden.
    """
    if allowed == code:
        return
    message = f"The model {model_id} brings Python code, from {code}, which would run here with your rights."
    if allowed:
        message += f" What you have allowed is {allowed}."
    raise Forbidden(
        message,
        fix=f"Read that code; then, if you trust it: classify model download {model_id}"
        f" --allow-remote-code {code}",
    )


def point_to_folder(folder: Path, code: str) -> list[str]:
    """Make configurations use the code that lies beside them, and not fetch it when they are loaded.

    Args:
        folder: of the model, with the code's files in it.
        code: the repository that the code was taken from.

    Returns:
        The files that were changed.
    """
    changed = []
    for name in CODE_FILES:
        path = folder / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8")
        if f"{code}--" in text:
            path.write_text(text.replace(f"{code}--", ""), encoding="utf-8")
            changed.append(name)
    return changed


def _list_references(value: Any) -> list[str]:
    mapped = value.get("auto_map") if isinstance(value, dict) else None
    if not isinstance(mapped, dict):
        return []
    found: list[str] = []
    for one in mapped.values():
        found += [str(item) for item in (one if isinstance(one, list) else [one]) if item]
    return found
