"""Whether the packages that fine-tuning needs are here; none of them is imported for that."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from host.core.errors import ModelUnavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

EXTRA = "finetune"
# What each is imported as.
PACKAGES = ("gguf", "matplotlib", "peft", "safetensors")


def require_extra(packages: Iterable[str] = PACKAGES) -> None:
    """Make sure that packages of the extra are installed.

    Args:
        packages: names that are imported.

    Raises:
        ModelUnavailable: some are not.
    """
    missing = [name for name in packages if find_spec(name) is None]
    if missing:
        message = f"Fine-tuning needs packages that are not installed: {', '.join(missing)}."
        raise ModelUnavailable(message, fix=f"Run: python3 -m host.install --extra {EXTRA}")
