"""What engines are held against that need no model: lists of sites, and the commonest category."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.evaluation.tab_peers import answer_by_domain, answer_majority, read_domain_lists
from host.tabs.examples import read_sites

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from host.evaluation.tab_quality import TabAnswers
    from host.finetune.test_data import TestData


@dataclass(frozen=True)
class Baseline:
    """A peer, and what it answered.

    Attributes:
        name: of the peer.
        answers: in the order of the tabs.
    """

    name: str
    answers: TabAnswers


def answer_baselines(test: TestData, folder: Path | None = None) -> list[Baseline]:
    """Ask the peers about every tab.

    Args:
        test: the tabs.
        folder: holds domain_lists; without it there is the product's own list alone.
    """
    lists: dict[str, Mapping[str, str]] = {"known sites": read_sites()}
    if folder is not None and (folder / "domain_lists").is_dir():
        lists["domain lists"] = read_domain_lists(folder)
    names = {one.key: one.name for one in test.categories if one.key}
    found = []
    for name, sites in lists.items():
        here = {site: names[key] for site, key in sites.items() if key in names}
        found.append(Baseline(name, answer_by_domain(test.tabs, here, test.labels)))
    return [*found, Baseline("majority", answer_majority(test.tabs, test.labels))]
