"""`models.*`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.models.registry import HubSource, PackageSource
from host.models.roles import ROLES
from host.protocol import model_messages as mm

if TYPE_CHECKING:
    from host.models.machine import Machine
    from host.models.manager import ModelManager
    from host.models.model_view import ModelView
    from host.models.registry import ModelSource
    from host.models.transfers import Transfer
    from host.protocol import messages as m
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    handlers = _ModelHandlers(services.manager)
    return {
        "models.list": handlers.list_models,
        "models.info": handlers.info,
        "models.download": handlers.download,
        "models.cancel": handlers.cancel,
        "models.remove": handlers.remove,
        "models.verify": handlers.verify,
        "models.add": handlers.add,
        "models.recommend": handlers.recommend,
        "models.load": handlers.load,
        "models.unload": handlers.unload,
        "models.use": handlers.use,
        "models.optimise": handlers.optimise,
    }


class _ModelHandlers:
    """One method for each method of the wire."""

    def __init__(self, manager: ModelManager) -> None:
        self._manager = manager

    def list_models(self, _: m.Empty, __: Call) -> mm.ModelsResult:
        return mm.ModelsResult(
            models=[_show_model(view) for view in self._manager.list_views()],
            machine=_show_machine(self._manager.machine),
            roles=_show_roles(self._manager),
        )

    def info(self, params: mm.ModelParams, _: Call) -> mm.ModelInfoResult:
        return _show_info(self._manager, self._manager.view(params.id))

    def download(self, params: mm.DownloadParams, call: Call) -> mm.ModelResult:
        view = self._manager.download(
            params.id,
            allow_remote_code=params.allow_remote_code,
            on_progress=lambda transfer: call.progress(_show_transfer(transfer).model_dump(mode="json")),
            cancelled=call.cancelled,
        )
        return mm.ModelResult(model=_show_model(view))

    def cancel(self, params: mm.ModelParams, _: Call) -> mm.CancelResult:
        return mm.CancelResult(cancelled=self._manager.cancel_download(params.id))

    def remove(self, params: mm.RemoveParams, _: Call) -> mm.RemoveResult:
        return mm.RemoveResult(removed=True, freed=self._manager.remove(params.id, force=params.force))

    def verify(self, params: mm.ModelParams, _: Call) -> mm.VerifyResult:
        damaged = self._manager.verify(params.id)
        return mm.VerifyResult(ok=not damaged, damaged=damaged)

    def add(self, params: mm.AddParams, call: Call) -> mm.ModelResult:
        view = self._manager.add(
            params.source,
            model_id=params.id,
            model_type=params.type,
            allow_remote_code=params.allow_remote_code,
            on_progress=lambda transfer: call.progress(_show_transfer(transfer).model_dump(mode="json")),
            cancelled=call.cancelled,
        )
        return mm.ModelResult(model=_show_model(view))

    def recommend(self, params: mm.RecommendParams, _: Call) -> mm.RecommendResult:
        languages, found = self._manager.recommend(params.languages)
        return mm.RecommendResult(
            machine=_show_machine(self._manager.machine),
            languages=languages,
            recommended=[
                mm.RecommendItem(
                    role=item.role, model=_show_model(self._manager.view(item.entry.id)), reason=item.reason
                )
                for item in found
            ],
        )

    def load(self, params: mm.ModelParams, call: Call) -> mm.ModelResult:
        view = self._manager.load(params.id, lambda share: call.progress({"share": share}), call.cancelled)
        return mm.ModelResult(model=_show_model(view))

    def unload(self, params: mm.ModelParams, _: Call) -> mm.UnloadResult:
        return mm.UnloadResult(unloaded=self._manager.unload(params.id))

    def use(self, params: mm.UseParams, _: Call) -> mm.UseResult:
        reindexing = self._manager.use(params.role, params.id)
        return mm.UseResult(roles=_show_roles(self._manager), reindexing=reindexing)

    def optimise(self, params: mm.OptimiseParams, call: Call) -> mm.OptimiseResult:
        choice = self._manager.optimise(
            params.id, restore=params.restore, on_progress=call.progress, cancelled=call.cancelled
        )
        if choice is None:
            return mm.OptimiseResult(kept="as downloaded", tried=[])
        return mm.OptimiseResult(kept=choice.kept, tried=[measured.to_record() for measured in choice.tried])


def _show_model(view: ModelView) -> mm.ModelItem:
    entry, activity = view.entry, view.activity
    reason = view.damage or view.misfit or (activity.reason if activity else None)
    facts: dict[str, Any] = {}
    if activity is not None:
        facts = {
            "loading": activity.share,
            "device": activity.device,
            "layers_on_device": activity.layers_on_device,
            "layers": activity.layers,
            "resident": activity.resident,
            "idle_s": activity.idle_s,
            "fix": activity.fix,
        }
    return mm.ModelItem(
        id=entry.id,
        name=entry.name,
        type=entry.type,
        format=entry.format,
        licence=entry.licence,
        languages=list(entry.languages),
        note=entry.note,
        context=entry.context,
        dimensions=entry.dimensions,
        size=view.installed.size if view.installed else entry.size,
        memory=entry.memory,
        state=view.state,
        installed=view.installed is not None,
        starter=entry.starter,
        added=entry.added,
        roles=list(view.roles),
        fits=view.misfit is None,
        reason=reason,
        transfer=_show_transfer(view.transfer) if view.transfer else None,
        remote_code=entry.remote_code,
        gated=entry.gated,
        base=entry.base,
        only_for=list(entry.roles),
        **facts,
    )


def _show_info(manager: ModelManager, view: ModelView) -> mm.ModelInfoResult:
    entry, installed = view.entry, view.installed
    quantisation = manager.read_metadata(entry.id).get("quantisation") if installed else None
    return mm.ModelInfoResult(
        model=_show_model(view),
        files=[
            mm.FileItem(path=file.path, size=file.size, sha256=file.sha256)
            for file in (installed.files if installed else entry.files)
        ],
        sources=[_name_source(source) for source in entry.sources],
        folder=str(installed.folder) if installed else None,
        installed_at=installed.installed_at if installed else None,
        revision=installed.revision if installed else _name_revision(entry.sources),
        query_prefix=entry.query_prefix,
        passage_prefix=entry.passage_prefix,
        quantisation=quantisation if isinstance(quantisation, dict) else None,
    )


def _show_transfer(transfer: Transfer) -> mm.TransferItem:
    return mm.TransferItem(
        done=transfer.done,
        total=transfer.total,
        rate=transfer.rate,
        remaining_s=transfer.remaining_s,
        note=transfer.note,
    )


def _show_machine(machine: Machine) -> mm.MachineItem:
    return mm.MachineItem(
        memory=machine.memory,
        memory_free=machine.memory_free,
        disk_free=machine.disk_free,
        cores=machine.cores,
        accelerator=machine.accelerator,
    )


def _show_roles(manager: ModelManager) -> list[mm.RoleItem]:
    jobs = manager.find_jobs()
    return [mm.RoleItem(role=role, model=jobs[role][0], chosen=jobs[role][1]) for role in ROLES]


def _name_source(source: ModelSource) -> str:
    if isinstance(source, HubSource):
        return f"model hub: {source.repository} at {source.revision}"
    if isinstance(source, PackageSource):
        return f"Python package: {source.package} {source.version}, {source.folder}"
    return f"this computer: {source.path}"


def _name_revision(sources: tuple[ModelSource, ...]) -> str | None:
    return next((source.revision for source in sources if isinstance(source, HubSource)), None)
