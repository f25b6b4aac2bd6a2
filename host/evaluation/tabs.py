"""How well and how fast tabs are put into categories: every engine, over the wire, and its peers."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from host.client import Client
from host.core.errors import NotFound
from host.core.urls import find_host
from host.evaluation.bench.home import temporary_home
from host.evaluation.history import PROFILE
from host.evaluation.labelled_tabs import LABELS, LabelledTab, TabSet, TabSetFigures, describe_set
from host.evaluation.tab_learning import LearningReport, measure_learning
from host.evaluation.tab_peers import (
    answer_at_random,
    answer_by_domain,
    answer_majority,
    find_site,
    read_domain_lists,
)
from host.evaluation.tab_quality import TabQuality, measure_tabs
from host.evaluation.tab_sets import load_tab_set
from host.evaluation.tab_speed import TabSpeed, time_tabs
from host.evaluation.tab_topics import TopicReport, measure_topics
from host.evaluation.tab_wire import categorize, classify_zero_shot
from host.tabs.examples import read_examples, read_sites

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from host.evaluation.bench.figures import OnProgress
    from host.evaluation.tab_quality import TabAnswers

# Needs no model: the words and sites alone, for want of one.
WORDS = "words"
ENGINE_TYPES = (WORDS, "embedding", "nli", "instruction")
# Whose figures are those of peers: they are no engine of the product.
ZERO_SHOT = "zero-shot"
# Parts with fewer tabs of the seven say nothing.
_LEAST_PART = 30


@dataclass(frozen=True)
class TabReport:
    """How well one engine or peer did on one set.

    Attributes:
        set_name: of the set.
        engine: kind of the engine, or name of the peer.
        model: that answered; "" for a peer without one.
        quality: on the whole set.
        unknown_sites: on its tabs whose site neither the list of known sites nor the examples have.
        foreign: on its tabs that are not English.
    """

    set_name: str
    engine: str
    model: str
    quality: TabQuality
    unknown_sites: TabQuality | None
    foreign: TabQuality | None

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)


@dataclass(frozen=True)
class TabsFigures:
    """All that was measured.

    Attributes:
        sets: what is in them, by name.
        left_out: how many tabs of each set were left out, since the product has them as examples.
        reports: of every engine and peer on every set.
        speeds: of every engine.
    """

    sets: dict[str, TabSetFigures]
    left_out: dict[str, int]
    reports: tuple[TabReport, ...]
    speeds: tuple[TabSpeed, ...]

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {
            "sets": {name: figures.to_json() for name, figures in self.sets.items()},
            "left_out": self.left_out,
            "reports": [report.to_json() for report in self.reports],
            "speeds": [speed.to_json() for speed in self.speeds],
        }


def leave_out_examples(wanted: TabSet) -> TabSet:
    """The set without the tabs whose title or URL is among the examples that the product learned from."""
    examples = read_examples()
    titles = {example.title.casefold() for example in examples}
    urls = {example.url for example in examples}
    kept = [tab for tab in wanted.tabs if tab.title.casefold() not in titles and tab.url not in urls]
    return TabSet(wanted.name, tuple(kept))


def measure_engines(
    sets: Sequence[TabSet],
    engines: Sequence[str],
    folder: Path | None,
    on_progress: OnProgress = lambda *_: None,
) -> TabsFigures:
    """Ask every engine about every tab.

    Args:
        sets: each with tabs of the seven.
        engines: kinds of `ENGINE_TYPES` or models; none for every installed model that can.
        folder: holds domain_lists; None leaves that peer out.
        on_progress: gets what is being done, how much is done and of how much.

    Raises:
        NotFound: no such model is installed.
        InvalidInput: the folder has no domain_lists.
    """
    cleaned = [leave_out_examples(one) for one in sets]
    left_out = {one.name: len(one.tabs) - len(rest.tabs) for one, rest in zip(sets, cleaned, strict=True)}
    sites = read_sites()
    figures = {one.name: describe_set(one, lambda url: find_site(url, sites) is not None) for one in cleaned}
    reports = _measure_peers(cleaned, folder)
    speeds = []
    with temporary_home(models=True) as paths, Client(profile_id=PROFILE, paths=paths) as client:
        for model in choose_models(client, engines):
            on_progress(f"{model}: speed", 0, 0)
            # The sets of others come afterwards: their tabs are not the same.
            speed = time_tabs(client, paths, load_tab_set("own").tabs, model)
            speeds.append(speed)
            for one in cleaned:
                answers = categorize(client, one.tabs, model, _report_to(on_progress, model, one.name))
                reports.append(report_answers(one, speed.engine, model, answers))
                if speed.engine == "embedding":
                    zero = classify_zero_shot(
                        client, one.tabs, model, _report_to(on_progress, ZERO_SHOT, one.name)
                    )
                    reports.append(report_answers(one, ZERO_SHOT, model, zero))
    return TabsFigures(figures, left_out, tuple(reports), tuple(speeds))


def measure_groups(folder: Path, on_progress: OnProgress = lambda *_: None) -> list[TopicReport]:
    """Group windows by topic in a temporary home; see `host.evaluation.tab_topics.measure_topics`."""
    with temporary_home(models=True) as paths, Client(profile_id=PROFILE, paths=paths) as client:
        return measure_topics(client, paths, folder, on_progress)


def measure_lessons(
    folder: Path, engines: Sequence[str], on_progress: OnProgress = lambda *_: None
) -> list[LearningReport]:
    """What corrections change, with the embedding models that are wanted.

    The tabs that must not change for the worse are the set `own` and each fourth of `public_apis`.

    Raises:
        InvalidInput: the data is not there.
        NotFound: no such model is installed.
    """
    others = [*load_tab_set("own").tabs, *load_tab_set("public_apis", folder).thin_out(4).tabs]
    with temporary_home(models=True) as paths, Client(profile_id=PROFILE, paths=paths) as client:
        return [
            measure_learning(client, folder, others, model, on_progress)
            for model in choose_models(client, engines)
            if find_type(client, model) == "embedding"
        ]


def find_type(client: Client, model: str) -> str:
    """The type of an installed model, or `WORDS`."""
    if model == WORDS:
        return WORDS
    return str(client.call("models.info", id=model)["model"]["type"])


def choose_models(client: Client, wanted: Sequence[str]) -> list[str]:
    """The installed models that sort tabs, and the engine that needs none.

    Args:
        client: of the daemon.
        wanted: kinds of `ENGINE_TYPES` or models; none for all.

    Raises:
        NotFound: nothing wanted is installed.
    """
    installed = {WORDS: WORDS} | {
        item["id"]: item["type"]
        for item in client.call("models.list")["models"]
        if item["installed"] and item["type"] in ENGINE_TYPES
    }
    found = [model for model, kind in installed.items() if not wanted or model in wanted or kind in wanted]
    if not found:
        message = "No such model is installed that can sort tabs."
        raise NotFound(message, fix="Run: ai-history model list")
    return sorted(found, key=lambda model: ENGINE_TYPES.index(installed[model]))


def report_answers(
    wanted: TabSet, engine: str, model: str, answers: TabAnswers, names: Sequence[str] = LABELS
) -> TabReport:
    """The figures of a set, of its unknown sites and of its tabs in other languages.

    Args:
        wanted: what was asked about.
        engine: kind of the engine, or name of the peer.
        model: that answered.
        answers: in the order of the tabs.
        names: all labels, "none" last.
    """
    known = read_sites()
    examples = {find_host(example.url) for example in read_examples()}
    unknown = [
        place
        for place, tab in enumerate(wanted.tabs)
        if find_site(tab.url, known) is None and find_host(tab.url) not in examples
    ]
    foreign = [place for place, tab in enumerate(wanted.tabs) if tab.language != "en"]
    whole = measure_tabs([tab.label for tab in wanted.tabs], answers, names)
    return TabReport(
        wanted.name,
        engine,
        model,
        whole,
        _measure_part(wanted.tabs, answers, unknown, names),
        _measure_part(wanted.tabs, answers, foreign, names),
    )


def _measure_peers(sets: Sequence[TabSet], folder: Path | None) -> list[TabReport]:
    peers: dict[str, Callable[[Sequence[LabelledTab]], TabAnswers]] = {
        "majority": answer_majority,
        "random": answer_at_random,
        "known sites": lambda tabs: answer_by_domain(tabs, read_sites()),
    }
    if folder is not None:
        lists = read_domain_lists(folder)
        peers["domain lists"] = lambda tabs: answer_by_domain(tabs, lists)
    return [report_answers(one, name, "", answer(one.tabs)) for one in sets for name, answer in peers.items()]


def _measure_part(
    tabs: Sequence[LabelledTab], answers: TabAnswers, places: Sequence[int], names: Sequence[str]
) -> TabQuality | None:
    if sum(tabs[place].category is not None for place in places) < _LEAST_PART:
        return None
    return measure_tabs([tabs[place].label for place in places], answers.pick(places), names)


def _report_to(on_progress: OnProgress, engine: str, name: str) -> Callable[[int, int], None]:
    return lambda done, total: on_progress(f"{engine}: {name}", done, total)
