"""The history of deployments as it lies on the disk. Standard library only."""

from __future__ import annotations

import threading
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, get_args

from host.core.errors import NotFound
from host.models.disk_errors import tell_disk_errors
from host.models.json_files import is_count, is_text, read_object, write_object
from host.models.names import is_model_name

if TYPE_CHECKING:
    from pathlib import Path

HISTORY_FILE = "deployments.json"
Kind = Literal["adapter", "merged"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Deployment:
    """One model that was made here and put in.

    Attributes:
        id: its place in the history, "1" for the first.
        model: the id of the model.
        kind: whether it is an adapter of the base, or the base with the change in its weights.
        base: the instruction model that it was trained from; None where that was not installed.
        registered_at: milliseconds since 1970.
        used_at: when it was put to use; None for one that was put in only to be measured.
        before: the model that was chosen for the job then; None when none was.
        forced: put to use although it had not been shown to be better.
        figures: what was measured of it, as whoever deployed it says.
        rolled_back_at: when its use was taken back; None when it was not.
    """

    id: str
    model: str
    kind: Kind
    base: str | None
    registered_at: int
    used_at: int | None = None
    before: str | None = None
    forced: bool = False
    figures: dict[str, Any] = field(default_factory=dict)
    rolled_back_at: int | None = None


class DeploymentHistory:
    """`deployments.json` beside the models. A file that cannot be read is set aside, never written over."""

    def __init__(self, folder: Path) -> None:
        """Look at a folder of models; nothing is read yet."""
        self._file = folder / HISTORY_FILE
        self._lock = threading.Lock()

    def read(self) -> list[Deployment]:
        """Every deployment, the first one first. What cannot be read of it is left out."""
        items = (read_object(self._file) or {}).get("deployments")
        found = [_read(item) for item in (items if isinstance(items, list) else [])]
        return [one for one in found if one is not None]

    def add(self, deployment: Deployment) -> Deployment:
        """Write one down behind the others; returns it with its id.

        Raises:
            DiskFull, ModelUnavailable: it cannot be written; the history is as it was.
        """
        with self._lock:
            known = self.read()
            number = max((int(one.id) for one in known), default=0) + 1
            made = replace(deployment, id=str(number))
            self._write([*known, made])
            return made

    def change(self, deployment: Deployment) -> None:
        """Replace one by what became of it.

        Raises:
            NotFound: there is no such deployment.
            DiskFull, ModelUnavailable: as in `add`.
        """
        with self._lock:
            known = self.read()
            if all(one.id != deployment.id for one in known):
                message = f"There is no deployment {deployment.id}."
                raise NotFound(message)
            self._write([deployment if one.id == deployment.id else one for one in known])

    def _write(self, deployments: list[Deployment]) -> None:
        with tell_disk_errors(self._file.parent):
            self._file.parent.mkdir(parents=True, exist_ok=True)
            if self._file.exists() and read_object(self._file) is None:
                self._file.replace(self._file.with_suffix(".damaged"))
            write_object(self._file, {"deployments": [asdict(one) for one in deployments]})


def _read(item: object) -> Deployment | None:
    if not isinstance(item, dict):
        return None
    try:
        read = Deployment(**item)
    except TypeError:
        return None
    times = (read.used_at, read.rolled_back_at)
    right = (
        is_text(read.id)
        and read.id.isdecimal()
        and is_model_name(read.model)
        and (read.base is None or is_model_name(read.base))
        and read.kind in KINDS
        and is_count(read.registered_at)
        and all(one is None or is_count(one) for one in times)
        and (read.before is None or is_model_name(read.before))
        and isinstance(read.forced, bool)
        and isinstance(read.figures, dict)
    )
    return read if right else None
