"""Which extensions may talk to the host. Standard library only: the bridge and the installer import this."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from host.core.paths import find_paths

if TYPE_CHECKING:
    from pathlib import Path

# Follows from the "key" in extension/manifest.json; a test holds the two equal.
EXTENSION_ID = "egladjbpjcpoeigoammplpnelkkplhli"
ALLOWED_ORIGINS: tuple[str, ...] = (f"chrome-extension://{EXTENSION_ID}/",)
EXTRA_FILE_NAME = "extensions.json"
_ID_PATTERN = re.compile(r"[a-p]{32}")


def is_extension_id(text: str) -> bool:
    """Whether `text` has the form of an extension id: 32 letters from a to p."""
    return _ID_PATTERN.fullmatch(text) is not None


def make_origin(extension_id: str) -> str:
    """The origin that a browser states for an extension."""
    return f"chrome-extension://{extension_id}/"


def find_extra_file() -> Path:
    """The file that names further extensions: `{"extensions": ["…id…"]}`, beside the configuration."""
    return find_paths().config_file.with_name(EXTRA_FILE_NAME)


def read_extra_ids(file: Path) -> tuple[str, ...]:
    """The extension ids in such a file; what is missing, damaged or no id allows nothing."""
    try:
        listed = json.loads(file.read_text(encoding="utf-8"))["extensions"]
    except (OSError, ValueError, KeyError, TypeError):
        return ()
    if not isinstance(listed, list):
        return ()
    return tuple(item for item in listed if isinstance(item, str) and is_extension_id(item))


def find_allowed_origins() -> tuple[str, ...]:
    """Every origin that may talk to the host: ours, and those that the user added."""
    extra = (make_origin(extension_id) for extension_id in read_extra_ids(find_extra_file()))
    return tuple(dict.fromkeys((*ALLOWED_ORIGINS, *extra)))


def is_allowed_origin(origin: str) -> bool:
    """Whether a caller with this origin may talk to the host. The usual case reads no file."""
    return origin in ALLOWED_ORIGINS or origin in find_allowed_origins()
