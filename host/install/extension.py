"""What the installer has to know of the extension."""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def compute_extension_id(key: str) -> str:
    """The id that browsers give an extension: the head of its key's SHA-256, in the letters a to p.

    Args:
        key: the public key (DER) in base64, as in the manifest.
    """
    digest = hashlib.sha256(base64.b64decode(key, validate=True)).hexdigest()[:32]
    return digest.translate(str.maketrans("0123456789abcdef", "abcdefghijklmnop"))


def read_extension_id(extension: Path) -> str:
    """The id of the extension in a folder."""
    manifest = json.loads((extension / "manifest.json").read_text(encoding="utf-8"))
    return compute_extension_id(manifest["key"])
