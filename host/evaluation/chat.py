"""How good the answers to questions are: a history in a temporary home, asked over the wire."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

from host.core.errors import NotReady
from host.evaluation.chat_links import find_foreign_links
from host.evaluation.chat_metrics import best, holds, rouge_l, token_f1
from host.evaluation.chat_report import ChatReport, Outcome, Verdict, summarise
from host.evaluation.history import open_history

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.client import Client
    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.chat_sets import ChatQuestion, ChatSet
    from host.evaluation.history import IndexedHistory

BenchEngine = Literal["extractive", "written", "auto"]
BENCH_ENGINES: tuple[BenchEngine, ...] = get_args(BenchEngine)
_WAIT_MS = 30_000
_VERDICTS: dict[str, Verdict] = {"none": "refused", "results": "failed"}


@dataclass(frozen=True)
class MeasuredEngine:
    """Who is to answer.

    Attributes:
        engine: as `chat.ask` takes it.
        model: the instruction model that is chosen for chat meanwhile; None leaves the choice as it is.
    """

    engine: BenchEngine
    model: str | None = None


def choose_engines(engine: str, models: Sequence[str]) -> list[MeasuredEngine]:
    """Who is to answer, by the options of the command.

    Args:
        engine: one of `BENCH_ENGINES`, or `all` for extractive and written.
        models: instruction models for all that may write, each in turn; none for the one in use.
    """
    names = (
        ("extractive", "written") if engine == "all" else tuple(one for one in BENCH_ENGINES if one == engine)
    )
    return [
        MeasuredEngine(name, model)
        for name in names
        for model in ((None,) if name == "extractive" else (*models,) or (None,))
    ]


def measure_chat(
    wanted: ChatSet, engines: Sequence[MeasuredEngine], on_progress: OnProgress = lambda *_: None
) -> list[ChatReport]:
    """Capture and index the pages of a set, and ask every question, each in a conversation of its own.

    One question is asked before those that count, so that no figure holds the loading of a model.

    Args:
        wanted: the set.
        engines: who answers, one after the other.
        on_progress: gets what is being done, how much is done and of how much.

    Raises:
        NotReady: no embedding model is installed, or none that writes and one is wanted, or indexing did
            not end.
        NotFound, InvalidInput: a model cannot be chosen.
    """
    reports = []
    with open_history(wanted.pages, on_progress) as history:
        for one in engines:
            _choose(history.client, one)
            label = f"{one.engine} {one.model or ''}".strip()
            on_progress(f"{label}: loading", 0, 0)
            for question in wanted.questions[-1:]:
                _ask(history, question, one.engine)
            outcomes = []
            for number, question in enumerate(wanted.questions):
                on_progress(label, number, len(wanted.questions))
                outcomes.append(_ask(history, question, one.engine))
            reports.append(summarise(wanted.name, one.engine, len(wanted.pages), outcomes))
    return reports


def _choose(client: Client, one: MeasuredEngine) -> None:
    if one.model is not None:
        client.call("models.use", role="chat", id=one.model)
    elif one.engine == "written":
        models = client.call("models.list")["models"]
        if not any(model["installed"] and model["type"] == "instruction" for model in models):
            message = "No instruction model is installed, so none can write answers."
            raise NotReady(message, fix="Run: classify model recommend")


@dataclass
class _Stream:
    """What comes before an answer, and when."""

    began: float = field(default_factory=time.perf_counter)
    sources_ms: float | None = None
    times: list[float] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    def take(self, value: dict[str, Any]) -> None:
        """A piece of progress of `chat.ask`."""
        if "sources" in value:
            self.sources_ms = self.elapsed_ms()
        elif "delta" in value:
            self.times.append(self.elapsed_ms())
            self.pieces.append(value["delta"])
        elif value.get("reset"):
            self.times.clear()
            self.pieces.clear()

    def elapsed_ms(self) -> float:
        return (time.perf_counter() - self.began) * 1000


def _ask(history: IndexedHistory, question: ChatQuestion, engine: BenchEngine) -> Outcome:
    stream = _Stream()
    reply = history.client.call(
        "chat.ask", stream.take, question=question.text, engine=engine, wait_ms=_WAIT_MS
    )
    total_ms = stream.elapsed_ms()
    text = "".join(sentence["text"] for sentence in reply["sentences"])
    said = [sentence for sentence in reply["sentences"] if sentence["text"].strip()]
    pages = {source["n"]: history.keys.get(source["page_id"], "") for source in reply["sources"]}
    numbers = dict.fromkeys(n for sentence in said for n in sentence["citations"])
    return Outcome(
        gold=question.gold,
        verdict=_VERDICTS.get(reply["engine"], "answered"),
        cited=tuple(pages.get(n, "") for n in numbers),
        f1=best(partial(token_f1, text, language=question.language), question.references),
        rouge_l=best(partial(rouge_l, text), question.references),
        held=any(holds(text, reference, question.language) for reference in question.references),
        sentences=len(said),
        unsupported=sum(not sentence["supported"] for sentence in said),
        foreign_links=len(find_foreign_links(reply, history.keys)),
        torn="".join(stream.pieces) != reply["answer"],
        sources_ms=stream.sources_ms,
        first_word_ms=stream.times[0] if stream.times else None,
        total_ms=total_ms,
        words=len("".join(stream.pieces[1:]).split()),
        writing_ms=stream.times[-1] - stream.times[0] if stream.times else 0.0,
        model=reply.get("model"),
        problem=problem["kind"] if (problem := reply.get("problem")) else None,
    )
