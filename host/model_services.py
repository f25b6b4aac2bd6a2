"""Models and what works with them, wired together for the daemon."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

from host.classify.embedding_classifier import EmbeddingClassifier
from host.classify.entailment_classifier import EntailmentClassifier
from host.classify.instruction_classifier import InstructionClassifier
from host.core.errors import InvalidInput, NotFound
from host.models.deployments import Deployments
from host.models.downloads import Downloads
from host.models.manager import ModelManager
from host.models.optimisation import Optimiser
from host.models.registry import starter_models
from host.models.roles import not_installed
from host.models.runtime import ModelRuntime
from host.models.store import ModelStore
from host.protocol.upkeep_messages import ActionItem, CheckItem
from host.storage.vector_spaces import VectorSpace

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable, Collection, Iterator

    from host.classify.classifier import Classifier
    from host.core.paths import Paths
    from host.models.embedding import Embedder
    from host.models.entailment import Entailment
    from host.models.metadata import Installed
    from host.models.registry import ModelEntry
    from host.models.reranking import Reranker


class ModelServices:
    """Store, downloads, processes and the manager in front of them."""

    def __init__(
        self,
        paths: Paths,
        *,
        on_change: Callable[[], bool],
        serving: Callable[[], Collection[str]],
        may_measure: Callable[[], bool],
    ) -> None:
        """Wire the parts; no process is started.

        Args:
            paths: the installation.
            on_change: another model may do a job now; returns whether vectors are being made anew.
            serving: the models that queries are embedded with now.
            may_measure: whether nobody needs the processor, so that forms of models may be measured.
        """
        self.store = ModelStore(paths.models)
        self.downloads = Downloads(self.store, log_file=paths.log / "download.log")
        self.optimiser = Optimiser(
            self.store,
            wanted=lambda: self.manager.machine.accelerator is None,
            calm=may_measure,
            on_changed=lambda model_id: self.runtime.renew(model_id),  # noqa: PLW0108 - it is made below
            log_file=paths.log / "optimisation.log",
        )
        self.runtime = ModelRuntime(self.store, paths.log, on_language_load=self.optimiser.queue)
        self.manager = ModelManager(
            self.store,
            self.downloads,
            self.runtime,
            self.optimiser,
            on_change,
            lambda: name_models(serving()),
        )
        self.store.repair()
        self.deployments = Deployments(self.store, self.manager)

    def find_search_model(self) -> ModelEntry | None:
        """The embedding model that pages are to be searched with."""
        return self.manager.find_entry_for("search")

    def find_search_space(self) -> VectorSpace | None:
        """What vectors of pages are to be made with."""
        entry = self.find_search_model()
        installed = self.store.find(entry.id) if entry else None
        if installed is None or not installed.entry.dimensions:
            return None
        return VectorSpace(name_space(installed), installed.entry.dimensions)

    def find_embedder(self, space_name: str) -> Embedder | None:
        """The installed model that made the vectors of a space, None when it is not here any more."""
        model_id = space_name.partition("@")[0]
        try:
            installed = self.store.find(model_id)
        except NotFound:
            return None
        if installed is None or name_space(installed) != space_name:
            return None
        return self.runtime.find_embedder(model_id)

    def find_reranker(self) -> Reranker | None:
        """The cross-encoder that reorders results."""
        entry = self.manager.find_entry_for("rerank")
        return self.runtime.find_reranker(entry.id) if entry else None

    def find_entailment(self) -> Entailment | None:
        """An installed model that tells whether a text says something."""
        entry = next(
            (one.entry for one in self.store.list_installed() if one.entry.type == "nli"),
            None,
        )
        return self.runtime.find_entailment(entry.id) if entry else None

    @contextmanager
    def lend_classifier(
        self, model_id: str, cancelled: threading.Event | None = None
    ) -> Iterator[Classifier]:
        """A classifier made of an installed model.

        Raises:
            NotFound: the model is unknown or not installed.
            InvalidInput: models of its type do not classify.
            ModelUnavailable: too many models are at work.
        """
        entry = self.store.find_entry(model_id)
        if entry.type == "instruction":
            with self.runtime.lend_language(model_id, cancelled) as language:
                yield InstructionClassifier(language)
            return
        classifier: Classifier | None = None
        if entry.type == "embedding":
            embedder = self.runtime.find_embedder(model_id)
            classifier = EmbeddingClassifier(embedder) if embedder else None
        elif entry.type == "nli":
            entailment = self.runtime.find_entailment(model_id)
            classifier = EntailmentClassifier(entailment) if entailment else None
        else:
            raise InvalidInput(
                f"{model_id} reorders search results and cannot classify.",
                fix="Choose another: classify model list",
            )
        if classifier is None:
            raise not_installed(model_id)
        yield classifier

    def check(self) -> list[CheckItem]:
        """The doctor's checks of the models."""
        views = self.manager.list_views()
        damaged = [view.entry.id for view in views if view.state == "damaged"]
        failed = [view for view in views if view.state == "failed"]
        here = [view.entry.id for view in views if view.installed]
        # Those that the installer fetches are the ones that search needs.
        wanted = damaged or ([] if here else list(starter_models()))
        found = [
            CheckItem(
                name="Models",
                ok=not wanted,
                detail=f"damaged: {', '.join(damaged)}"
                if damaged
                else f"installed: {', '.join(here) or 'none'}",
                fix=f"Run: classify model download {' '.join(wanted)}" if wanted else None,
                action=ActionItem(
                    label=f"Fetch {wanted[0]}", method="models.download", params={"id": wanted[0]}
                )
                if wanted
                else None,
            )
        ]
        for view in failed:
            activity = view.activity
            found.append(
                CheckItem(
                    name=f"Model {view.entry.id}",
                    ok=False,
                    detail=(activity.reason if activity else None) or "failed",
                    fix=activity.fix if activity else None,
                    action=ActionItem(label="Try again", method="models.load", params={"id": view.entry.id}),
                )
            )
        return found

    def close(self) -> None:
        """End every process and thread."""
        self.downloads.close()
        self.optimiser.close()
        self.runtime.close()

    def pin(self, serving: Collection[str]) -> None:
        """Keep the models that queries are embedded with from giving way to others, and the wanted one."""
        entry = self.find_search_model()
        self.runtime.encoders.pin(name_models(serving) | ({entry.id} if entry else set()))


def name_models(spaces: Collection[str]) -> set[str]:
    """The models of spaces, by the names of these; see `name_space`."""
    return {name.partition("@")[0] for name in spaces}


def name_space(installed: Installed) -> str:
    """The name under which the vectors of a model are kept.

    A model of the user's own gets its weights into the name: another one may be added under the same name
    later, and its vectors would have nothing to do with these.
    """
    if not installed.entry.added:
        return installed.entry.id
    checksums = "".join(sorted(file.sha256 or "" for file in installed.files))
    return f"{installed.entry.id}@{hashlib.sha256(checksums.encode('ascii')).hexdigest()[:12]}"
