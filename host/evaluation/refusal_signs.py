"""What the product sees of each question of a set: the signs that whether to answer is judged by."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from host.chat.answerability import read_signs
from host.chat.evidence import gather_evidence
from host.chat.retrieval import find_passages
from host.core.errors import NotReady
from host.core.paths import find_paths
from host.evaluation.bench.home import stop_daemon
from host.evaluation.history import PROFILE, open_history
from host.history.profiles import Profiles
from host.models.embedding import Embedder
from host.models.encoders import EncoderProcess
from host.models.installed import find_embedding_model
from host.search.service import Search
from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.refusal_sets import RefusalKind, RefusalQuestion, RefusalSet
    from host.history.profiles import Profile
    from host.search.exchange import SearchAnswer, SearchRequest

_LOADING_S = 120.0


@dataclass(frozen=True)
class Example:
    """A question, and what was seen of it and the passages that were found.

    Attributes:
        set_name: of the history.
        kind: of question.
        group: the same for all that is made of one question.
        answerable: whether a page that is there answers it.
        signs: see `host.chat.answerability.read_signs`; empty where nothing was found.
        rating: how likely the product now holds it to be answered, 0 to 1.
    """

    set_name: str
    kind: RefusalKind
    group: str
    answerable: bool
    signs: dict[str, float]
    rating: float


class SearchWithout(Search):
    """The product's search over a history that lacks some pages.

    Attributes:
        hidden: ids of these pages.
    """

    hidden: Collection[int] = frozenset()

    def query(
        self, profile: Profile, request: SearchRequest, check_cancelled: Callable[[], None] = lambda: None
    ) -> SearchAnswer:
        """Find pages that are not hidden; see `Search.query`."""
        wider = replace(request, limit=request.limit + len(self.hidden))
        answer = super().query(profile, wider, check_cancelled)
        kept = [item for item in answer.results if item.page.id not in self.hidden]
        return replace(answer, results=kept[: request.limit])


def collect_examples(wanted: RefusalSet, on_progress: OnProgress = lambda *_: None) -> list[Example]:
    """Capture and index the pages of a set in a temporary home, and look at every question.

    Args:
        wanted: the set.
        on_progress: gets what is being done, how much is done and of how much.

    Raises:
        NotReady: no embedding model is installed, or indexing did not end.
        AppError: the model failed meanwhile.
    """
    with open_history(wanted.pages, on_progress) as history:
        paths = find_paths()
        # From here on the history is read by this process, question after question.
        stop_daemon(paths)
        page_ids = {key: page_id for page_id, key in history.keys.items()}
        with _open_embedder() as embedder, contextlib.closing(Profiles(paths)) as profiles:
            profile = profiles.open(PROFILE)
            search = SearchWithout(lambda _model_id: embedder)
            examples = []
            for number, question in enumerate(wanted.questions):
                on_progress("asking", number, len(wanted.questions))
                search.hidden = frozenset(page_ids[key] for key in question.without)
                examples.append(_look(wanted.name, question, search, profile, embedder))
            return examples


@contextlib.contextmanager
def _open_embedder() -> Iterator[Embedder]:
    model = find_embedding_model(find_paths().models)
    if model is None:
        message = "No embedding model is installed."
        raise NotReady(message, fix="Run: python3 -m host.install")
    with contextlib.closing(EncoderProcess()) as process:
        embedder = Embedder(model, process)
        if not embedder.wait_ready(_LOADING_S):
            raise embedder.failure or NotReady("The embedding model was not loaded in time.")
        yield embedder


def _look(
    set_name: str, question: RefusalQuestion, search: Search, profile: Profile, embedder: Embedder
) -> Example:
    found = find_passages(search, profile, question.text, page_filter=PageFilter())
    if found.degraded:
        raise NotReady(found.degraded[0].reason, fix=found.degraded[0].fix)
    evidence = gather_evidence(question.text, found.passages, embedder, weights=found.weights)
    if evidence.degraded:
        raise evidence.degraded
    return Example(
        set_name=set_name,
        kind=question.kind,
        group=question.group,
        answerable=question.answerable,
        signs=read_signs(evidence),
        rating=evidence.answerability,
    )
