"""Models that were trained here: put in, put to use for the categories of tabs, and taken back."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.core.clock import now_ms
from host.core.errors import AppError, Cancelled, InvalidInput, NotFound
from host.core.log import get_logger
from host.models.deployment_record import Deployment, DeploymentHistory, Kind
from host.models.placing import place_model, sweep_placing
from host.models.trained import describe_trained

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from host.models.manager import ModelManager
    from host.models.registry import ModelEntry
    from host.models.roles import Role
    from host.models.store import ModelStore

ROLE: Role = "categories"
# Models of deployments that keep their files; the history keeps every deployment.
KEPT_MODELS = 3
_log = get_logger("deployments")


@dataclass(frozen=True)
class DeploymentView:
    """A deployment and how it stands now.

    Attributes:
        deployment: as it was written down.
        in_use: whether its model does the job now.
        size: bytes of its model's files; None when they are not here any more.
        text: one sentence for a person.
    """

    deployment: Deployment
    in_use: bool
    size: int | None
    text: str


@dataclass(frozen=True)
class Rollback:
    """What came of taking a deployment back.

    Attributes:
        view: the deployment that was taken back.
        model: the model that does the job now; None when none does.
        text: one sentence for a person.
    """

    view: DeploymentView
    model: str | None
    text: str


class Deployments:
    """What was deployed on this installation. Safe to use from several threads."""

    def __init__(self, store: ModelStore, manager: ModelManager) -> None:
        """Wire it, and delete what an interrupted deployment has left.

        Args:
            store: where models are kept.
            manager: chooses and removes them.
        """
        self._store = store
        self._manager = manager
        self._history = DeploymentHistory(store.folder)
        self._lock = threading.Lock()
        sweep_placing(store)

    def deploy(
        self,
        file: Path,
        base: str | None,
        kind: Kind,
        *,
        model_id: str | None = None,
        record: Mapping[str, object] | None = None,
        figures: Mapping[str, Any] | None = None,
        use: bool = True,
        forced: bool = False,
        cancelled: threading.Event | None = None,
    ) -> DeploymentView:
        """Take in a model that was trained here, and have it put tabs into categories.

        The same file under the same name is taken in once; it can be put to use later.

        Args:
            file: GGUF; copied.
            base: the installed instruction model that it was trained from; None where that is not here, which
                a whole model can do without.
            kind: what the file is.
            model_id: its name; the base's with a number behind it by default.
            record: what is kept beside its files: how it is asked, how its answers are taken.
            figures: what was measured of it, for the history.
            use: choose it; else it is only put in, to be measured.
            forced: it was not shown to be better; for the history.
            cancelled: calls it off; nothing is left of it.

        Raises:
            NotFound: the base is not installed.
            InvalidInput: the file is not what it is said to be, or the name is taken.
            DiskFull, ModelUnavailable: it cannot be put in; nothing was changed.
            Cancelled.
        """
        with self._lock:
            history = self._history.read()
            entry = describe_trained(
                self._store, file, base, kind, model_id or self._find_name(base, history), ROLE
            )
            if model_id is None and (known := self._find_same(entry)) is not None:
                entry = replace(entry, id=known)
            if not self._is_here(entry):
                # The form of it that was compared is the one to use: it is not to be measured for others.
                kept = {"quantisation": {"kept": "as deployed", "file": None}, **(record or {})}
                place_model(self._store, entry, file, kept, lambda: _check(cancelled))
            made = self._write_down(entry.id, base, kind, figures or {}, history, use=use, forced=forced)
            if use:
                self._manager.use(ROLE, entry.id)
                # What is only measured is compared with others that came before it.
                self._prune()
            return self._show(made)

    def list_views(self) -> list[DeploymentView]:
        """Every deployment, the latest first."""
        history = self._history.read()
        used = self._find_used(history)
        return [self._view(one, used) for one in reversed(history)]

    def roll_back(self) -> Rollback:
        """Have the job done by what did it before the deployment that is in use.

        Raises:
            NotFound: no deployed model is in use.
            DiskFull, ModelUnavailable: the choice cannot be written; nothing was changed.
        """
        with self._lock:
            used = self._find_used(self._history.read())
            if used is None:
                message = "No deployed model is in use, so there is nothing to take back."
                raise NotFound(message, fix="See what there is: ai-history finetune deploy --history")
            before = used.before
            here = before is not None and self._is_installed(before)
            self._manager.use(ROLE, before if here else None)
            taken_back = replace(used, rolled_back_at=now_ms())
            self._history.change(taken_back)
            now = self._manager.find_entry_for(ROLE)
            name = now.id if now else "the list of words"
            text = f"{used.model} is not used any more; tabs are put into categories by {name} again."
            if before is not None and not here:
                text = (
                    f"{used.model} is not used any more. {before}, which did its job before, is not"
                    f" installed, so {name} does it."
                )
            return Rollback(self._show(taken_back), now.id if now else None, text)

    def _find_name(self, base: str | None, history: list[Deployment]) -> str:
        taken = {*self._store.entries(), *(one.model for one in history)}
        stem = f"{base[:80]}-tabs" if base else "own-tabs"
        number = 1
        while f"{stem}-{number}" in taken:
            number += 1
        return f"{stem}-{number}"

    def _find_same(self, entry: ModelEntry) -> str | None:
        """The model that this very file was taken in as before."""
        for one in self._store.list_installed():
            same = one.entry.roles == entry.roles and one.entry.base == entry.base
            if same and one.files[0].sha256 == entry.files[0].sha256:
                return one.entry.id
        return None

    def _is_here(self, entry: ModelEntry) -> bool:
        known = self._store.entries().get(entry.id)
        if known is None:
            return False
        installed = self._store.find(entry.id)
        same = known.roles == entry.roles and known.base == entry.base
        if not same or installed is None or installed.files[0].sha256 != entry.files[0].sha256:
            raise InvalidInput(f"There is already a model named {entry.id}.", fix="Give it another name.")
        return True

    def _write_down(
        self,
        model_id: str,
        base: str | None,
        kind: Kind,
        figures: Mapping[str, Any],
        history: list[Deployment],
        *,
        use: bool,
        forced: bool,
    ) -> Deployment:
        """Put it into the history before it is chosen: what was chosen is not known afterwards."""
        chosen = self._find_choice()
        used = self._find_used(history)
        if use and used is not None and used.model == model_id:
            return used
        known = [one for one in history if one.model == model_id]
        if known and not use:
            return known[-1]
        now = now_ms()
        made = Deployment(
            id="",
            model=model_id,
            kind=kind,
            base=base,
            registered_at=now,
            used_at=now if use else None,
            before=chosen if use else None,
            forced=forced and use,
            figures=dict(figures),
        )
        waiting = next((one for one in known if one.used_at is None), None)
        if waiting is None:
            return self._history.add(made)
        made = replace(
            made,
            id=waiting.id,
            registered_at=waiting.registered_at,
            figures={**waiting.figures, **figures},
        )
        self._history.change(made)
        return made

    def _find_choice(self) -> str | None:
        model, chosen = self._manager.find_jobs()[ROLE]
        return model if chosen else None

    def _find_used(self, history: list[Deployment]) -> Deployment | None:
        """The deployment whose model does the job now."""
        chosen = self._find_choice()
        candidates = [one for one in history if one.used_at is not None and one.rolled_back_at is None]
        used = [one for one in candidates if one.model == chosen]
        return max(used, key=lambda one: one.used_at or 0, default=None)

    def _prune(self) -> None:
        """Remove the files of models that nobody goes back to."""
        history = self._history.read()
        used = self._find_used(history)
        chosen = self._find_choice()
        latest: dict[str, Deployment] = {}
        for one in history:
            latest[one.model] = one
        here = [one for one in latest.values() if self._is_installed(one.model)]
        here.sort(
            key=lambda one: (
                used is not None and one.model == used.model,
                one.used_at is not None and one.rolled_back_at is None,
                one.used_at or one.registered_at,
                int(one.id),
            ),
            reverse=True,
        )
        for one in here[KEPT_MODELS:]:
            if one.model == chosen:
                continue
            try:
                self._manager.remove(one.model, force=True)
            except AppError as error:
                _log.warning("the files of an old deployment were not removed: %s", error.kind)

    def _is_installed(self, model_id: str) -> bool:
        return model_id in self._store.entries() and self._store.find(model_id) is not None

    def _show(self, one: Deployment) -> DeploymentView:
        return self._view(one, self._find_used(self._history.read()))

    def _view(self, one: Deployment, used: Deployment | None) -> DeploymentView:
        in_use = used is not None and used.id == one.id
        installed = self._store.find(one.model) if one.model in self._store.entries() else None
        base_here = one.kind == "merged" or (one.base is not None and self._is_installed(one.base))
        size = installed.size if installed else None
        text = _tell(one, in_use=in_use, here=size is not None, base=base_here)
        return DeploymentView(one, in_use, size, text)


def _tell(one: Deployment, *, in_use: bool, here: bool, base: bool) -> str:
    if not here:
        state = "was removed from the disk"
    elif in_use:
        state = "puts tabs into categories now"
    elif one.rolled_back_at is not None:
        state = "was taken back"
    elif one.used_at is None:
        state = "was put in to be measured"
    else:
        state = "was in use"
    text = f"{one.model} {state}"
    if one.forced:
        text += "; it was put to use without being shown to be better"
    if here and not base:
        text += f"; it cannot answer, because {one.base} is not installed"
    return f"{text}."


def _check(cancelled: threading.Event | None) -> None:
    if cancelled is not None and cancelled.is_set():
        message = "The deployment was cancelled. Nothing was changed."
        raise Cancelled(message)
