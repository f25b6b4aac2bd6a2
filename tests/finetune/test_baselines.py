from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.evaluation.labelled_tabs import CATEGORIES, LabelledTab
from host.finetune.baselines import answer_baselines
from host.finetune.known_categories import KnownCategory
from host.finetune.test_data import TestData
from host.tabs.examples import read_sites

if TYPE_CHECKING:
    from pathlib import Path

KNOWN = (KnownCategory("Code", key="dev"), KnownCategory("My cats"))


def make_test(*urls: str) -> TestData:
    """Tabs of the renamed default category."""
    return TestData("made", tuple(LabelledTab(url, url, "Code") for url in urls), KNOWN)


def test_known_sites_answer_with_the_name_that_a_category_has_now() -> None:
    sites = read_sites()
    dev = next(site for site, key in sites.items() if key == "dev")
    shop = next(site for site, key in sites.items() if key == "shopping")
    found = answer_baselines(make_test(f"https://{dev}/x", f"https://{shop}/x", "https://nobody.example/"))
    assert [one.name for one in found] == ["known sites", "majority"]
    # What belongs to a category that is not measured belongs nowhere here.
    assert found[0].answers.decided == ("Code", "none", "none")
    assert found[1].answers.decided == ("Code",) * 3
    assert found[0].answers.shares.shape == (3, 3)


def test_lists_of_domains_are_another_peer_where_there_are_any(tmp_path: Path) -> None:
    lists = tmp_path / "domain_lists"
    lists.mkdir()
    for key in CATEGORIES:
        (lists / f"{key.capitalize()}.txt").write_text(
            "made.example\n" if key == "dev" else "", encoding="utf-8"
        )
    found = answer_baselines(make_test("https://www.made.example/"), tmp_path)
    assert {one.name: one.answers.decided for one in found}["domain lists"] == ("Code",)
    (lists / "News.txt").unlink()
    with pytest.raises(InvalidInput, match=r"News\.txt"):
        answer_baselines(make_test("https://www.made.example/"), tmp_path)


def test_a_folder_without_lists_is_no_peer(tmp_path: Path) -> None:
    names = [one.name for one in answer_baselines(make_test("https://www.made.example/"), tmp_path)]
    assert names == ["known sites", "majority"]
