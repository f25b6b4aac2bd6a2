"""Which model does which job: what its user chose, else the best that is installed."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from host.core.errors import InvalidInput, NotFound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.models.registry import ModelEntry, ModelType

Role = Literal["search", "rerank", "chat", "categories"]
ROLES: tuple[Role, ...] = get_args(Role)
ROLE_TYPES: dict[Role, tuple[ModelType, ...]] = {
    "search": ("embedding",),
    "rerank": ("reranker",),
    "chat": ("instruction",),
    "categories": ("embedding", "nli", "instruction"),
}
CHOICES_FILE = "choices.json"


class Choices:
    """The choices of a user, kept beside the models because all browser profiles share them."""

    def __init__(self, models_folder: Path) -> None:
        self._file = models_folder / CHOICES_FILE

    def read(self) -> dict[Role, str]:
        """The model chosen for each role; roles without a choice are not in it."""
        try:
            stored = json.loads(self._file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        if not isinstance(stored, dict):
            return {}
        return {role: stored[role] for role in ROLES if isinstance(stored.get(role), str)}

    def choose(self, role: Role, model_id: str | None) -> None:
        """Remember a choice; None takes it back."""
        choices: dict[Role, str] = {**self.read()}
        if model_id is None:
            choices.pop(role, None)
        else:
            choices[role] = model_id
        self._file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", dir=self._file.parent, prefix=CHOICES_FILE, delete=False, encoding="utf-8"
        ) as stream:
            json.dump(choices, stream, indent=2)
        Path(stream.name).replace(self._file)


def find_model(role: Role, choice: str | None, installed: Sequence[ModelEntry]) -> ModelEntry | None:
    """The model that does a job.

    Without a choice, searching stays with the starter as long as it is there: another embedding model
    costs hours of new vectors, which nobody gets without asking. Chat takes the most able.

    Args:
        role: the job.
        choice: what its user chose; passed over when it is not installed any more.
        installed: in the registry's order.
    """
    fitting = [entry for entry in installed if entry.type in ROLE_TYPES[role]]
    for entry in fitting:
        if entry.id == choice:
            return entry
    if role == "chat":
        return max(fitting, key=lambda entry: entry.memory, default=None)
    if role == "categories":
        return find_model("search", None, installed) or next(iter(fitting), None)
    return next((entry for entry in fitting if entry.starter), next(iter(fitting), None))


def check_role(role: Role, entry: ModelEntry) -> None:
    """Make sure that a model can do a job.

    Raises:
        InvalidInput: it is of another type.
    """
    if entry.type not in ROLE_TYPES[role]:
        wanted = " or ".join(ROLE_TYPES[role])
        raise InvalidInput(
            f"{entry.id} is of type {entry.type}; {role} needs one of type {wanted}.",
            fix=f"Choose another: classify model list --type {ROLE_TYPES[role][0]}",
        )


def not_installed(model_id: str) -> NotFound:
    """The error for a model that is known and not here."""
    return NotFound(
        f"Model '{model_id}' is not installed. Download it first.",
        fix=f"classify model download {model_id}",
    )
