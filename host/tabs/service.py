"""Where tabs belong, and which groups they make: the engines with what a person said."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from host.core.clock import now_ms
from host.core.errors import ModelLoading, ModelUnavailable, WorkerDied
from host.core.urls import canonicalize_url
from host.history.policy import find_omission
from host.storage import page_categories
from host.tabs import memory
from host.tabs.categories import read_tab_categories
from host.tabs.examples import find_revision
from host.tabs.exchange import Correction, Tab, Verdict
from host.tabs.grouping import Grouping, group_by_category
from host.tabs.learning import read_corrections
from host.tabs.reasons import explain_choice, explain_none
from host.tabs.topic_scale import measure_topic_scale
from host.tabs.topics import find_topics

if TYPE_CHECKING:
    import threading
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    import apsw
    from numpy.typing import NDArray

    from host.history.profiles import Profile
    from host.tabs.analysis import Analysis
    from host.tabs.embedding_engine import EmbeddingEngine
    from host.tabs.exchange import EngineKind, GroupBy, KnownGroup, TabCategory, TabEngine
    from host.workers.client import Lane


class Engines(Protocol):
    """What rates tabs, by the models that are installed."""

    def lend(
        self,
        name: str | None,
        *,
        names: Sequence[str] = (),
        wait_s: float = 0.0,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> AbstractContextManager[TabEngine]:
        """The engine of a kind, of a model, or (None) the one that is chosen, for as long as the block lasts.

        Where the one that is chosen was trained for categories and one of `names` is not among them, another
        is lent that knows any: all profiles share a choice, and each has categories of its own.

        Raises:
            NotFound: there is no such model here.
            ModelLoading: it is on its way, and does not come within `wait_s`.
            ModelUnavailable: it cannot be loaded.
        """
        ...

    def find_embedding(self, *, wait_s: float, lane: Lane) -> EmbeddingEngine | None:
        """The engine by vectors when its model answers, for what is near to what; None without one."""
        ...

    def find_stamp(self, names: Sequence[str] = ()) -> str | None:
        """Stands for the model that answers where categories have these names; None while there is none."""
        ...

    def explain_stand_in(self, names: Sequence[str]) -> str | None:
        """Why the chosen model does not answer where categories have these names; None when it does."""
        ...


@dataclass(frozen=True)
class Sorting:
    """Where tabs belong.

    Attributes:
        verdicts: of each tab.
        categories: the enabled ones.
        engine, model: who rated.
    """

    verdicts: tuple[Verdict, ...]
    categories: tuple[TabCategory, ...]
    engine: EngineKind
    model: str


@dataclass(frozen=True)
class _Rated:
    """What a model says of tabs, shape (tabs, categories + 1), and what a person said before."""

    table: NDArray[np.float64]
    pull: memory.Pull
    engine: EngineKind
    model: str


class Tabs:
    """Sorts and groups tabs; safe to use from several threads."""

    def __init__(self, engines: Engines, analysis: Analysis) -> None:
        """Wire it.

        Args:
            engines: what rates.
            analysis: clusters.
        """
        self._engines = engines
        self._analysis = analysis

    def categorize(
        self,
        profile: Profile,
        tabs: Sequence[Tab],
        *,
        engine: str | None = None,
        threshold: float | None = None,
        wait_s: float = 0.0,
        lane: Lane = "interactive",
        cancelled: threading.Event | None = None,
    ) -> Sorting:
        """Where each tab belongs, in the order of the tabs.

        Args:
            profile: whose categories and corrections count.
            tabs: any number; those without a text get what the history has of their page.
            engine: a kind, a model, or None for the one that is chosen.
            threshold: how sure it must be; None: as the settings say.
            wait_s: how long to wait for its model to load.
            lane: "interactive" when a person waits.
            cancelled: ends it early.

        Raises:
            Cancelled, NotFound, InvalidInput, ModelLoading, ModelUnavailable, WorkerDied, Timeout.
        """
        categories, corrections = profile.database.read(_read_learned)
        enabled = tuple(category for category in categories if category.enabled)
        tabs = _add_texts(profile, tabs)
        corrections = [*corrections, *memory.take_examples(enabled, now_ms())]
        try:
            rated = self._rate(engine, tabs, enabled, corrections, wait_s, lane, cancelled)
        except (ModelUnavailable, WorkerDied) as error:
            if engine is not None or lane != "interactive" or isinstance(error, ModelLoading):
                raise
            # Nobody asked for this model in particular, and words are better than nothing.
            rated = self._rate("words", tabs, enabled, corrections, wait_s, lane, cancelled)
        table, pull = memory.apply_pull(rated.table, rated.pull), rated.pull
        threshold = profile.settings.tabs_threshold if threshold is None else threshold
        verdicts = tuple(
            _judge(tab, row, enabled, threshold, int(witnesses) if strength >= 0.5 else 0)
            for tab, row, strength, witnesses in zip(tabs, table, pull.strength, pull.witnesses, strict=True)
        )
        return Sorting(verdicts, enabled, rated.engine, rated.model)

    def group(
        self,
        profile: Profile,
        tabs: Sequence[Tab],
        *,
        by: GroupBy,
        max_groups: int | None = None,
        known: Sequence[KnownGroup] = (),
        engine: str | None = None,
        threshold: float | None = None,
        wait_s: float = 0.0,
        cancelled: threading.Event | None = None,
    ) -> tuple[Sorting, Grouping]:
        """Groups of tabs; see `categorize`.

        Args:
            profile: whose categories and corrections count.
            tabs: those of the open groups included; the latter stay where they are.
            by: category or topic.
            max_groups: most new groups; None: as the settings say.
            known: open groups that may take in tabs.
            engine: a kind, a model, or None for the one that is chosen.
            threshold: how sure it must be; None: as the settings say.
            wait_s: how long to wait for its model to load.
            cancelled: ends it early.

        Raises:
            ModelUnavailable: topics need an embedding model, and there is none.
        """
        limit = max_groups or profile.settings.tabs_max_groups or None
        sorting = self.categorize(
            profile, tabs, engine=engine, threshold=threshold, wait_s=wait_s, cancelled=cancelled
        )
        if by == "category":
            return sorting, group_by_category(
                tabs, sorting.verdicts, sorting.categories, max_groups=limit, known=known
            )
        if not tabs:
            return sorting, Grouping((), ())
        embedding = self._engines.find_embedding(wait_s=wait_s, lane="interactive")
        if embedding is None:
            raise ModelUnavailable(
                "Groups by topic need an embedding model.",
                fix="Install one in the settings, or group by category.",
            )
        vectors = embedding.embed(_add_texts(profile, tabs), cancelled)
        scale = measure_topic_scale(embedding.embedder, cancelled=cancelled)
        return sorting, find_topics(
            tabs,
            vectors,
            scale=scale,
            cluster=lambda rows, reach: self._analysis.cluster(rows, reach, cancelled),
            max_groups=limit,
            known=known,
        )

    def find_stamp(self, profile: Profile) -> str | None:
        """Stands for all that an answer depends on but corrections; None while there is no model."""
        enabled = [each for each in profile.database.read(read_tab_categories) if each.enabled]
        model = self._engines.find_stamp([each.name for each in enabled])
        if model is None:
            return None
        categories = [
            # An own category is told by its name, too.
            (each.key, "" if each.builtin else each.name, each.description, each.examples, each.sites)
            for each in enabled
        ]
        said = f"{model} {find_revision()} {profile.settings.tabs_threshold} {categories}"
        return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    def explain_stand_in(self, profile: Profile) -> str | None:
        """Why another than the chosen model sorts a profile's tabs, for a person; None when none does."""
        categories = profile.database.read(read_tab_categories)
        return self._engines.explain_stand_in([each.name for each in categories if each.enabled])

    def _rate(
        self,
        engine: str | None,
        tabs: Sequence[Tab],
        categories: Sequence[TabCategory],
        corrections: Sequence[Correction],
        wait_s: float,
        lane: Lane,
        cancelled: threading.Event | None,
    ) -> _Rated:
        names = [category.name for category in categories]
        with self._engines.lend(engine, names=names, wait_s=wait_s, lane=lane, cancelled=cancelled) as rater:
            table = rater.rate(tabs, categories, cancelled=cancelled)
            table = memory.apply_sites(table, tabs, categories)
            pull = self._find_pull(rater, tabs, table, categories, corrections, lane, cancelled)
            return _Rated(table, pull, rater.kind, rater.model_id)

    def _find_pull(
        self,
        rater: TabEngine,
        tabs: Sequence[Tab],
        table: NDArray[np.float64],
        categories: Sequence[TabCategory],
        corrections: Sequence[Correction],
        lane: Lane,
        cancelled: threading.Event | None,
    ) -> memory.Pull:
        """What corrections, and the examples of categories, do to these tabs."""
        columns = {category.key: place for place, category in enumerate(categories)}
        likeness = None
        embedding = self._engines.find_embedding(wait_s=0.0, lane=lane) if corrections and tabs else None
        if embedding is not None:
            said = [Tab(each.id, each.url, each.title) for each in corrections]
            above = embedding.compare(tabs, said, cancelled)
            near = memory.find_near(tabs, corrections, above)
            corrections = [corrections[place] for place in near]
            said = [said[place] for place in near]
            # A large model would take longer for what was said than for what is asked.
            judge: TabEngine = rater if rater.kind in ("embedding", "words") else embedding
            rated = table if judge is rater else judge.rate(tabs, categories, cancelled=cancelled)
            overlap = memory.measure_overlap(rated, judge.rate(said, categories, cancelled=cancelled))
            likeness = memory.Likeness(above[:, near], overlap)
        # Where a category is switched off, what was put there belongs nowhere for now.
        places = [columns.get(each.category or "", len(categories)) for each in corrections]
        return memory.find_pull(tabs, corrections, places, len(categories) + 1, likeness, now_ms())


def _read_learned(connection: apsw.Connection) -> tuple[list[TabCategory], list[Correction]]:
    return read_tab_categories(connection), read_corrections(connection, memory.MOST_CORRECTIONS)


def _add_texts(profile: Profile, tabs: Sequence[Tab]) -> list[Tab]:
    """The tabs with what the history has of their pages."""
    settings = profile.settings
    wanted = [
        canonicalize_url(tab.url) if tab.url and not tab.text and not find_omission(settings, tab.url) else ""
        for tab in tabs
    ]
    asked = list(filter(None, wanted))
    if not asked:
        return list(tabs)
    leads = profile.database.read(lambda connection: page_categories.read_leads_by_url(connection, asked))
    completed = []
    for tab, url in zip(tabs, wanted, strict=True):
        lead = leads.get(url)
        completed.append(tab if lead is None else Tab(tab.id, tab.url, tab.title or lead.title, lead.text))
    return completed


def _judge(
    tab: Tab, row: NDArray[np.float64], categories: Sequence[TabCategory], threshold: float, witnesses: int
) -> Verdict:
    """A verdict out of a row of probabilities; the last is that of "none of these"."""
    shares = {category.key: float(share) for category, share in zip(categories, row[:-1], strict=True)}
    none_share = float(row[-1])
    if not categories:
        return Verdict(None, none_share, shares, explain_none(None, 0.0, none_share, witnesses))
    best = int(np.argmax(row[:-1]))
    share = float(row[best])
    if share >= threshold and share > none_share:
        reason = explain_choice(tab, categories[best], share, witnesses)
        return Verdict(categories[best].key, share, shares, reason)
    decided = witnesses if int(np.argmax(row)) == len(categories) else 0
    reason = explain_none(categories[best].name, share, none_share, decided)
    return Verdict(None, none_share, shares, reason)
