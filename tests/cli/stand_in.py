"""A daemon whose models do as a test tells them, on a real socket and held to the shapes of the wire."""

from __future__ import annotations

import socket
import threading
from typing import TYPE_CHECKING, Any

from host.core.errors import Cancelled, NotFound
from host.protocol import messages as m
from host.protocol import model_messages as mm
from host.protocol.dispatch import Call, Dispatcher
from host.protocol.server import Server
from tests.makers import WAIT_S

if TYPE_CHECKING:
    from collections.abc import Callable

    from host.core.paths import Paths


def make_model(model_id: str, **values: Any) -> mm.ModelItem:
    """A model as the daemon describes one."""
    fields: dict[str, Any] = {
        "id": model_id,
        "name": model_id.title(),
        "type": "embedding",
        "format": "sentence-transformers",
        "licence": "Apache-2.0",
        "languages": ["en"],
        "note": "Small.",
        "context": 256,
        "size": 90_000_000,
        "memory": 400_000_000,
        "state": "installed",
        "installed": True,
        "starter": False,
        "added": False,
        "roles": [],
        "fits": True,
    }
    return mm.ModelItem(**{**fields, **values})


class StandIn:
    """A daemon with made-up models.

    Attributes:
        models: by id; what a test puts here is what there is.
        asked: every request but `classify.run`, as (method, parameters).
        batches: the texts of every `classify.run` that was begun.
        judge: what a text is found to be; may raise.
        cancelled: how many requests were taken back.
        waiting: set when a request waits for `released`.
    """

    def __init__(self, paths: Paths) -> None:
        self.models: dict[str, mm.ModelItem] = {}
        self.roles: dict[str, str | None] = dict.fromkeys(("search", "rerank", "chat", "categories"))
        self.asked: list[tuple[str, Any]] = []
        self.batches: list[list[str]] = []
        self.judge: Callable[[str], str] = lambda text: "code" if ".py" in text else "other"
        self.hold: Callable[[str], bool] = lambda _text: False
        self.waiting = threading.Event()
        self.cancelled = 0
        self._paths = paths
        self._server: Server | None = None

    def start(self) -> None:
        """Listen."""
        handlers = {
            name.replace("_", ".", 1): getattr(self, name)
            for name in dir(self)
            if name.startswith(("models_", "classify_"))
        }
        self._server = Server(self._paths, Dispatcher(handlers))

    def stop(self) -> None:
        """End every connection."""
        if self._server is not None:
            self._server.close()
            self._server = None

    def drop_connections(self) -> None:
        """Break every connection, as a daemon does that is killed; new ones are taken."""
        assert self._server is not None
        for connection in self._server.connections:
            connection._channel.shutdown(socket.SHUT_RDWR)

    def models_list(self, _params: m.Empty, _call: Call) -> mm.ModelsResult:
        """Every model."""
        return mm.ModelsResult(
            models=list(self.models.values()),
            machine=self._machine(),
            roles=[mm.RoleItem(role=role, model=model, chosen=False) for role, model in self.roles.items()],
        )

    def models_info(self, params: mm.ModelParams, _call: Call) -> mm.ModelInfoResult:
        """One model."""
        return mm.ModelInfoResult(
            model=self._find(params.id),
            files=[mm.FileItem(path="model.safetensors", size=90_000_000)],
            sources=["model hub: owner/name at 1234"],
            query_prefix="query: ",
            passage_prefix="",
        )

    def models_download(self, params: mm.DownloadParams, call: Call) -> mm.ModelResult:
        """Say how far it is, then be there."""
        self.asked.append(("models.download", params))
        model = self._find(params.id)
        call.progress(
            mm.TransferItem(done=model.size // 2, total=model.size, rate=1e6).model_dump(mode="json")
        )
        self._wait_if(params.id, call)
        self.models[params.id] = model.model_copy(update={"installed": True, "state": "installed"})
        return mm.ModelResult(model=self.models[params.id])

    def models_remove(self, params: mm.RemoveParams, _call: Call) -> mm.RemoveResult:
        """Forget."""
        self.asked.append(("models.remove", params))
        model = self._find(params.id)
        self.models[params.id] = model.model_copy(update={"installed": False, "state": "available"})
        return mm.RemoveResult(removed=True, freed=model.size)

    def models_verify(self, params: mm.ModelParams, _call: Call) -> mm.VerifyResult:
        """Say what the model's state says."""
        damaged = ["model.safetensors"] if self._find(params.id).state == "damaged" else []
        return mm.VerifyResult(ok=not damaged, damaged=damaged)

    def models_add(self, params: mm.AddParams, _call: Call) -> mm.ModelResult:
        """Have one more."""
        self.asked.append(("models.add", params))
        name = params.id or "added"
        self.models[name] = make_model(name, added=True)
        return mm.ModelResult(model=self.models[name])

    def models_recommend(self, params: mm.RecommendParams, _call: Call) -> mm.RecommendResult:
        """Recommend the last one for categories."""
        last = list(self.models.values())[-1:]
        return mm.RecommendResult(
            machine=self._machine(),
            languages=params.languages or ["en"],
            recommended=[
                mm.RecommendItem(role="categories", model=item, reason="It is last.") for item in last
            ],
        )

    def models_load(self, params: mm.ModelParams, call: Call) -> mm.ModelResult:
        """Load."""
        call.progress({"share": 0.5})
        loaded = self._find(params.id).model_copy(
            update={"state": "ready", "device": "cpu", "resident": 2**28}
        )
        self.models[params.id] = loaded
        return mm.ModelResult(model=loaded)

    def models_unload(self, params: mm.ModelParams, _call: Call) -> mm.UnloadResult:
        """Unload."""
        return mm.UnloadResult(unloaded=self._find(params.id).state == "ready")

    def models_use(self, params: mm.UseParams, _call: Call) -> mm.UseResult:
        """Choose."""
        self.asked.append(("models.use", params))
        self.roles[params.role] = params.id
        roles = [mm.RoleItem(role=params.role, model=params.id, chosen=params.id is not None)]
        return mm.UseResult(roles=roles, reindexing=params.role == "search")

    def models_optimise(self, params: mm.OptimiseParams, call: Call) -> mm.OptimiseResult:
        """Measure."""
        call.progress({"share": 0.5, "stage": "measuring", "form": "Q4_0"})
        tried: list[dict[str, str | float | None]] = [
            {"quantisation": "Q4_0", "prompt_tokens_per_s": 746.25, "divergence": None}
        ]
        return mm.OptimiseResult(kept="as downloaded" if params.restore else "Q4_0", tried=tried)

    def classify_run(self, params: mm.ClassifyParams, call: Call) -> mm.ClassifyResult:
        """Ask `judge` about each text."""
        self.batches.append([item.text for item in params.texts])
        self._find(params.model)
        names = [category.name for category in params.categories]
        found = []
        for item in params.texts:
            self._wait_if(item.text, call)
            category = self.judge(item.text)
            scores = {name: 0.9 if name == category else 0.1 / (len(names) - 1) for name in names}
            reasoning = "It says so." if params.reasoning else None
            found.append(
                mm.ClassifiedItem(
                    id=item.id,
                    category=category,
                    confidence=0.9,
                    scores=scores,
                    reasoning=reasoning,
                    tokens=7,
                )
            )
        return mm.ClassifyResult(results=found, model=params.model, took_ms=1.0)

    def _wait_if(self, what: str, call: Call) -> None:
        """Wait to be taken back, where a test wants that."""
        if not self.hold(what):
            return
        self.waiting.set()
        assert call.cancelled.wait(WAIT_S)
        self.cancelled += 1
        message = "The request was cancelled."
        raise Cancelled(message)

    def _find(self, model_id: str) -> mm.ModelItem:
        if model_id not in self.models:
            message = f"There is no model named {model_id}."
            raise NotFound(message)
        return self.models[model_id]

    def _machine(self) -> mm.MachineItem:
        return mm.MachineItem(memory=2**33, memory_free=2**32, disk_free=2**36, cores=4)
