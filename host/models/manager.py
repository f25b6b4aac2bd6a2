"""Everything that is asked about models goes through here: what there is, what it does, get it, use it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from host.core.errors import Forbidden, InvalidInput
from host.models import recommendation
from host.models.adapters import describe_adapter
from host.models.machine import Machine, read_machine
from host.models.model_view import ModelView, name_state
from host.models.roles import ROLES, Choices, Role, check_role, find_model, not_installed

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence
    from pathlib import Path

    from host.models.downloads import Downloads
    from host.models.metadata import Installed
    from host.models.optimisation import Optimiser
    from host.models.quantisation import Choice
    from host.models.recommendation import Recommendation
    from host.models.registry import ModelEntry, ModelType
    from host.models.runtime import ModelRuntime
    from host.models.store import ModelStore
    from host.models.transfers import Transfer


class ModelManager:
    """The models of this installation."""

    def __init__(
        self,
        store: ModelStore,
        downloads: Downloads,
        runtime: ModelRuntime,
        optimiser: Optimiser,
        on_change: Callable[[], bool] = lambda: False,
        serving: Callable[[], Collection[str]] = frozenset,
    ) -> None:
        """Wire the parts.

        Args:
            store: what is there.
            downloads: fetches.
            runtime: loads.
            optimiser: finds the fastest form of instruction models.
            serving: the models that queries are embedded with now, which may not be the wanted one yet.
            on_change: another model may do a job now; returns whether vectors are being made anew.
        """
        self._store = store
        self._downloads = downloads
        self._runtime = runtime
        self._optimiser = optimiser
        self._on_change = on_change
        self._serving = serving
        self._choices = Choices(store.folder)
        self._lock = threading.Lock()
        self._damaged: dict[str, str] = {}

    @property
    def machine(self) -> Machine:
        """This machine as it is now."""
        return read_machine(self._store.folder)

    def list_views(self) -> list[ModelView]:
        """Every model known, in the registry's order; those added by the user last."""
        transfers, machine = self._downloads.under_way(), self.machine
        jobs = self.find_jobs()
        return [
            self._view(entry, transfers.get(entry.id), machine, jobs)
            for entry in self._store.entries().values()
        ]

    def view(self, model_id: str) -> ModelView:
        """One model.

        Raises:
            NotFound: nothing is known of it.
        """
        entry = self._store.find_entry(model_id)
        transfer = self._downloads.under_way().get(model_id)
        return self._view(entry, transfer, self.machine, self.find_jobs())

    def find_jobs(self) -> dict[Role, tuple[str | None, bool]]:
        """The model of each job, and whether its user chose it."""
        choices = self._choices.read()
        installed = [installed.entry for installed in self._store.list_installed()]
        found: dict[Role, tuple[str | None, bool]] = {}
        for role in ROLES:
            entry = find_model(role, choices.get(role), installed)
            found[role] = (
                entry.id if entry else None,
                entry is not None and entry.id == choices.get(role),
            )
        return found

    def find_entry_for(self, role: Role) -> ModelEntry | None:
        """The model that does a job now, or None."""
        installed = [installed.entry for installed in self._store.list_installed()]
        return find_model(role, self._choices.read().get(role), installed)

    def read_metadata(self, model_id: str) -> dict[str, object]:
        """What was written down of an installed model."""
        return self._store.read_metadata(model_id)

    def download(
        self,
        model_id: str,
        *,
        allow_remote_code: str | None = None,
        on_progress: Callable[[Transfer], None] = lambda _transfer: None,
        cancelled: threading.Event | None = None,
    ) -> ModelView:
        """Fetch a model, or mend a damaged one; joins a download of it that is under way.

        Raises:
            NotFound, Forbidden, DiskFull, ModelUnavailable, Cancelled.
        """
        before, here = self.find_jobs(), self._store.find(model_id)
        installed = self._downloads.download(
            model_id, allow_remote_code=allow_remote_code, on_progress=on_progress, cancelled=cancelled
        )
        self._damaged.pop(model_id, None)
        if here is None or here.revision != installed.revision:
            # What is in memory may be of files that are gone.
            self._runtime.forget(model_id)
        if self.find_jobs() != before or here is None:
            self._on_change()
        if installed.entry.type == "instruction" and installed.entry.base is None:
            self._optimiser.queue(model_id)
        return self.view(model_id)

    def cancel_download(self, model_id: str) -> bool:
        """Stop a download for everyone who waits for it; what came is kept for the next try."""
        return self._downloads.cancel(model_id)

    def remove(self, model_id: str, *, force: bool = False) -> int:
        """Delete an installed model.

        Returns:
            bytes freed.

        Raises:
            NotFound: it is not installed.
            Forbidden: it is in use, and `force` was not given.
        """
        entry = self._store.find_entry(model_id)
        if self._store.presence(model_id) == "absent":
            raise not_installed(model_id)
        reason = self._explain_use(model_id)
        if reason and not force:
            raise Forbidden(
                f"{model_id} is in use: {reason}.",
                fix=f"Choose another model first, or: classify model remove {model_id} --force",
            )
        # Open files cannot be deleted everywhere.
        self._runtime.forget(model_id)
        self._optimiser.forget(model_id)
        freed = self._store.remove(model_id)
        for role, chosen in self._choices.read().items():
            if chosen == model_id:
                self._choices.choose(role, None)
        self._damaged.pop(model_id, None)
        if entry.added:
            self._store.forget_entry(model_id)
        self._on_change()
        return freed

    def verify(self, model_id: str) -> list[str]:
        """The files of an installed model that differ from their checksums.

        Raises:
            NotFound: it is not installed.
        """
        if self._store.presence(model_id) == "absent":
            raise not_installed(model_id)
        damaged = self._store.verify(model_id)
        if damaged:
            self._damaged[model_id] = f"damaged: {', '.join(damaged)}"
        else:
            self._damaged.pop(model_id, None)
        return damaged

    def add(
        self,
        source: str,
        *,
        model_id: str | None = None,
        model_type: ModelType | None = None,
        allow_remote_code: str | None = None,
        on_progress: Callable[[Transfer], None] = lambda _transfer: None,
        cancelled: threading.Event | None = None,
    ) -> ModelView:
        """Take in a model of the user's own and fetch it.

        Raises:
            InvalidInput: it cannot be told what the source is, or its name is taken.
            ModelUnavailable, Forbidden, DiskFull, Cancelled: as in `download`.
        """
        entry = self._downloads.describe(source, id=model_id, type=model_type, cancelled=cancelled)
        with self._lock:
            known = self._store.entries().get(entry.id)
            other = known is not None and known.sources != entry.sources
            # What was only begun under this name is given up for the new one.
            begun = known is not None and self._store.presence(entry.id) in ("absent", "partial")
            if known is not None and (not known.added or (other and not begun)):
                raise InvalidInput(
                    f"There is already a model named {entry.id}.", fix="Give it another name with --id NAME."
                )
            self._store.add_entry(replace(entry, added=True))
        try:
            return self.download(
                entry.id, allow_remote_code=allow_remote_code, on_progress=on_progress, cancelled=cancelled
            )
        except Forbidden:
            # Its code is to be allowed by name, with a download of what is in the list.
            raise
        except BaseException:
            # What was fetched in part stays in the list, to be gone on with or removed.
            if known is None and self._store.presence(entry.id) == "absent":
                self._store.forget_entry(entry.id)
            raise

    def add_adapter(
        self,
        file: Path,
        base: str,
        model_id: str,
        *,
        note: str = "",
        cancelled: threading.Event | None = None,
    ) -> ModelView:
        """Take in a LoRA adapter, as a model of its own that can do a job.

        Args:
            file: GGUF; copied.
            base: the installed model that it was trained for.
            model_id: a name that no model has.
            note: one sentence for people who choose.
            cancelled: calls it off.

        Raises:
            NotFound: the model is not installed.
            InvalidInput: the file is no adapter for it, or the name is taken.
            ModelUnavailable, DiskFull, Cancelled: as in `download`.
        """
        entry = describe_adapter(file, self._require_installed(base), model_id, note=note)
        with self._lock:
            if model_id in self._store.entries():
                raise InvalidInput(f"There is already a model named {model_id}.")
            self._store.add_entry(entry)
        try:
            return self.download(model_id, cancelled=cancelled)
        except BaseException:
            if self._store.presence(model_id) == "absent":
                self._store.forget_entry(model_id)
            raise

    def recommend(self, languages: Sequence[str] | None = None) -> tuple[list[str], list[Recommendation]]:
        """The set that fits this machine; languages by default those of this computer."""
        wanted = list(languages) if languages else recommendation.read_languages()
        installed = frozenset(installed.entry.id for installed in self._store.list_installed())
        return wanted, recommendation.recommend(
            self._store.entries().values(), self.machine, wanted, installed
        )

    def load(
        self,
        model_id: str,
        on_share: Callable[[float], None] = lambda _share: None,
        cancelled: threading.Event | None = None,
    ) -> ModelView:
        """Load a model now; see `ModelRuntime.load`."""
        self._require_installed(model_id)
        self._runtime.load(model_id, on_share, cancelled)
        return self.view(model_id)

    def unload(self, model_id: str) -> bool:
        """Free a model's memory; returns whether it was loaded."""
        self._store.find_entry(model_id)
        return self._runtime.unload(model_id)

    def use(self, role: Role, model_id: str | None) -> bool:
        """Choose the model for a job; None lets the product choose.

        Returns:
            whether vectors are being made anew because of it.

        Raises:
            NotFound: it is not installed.
            InvalidInput: it is of another type.
        """
        if model_id is not None:
            check_role(role, self._store.find_entry(model_id))
            self._require_installed(model_id)
        self._choices.choose(role, model_id)
        return self._on_change()

    def optimise(
        self,
        model_id: str,
        *,
        restore: bool = False,
        on_progress: Callable[[dict[str, object]], None] = lambda _value: None,
        cancelled: threading.Event | None = None,
    ) -> Choice | None:
        """Find the form of an instruction model that answers fastest here, or go back to the file as it came.

        Returns:
            what was tried; None after going back.

        Raises:
            NotFound: it is not installed.
            InvalidInput: it is not an instruction model.
        """
        installed = self._require_installed(model_id)
        if installed.entry.type != "instruction":
            raise InvalidInput(
                f"{model_id} is of type {installed.entry.type}; only GGUF models have other forms."
            )
        if installed.entry.base is not None:
            raise InvalidInput(
                f"{model_id} is an adapter of {installed.entry.base} and has no form of its own.",
                fix=f"classify model optimise {installed.entry.base}",
            )
        if installed.entry.roles:
            raise InvalidInput(f"{model_id} is kept in the form in which it was trained and compared.")
        if restore:
            self._optimiser.restore(model_id)
            return None
        return self._optimiser.run(model_id, on_progress, cancelled)

    def _require_installed(self, model_id: str) -> Installed:
        self._store.find_entry(model_id)
        installed = self._store.find(model_id)
        if installed is None:
            raise not_installed(model_id)
        return installed

    def _explain_use(self, model_id: str) -> str | None:
        jobs = self.find_jobs()
        roles = [role for role, (used, _) in jobs.items() if used == model_id]
        if roles:
            return f"it does {' and '.join(roles)}"
        known = self._store.entries()
        for role, (used, _) in jobs.items():
            if used is not None and known[used].base == model_id:
                return f"{used}, which does {role}, is an adapter of it"
        if model_id in self._serving():
            return "searches are made with it until the vectors of the new model are there"
        if self._runtime.is_loaded(model_id):
            return "it is loaded"
        return None

    def _view(
        self,
        entry: ModelEntry,
        transfer: Transfer | None,
        machine: Machine,
        jobs: dict[Role, tuple[str | None, bool]],
    ) -> ModelView:
        installed = self._store.find(entry.id)
        activity = self._runtime.find_activity(entry.id) if installed else None
        damage = self._damaged.get(entry.id)
        if installed is None and transfer is None and self._store.presence(entry.id) == "damaged":
            damage = damage or "files are missing or have another size"
        return ModelView(
            entry=entry,
            state=name_state(installed is not None, transfer is not None, damage, activity),
            installed=installed,
            roles=tuple(role for role, (used, _) in jobs.items() if used == entry.id),
            misfit=None if installed else recommendation.explain_misfit(entry, machine),
            transfer=transfer,
            activity=activity,
            damage=damage,
        )
