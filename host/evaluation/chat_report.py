"""What became of each question, and the figures over all of them. Pure."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from statistics import fmean
from typing import TYPE_CHECKING, Any, Literal

from host.evaluation.bench.figures import median, percentile

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Verdict = Literal["answered", "refused", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of a question.

    Attributes:
        gold: keys of the pages that answer it; empty when none does.
        verdict: `refused` said that the history has nothing on it; `failed` listed pages instead.
        cited: the page of each passage that the answer cites, in the order of its marks.
        f1: best token F1 over the references.
        rouge_l: best ROUGE-L over the references.
        held: the answer holds one of the references word for word.
        sentences: how many the answer has.
        unsupported: how many of them no passage supports.
        foreign_links: links that lead elsewhere than to the pages that were found.
        torn: the pieces that were streamed are not the answer.
        sources_ms: from asking to the sources; None when there were none.
        first_word_ms: from asking to the first piece of the answer.
        total_ms: from asking to the whole answer.
        words: in the pieces after the first one.
        writing_ms: from the first piece to the last.
        model: that answered, as the answer names it.
        problem: why it failed.
    """

    gold: frozenset[str]
    verdict: Verdict
    cited: tuple[str, ...]
    f1: float
    rouge_l: float
    held: bool
    sentences: int
    unsupported: int
    foreign_links: int
    torn: bool
    sources_ms: float | None
    first_word_ms: float | None
    total_ms: float
    words: int
    writing_ms: float
    model: str | None = None
    problem: str | None = None


@dataclass(frozen=True)
class Spread:
    """Times in milliseconds."""

    median: float
    p95: float


@dataclass(frozen=True)
class ChatReport:
    """An engine on a set. Shares are from 0 to 1, None where there is nothing to take a share of.

    Attributes:
        set_name: which set.
        engine: that was asked for.
        model: that answered, as the answers name it.
        pages: in the history.
        answerable: questions that a page answers.
        unanswerable: the others.
        answered: answerable ones that were answered.
        failed: questions that were answered with a list of pages, because of a problem.
        problems: of these, each kind once.
        gold_cited: share of the answerable whose answer cites the gold page; a refusal does not.
        gold_first: share of the answerable whose first citation is the gold page.
        citation_precision: share of the cited passages that are of a gold page, averaged over the answers to
            answerable questions that cite anything.
        citation_recall: share of the gold pages that are cited, averaged over the answerable questions that
            were answered.
        f1_answered: mean token F1 over the answerable that were answered.
        f1: mean token F1 over all answerable, 0 for what was not answered.
        rouge_l_answered: like f1_answered.
        rouge_l: like f1.
        held: share of the answerable whose answer holds a reference word for word; tells something where
            references are short.
        correct_refusals: share of the unanswerable that were refused.
        wrong_refusals: share of the answerable that were refused.
        balanced_accuracy: mean of the share of the answerable that were answered and of correct_refusals.
        unsupported: share of the sentences of answers that no passage supports.
        foreign_links: links that lead elsewhere than to the pages that were found, over all questions.
        torn_streams: answers that are not what was streamed.
        sources_ms: from asking to the sources, over all questions.
        first_word_ms: from asking to the first piece of an answer; refusals do not count.
        total_ms: from asking to the whole answer; refusals do not count.
        words_per_s: words that came after the first piece, in the time between the first and the last; None
            when every answer came at once.
    """

    set_name: str
    engine: str
    model: str | None
    pages: int
    answerable: int
    unanswerable: int
    answered: int
    failed: int
    problems: tuple[str, ...]
    gold_cited: float | None
    gold_first: float | None
    citation_precision: float | None
    citation_recall: float | None
    f1_answered: float | None
    f1: float | None
    rouge_l_answered: float | None
    rouge_l: float | None
    held: float | None
    correct_refusals: float | None
    wrong_refusals: float | None
    balanced_accuracy: float | None
    unsupported: float | None
    foreign_links: int
    torn_streams: int
    sources_ms: Spread | None
    first_word_ms: Spread | None
    total_ms: Spread | None
    words_per_s: float | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


def summarise(set_name: str, engine: str, pages: int, outcomes: Sequence[Outcome]) -> ChatReport:
    """The figures over what became of the questions."""
    answerable = [one for one in outcomes if one.gold]
    unanswerable = [one for one in outcomes if not one.gold]
    answered = [one for one in answerable if one.verdict == "answered"]
    citing = [one for one in answered if one.cited]
    every_answer = [one for one in outcomes if one.verdict == "answered"]
    sentences = sum(one.sentences for one in every_answer)
    answered_share = _mean(one.verdict == "answered" for one in answerable)
    refused_share = _mean(one.verdict == "refused" for one in unanswerable)
    writing_ms = sum(one.writing_ms for one in every_answer)
    return ChatReport(
        set_name=set_name,
        engine=engine,
        model=next((one.model for one in every_answer if one.model), None),
        pages=pages,
        answerable=len(answerable),
        unanswerable=len(unanswerable),
        answered=len(answered),
        failed=sum(one.verdict == "failed" for one in outcomes),
        problems=tuple(sorted({one.problem for one in outcomes if one.problem})),
        gold_cited=_mean(
            one.verdict == "answered" and not one.gold.isdisjoint(one.cited) for one in answerable
        ),
        gold_first=_mean(
            one.verdict == "answered" and not one.gold.isdisjoint(one.cited[:1]) for one in answerable
        ),
        citation_precision=_mean(fmean(key in one.gold for key in one.cited) for one in citing),
        citation_recall=_mean(len(one.gold & set(one.cited)) / len(one.gold) for one in answered),
        f1_answered=_mean(one.f1 for one in answered),
        f1=_mean(one.f1 if one.verdict == "answered" else 0.0 for one in answerable),
        rouge_l_answered=_mean(one.rouge_l for one in answered),
        rouge_l=_mean(one.rouge_l if one.verdict == "answered" else 0.0 for one in answerable),
        held=_mean(one.verdict == "answered" and one.held for one in answerable),
        correct_refusals=refused_share,
        wrong_refusals=_mean(one.verdict == "refused" for one in answerable),
        balanced_accuracy=(
            None if answered_share is None or refused_share is None else (answered_share + refused_share) / 2
        ),
        unsupported=sum(one.unsupported for one in every_answer) / sentences if sentences else None,
        foreign_links=sum(one.foreign_links for one in outcomes),
        torn_streams=sum(one.torn for one in outcomes),
        sources_ms=_spread([one.sources_ms for one in outcomes]),
        first_word_ms=_spread([one.first_word_ms for one in every_answer]),
        total_ms=_spread([one.total_ms for one in every_answer]),
        words_per_s=sum(one.words for one in every_answer) / writing_ms * 1000 if writing_ms else None,
    )


def _mean(values: Iterable[float]) -> float | None:
    found = list(values)
    return fmean(found) if found else None


def _spread(values: Sequence[float | None]) -> Spread | None:
    known = [value for value in values if value is not None]
    return Spread(median(known), percentile(known, 0.95)) if known else None
