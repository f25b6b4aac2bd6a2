"""Which model does which job: what its user chose, else the best that is installed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from host.core.errors import InvalidInput, NotFound
from host.models.disk_errors import tell_disk_errors
from host.models.json_files import ObjectCache, write_object
from host.models.names import is_model_name
from host.models.registry import ROLES, Role

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from host.models.registry import ModelEntry, ModelType

__all__ = ["ROLES", "ROLE_TYPES", "Choices", "Role", "can_do", "check_role", "find_model", "not_installed"]

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
        self._lock = threading.Lock()
        self._cache = ObjectCache()

    def read(self) -> dict[Role, str]:
        """The model chosen for each role; roles without a choice are not in it."""
        stored = self._cache.read(str(self._file)) or {}
        return {role: stored[role] for role in ROLES if is_model_name(stored.get(role))}

    def choose(self, role: Role, model_id: str | None) -> None:
        """Remember a choice; None takes it back.

        Raises:
            DiskFull: there is no room; the choices are as they were.
            ModelUnavailable: the folder cannot be written to.
        """
        with self._lock, tell_disk_errors(self._file.parent):
            choices = {str(one): chosen for one, chosen in self.read().items()}
            if model_id is None:
                choices.pop(role, None)
            else:
                choices[role] = model_id
            if choices or self._file.exists():
                self._file.parent.mkdir(parents=True, exist_ok=True)
                write_object(self._file, choices)


def find_model(role: Role, choice: str | None, installed: Sequence[ModelEntry]) -> ModelEntry | None:
    """The model that does a job.

    Without a choice, searching stays with the starter as long as it is there: another embedding model
    costs hours of new vectors, which nobody gets without asking. Chat takes the most able.

    Args:
        role: the job.
        choice: what its user chose; passed over when it is not installed any more, or its base is not.
        installed: in the registry's order.
    """
    # An adapter without its base cannot answer.
    here = {entry.id for entry in installed}
    fitting = [
        entry for entry in installed if can_do(role, entry) and (entry.base is None or entry.base in here)
    ]
    for entry in fitting:
        if entry.id == choice:
            return entry
    if role == "chat":
        # An adapter was trained for something else than to answer.
        fitting = [entry for entry in fitting if entry.base is None]
        return max(fitting, key=lambda entry: entry.memory, default=None)
    if role == "categories":
        # What was trained for this is taken when it is chosen: only who compared it knows that it is better.
        others = (entry for entry in fitting if not entry.roles)
        return find_model("search", None, installed) or next(others, None)
    return next((entry for entry in fitting if entry.starter), next(iter(fitting), None))


def can_do(role: Role, entry: ModelEntry) -> bool:
    """Whether a model can do a job: it is of the type, and was not trained for other jobs only."""
    return entry.type in ROLE_TYPES[role] and (not entry.roles or role in entry.roles)


def check_role(role: Role, entry: ModelEntry) -> None:
    """Make sure that a model can do a job.

    Raises:
        InvalidInput: it is of another type, or was trained for something else.
    """
    if entry.type not in ROLE_TYPES[role]:
        wanted = " or ".join(ROLE_TYPES[role])
        raise InvalidInput(
            f"{entry.id} is of type {entry.type}; {role} needs one of type {wanted}.",
            fix=f"Choose another: classify model list --type {ROLE_TYPES[role][0]}",
        )
    if not can_do(role, entry):
        raise InvalidInput(
            f"{entry.id} was trained for {' and '.join(entry.roles)} only; it cannot do {role}.",
            fix=f"Choose another: classify model list --type {entry.type}",
        )


def not_installed(model_id: str) -> NotFound:
    """The error for a model that is known and not here."""
    return NotFound(
        f"Model '{model_id}' is not installed. Download it first.",
        fix=f"classify model download {model_id}",
    )
