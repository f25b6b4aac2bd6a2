from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.evaluation.tab_topics import rate_groups, share_word
from host.evaluation.tab_windows import mix_windows

if TYPE_CHECKING:
    from pathlib import Path

HEADER = ",url,title,task,test_set_id,task_id,user_description\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Twelve groups of four to eight tabs; two groups have the same task."""
    lines = [
        f"0,https://g{group}.net/{tab},Tab {tab} of {group},Task {group % 11},s,s_{group},someone\n"
        for group in range(12)
        for tab in range(4 + group % 5)
    ]
    file = tmp_path / "made.csv"
    file.write_text(HEADER + "".join(lines), encoding="utf-8")
    return file


def test_windows_hold_whole_groups_of_different_purposes(path: Path) -> None:
    for window in mix_windows(path, 20, seed=3):
        assert 20 <= len(window.tabs) <= 60
        assert 4 <= len(window.names) <= 8
        assert len(set(window.names)) == len(window.names)
        for tab, group in zip(window.tabs, window.groups, strict=True):
            assert tab.task == window.names[group]
        for number in range(len(window.names)):
            members = [tab for tab, group in zip(window.tabs, window.groups, strict=True) if group == number]
            assert len({tab.group for tab in members}) == 1
            assert len(members) >= 4


def test_windows_are_the_same_for_the_same_seed_and_mixed(path: Path) -> None:
    assert mix_windows(path, 5, seed=3) == mix_windows(path, 5, seed=3)
    assert mix_windows(path, 5, seed=3) != mix_windows(path, 5, seed=4)
    window = mix_windows(path, 1, seed=3)[0]
    assert list(window.groups) != sorted(window.groups)


def test_windows_need_their_data(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput):
        mix_windows(tmp_path / "nothing.csv", 1, seed=1)


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30))
def test_the_true_grouping_is_worth_one_whatever_its_numbers(groups: list[int]) -> None:
    assert rate_groups(groups, [7 - group for group in groups]) == pytest.approx(1.0)


def test_tabs_in_no_group_are_not_together() -> None:
    true = [0, 0, 0, 1, 1, 1]
    assert rate_groups(true, [-1] * 6) == 0.0
    assert rate_groups(true, [0, 0, 0, -1, -1, -1]) < rate_groups(true, [0, 0, 0, 1, 1, -1]) < 1.0


@pytest.mark.parametrize(
    ("proposed", "true", "same"),
    [
        ("Hiking boots", "Online Shopping for Hiking Equipment", True),
        ("Hikes", "Online Shopping for Hiking Equipment", True),
        ("Rome", "Researching or Booking Travel for Rome, Italy", True),
        ("Online", "Online Shopping for Shoes", False),
        ("Boots", "Online Shopping for Shoes", False),
        ("", "Browse Social Media", False),
    ],
)
def test_names_agree_by_the_stem_of_a_telling_word(proposed: str, true: str, same: bool) -> None:
    assert share_word(proposed, true) is same
