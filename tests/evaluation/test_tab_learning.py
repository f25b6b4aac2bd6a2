"""What is learned, by stand-ins for the daemon that learn as they are told to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from host.evaluation.labelled_tabs import LabelledTab
from host.evaluation.tab_kinds import SHOWN, find_kinds, leave_out_kind
from host.evaluation.tab_learning import measure_learning

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ",url,title,task,test_set_id,task_id,user_description\n"
OTHERS = [
    *(LabelledTab(f"https://calm{number}.net/", f"Calm {number}", "news") for number in range(20)),
    *(LabelledTab(f"https://quiet{number}.net/", f"Quiet {number}", None) for number in range(20)),
]


class Learner:
    """Knows every other tab; tabs of a host that was corrected go where the correction says."""

    def __init__(self, *, learns: bool = True, carried_away: bool = False) -> None:
        self.learns, self.carried_away = learns, carried_away
        self.said: dict[str, str] = {}
        self.own: set[str] = set()
        self.corrections: list[int] = []

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        if method == "tabs.correct":
            self.said[urlsplit(params["url"]).hostname or ""] = params["category"]
            assert params["category"] in self.own | {"Dev", "Social", "Entertainment", "Work", "Cloud"} | {
                "Shopping",
                "News",
            }
        elif method == "tabs.forget":
            self.corrections.append(len(self.said))
            self.said.clear()
        elif method == "categories.set":
            self.own |= {item["name"] for item in params.get("categories", [])}
            self.own -= set(params.get("remove", []))
        else:
            return {"tabs": [{"id": tab["id"], "category": self.sort(tab)} for tab in params["tabs"]]}
        return {}

    def sort(self, tab: dict[str, Any]) -> str | None:
        if self.said and self.carried_away:
            return next(iter(self.said.values()))
        if self.learns and (found := self.said.get(urlsplit(tab["url"]).hostname or "")):
            return found
        return "News" if tab["title"].startswith("Calm") else None


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Tabs of six sites, each opened for a task of its own."""
    lines = [
        f"0,https://site{site}.net/{tab},Page {tab} of {site},Reading about Thing {site},s,s_{site},someone\n"
        for site in range(6)
        for tab in range(9)
    ]
    (tmp_path / "mozilla_tabs").mkdir()
    for name in ("synthetic_processed.csv", "gen_test_set_3_12_9_user_locs.csv"):
        (tmp_path / "mozilla_tabs" / name).write_text(HEADER + "".join(lines), encoding="utf-8")
    return tmp_path


def test_kinds_are_of_one_site_or_one_task_and_each_tab_is_another(folder: Path) -> None:
    kinds = find_kinds(folder, 8, seed=1)
    assert [kind.basis for kind in kinds] == ["site"] * 4 + ["task"] * 4
    assert [kind.new for kind in kinds] == [False, True] * 4
    for kind in kinds:
        tabs = [*kind.shown, *kind.asked]
        assert len(kind.shown) == SHOWN
        assert len({tab.title for tab in tabs}) == len(tabs)
        assert len({urlsplit(tab.url).hostname for tab in tabs}) == 1
    assert find_kinds(folder, 8, seed=1) == kinds


def test_tabs_of_the_kind_are_no_tabs_of_other_kinds(folder: Path) -> None:
    kind = find_kinds(folder, 2, seed=1)[0]
    same_site = LabelledTab(kind.shown[0].url + "/more", "Another", None)
    same_title = LabelledTab("https://elsewhere.net/", kind.asked[0].title, None)
    assert leave_out_kind(kind, [OTHERS[0], same_site, same_title, OTHERS[1]]) == [0, 3]


def test_whoever_learns_is_right_about_the_sixth_and_changes_nothing_else(folder: Path) -> None:
    client = Learner()
    found = measure_learning(client, folder, OTHERS, "mini", count=8)  # type: ignore[arg-type]
    assert (found.kinds, found.sixth_before, found.sixth_after, found.further_after) == (8, 0.0, 1.0, 1.0)
    assert (found.better, found.worse, found.changed, found.most_worse) == (0, 0, 0, 0)
    assert found.macro_f1_change == found.interval.low == found.interval.high == 0.0
    assert set(found.by_kind) == {
        f"{basis} into a {target} category" for basis in ("site", "task") for target in ("new", "default")
    }
    # Each kind was taken back before the next, and nothing is left.
    assert client.own == set()
    assert client.said == {}


def test_whoever_does_not_learn_is_found_out(folder: Path) -> None:
    found = measure_learning(Learner(learns=False), folder, OTHERS, "mini", count=4)  # type: ignore[arg-type]
    assert found.sixth_after == found.further_after == 0.0


def test_whoever_is_carried_away_is_found_out(folder: Path) -> None:
    found = measure_learning(Learner(carried_away=True), folder, OTHERS, "mini", count=4)  # type: ignore[arg-type]
    assert found.sixth_after == 1.0
    assert found.worse >= 4 * 20
    assert found.most_worse >= 20
    assert found.macro_f1_change < 0
    assert found.interval.high < 0
