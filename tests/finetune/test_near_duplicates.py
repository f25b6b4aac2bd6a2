from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.finetune.near_duplicates import NEAR, find_near, plain_title

WORDS = st.sampled_from(
    ["tulip", "tulips", "bulbs", "in", "spring", "12", "13", "春の花", "Straße", "plant", "the"]
)
TITLES = st.lists(st.lists(WORDS, max_size=6).map(" ".join), max_size=8)


def share(one: str, other: str) -> float:
    """Twice the longest common subsequence over both lengths, counted the slow way.

    Nought when even all characters that both have, in any order, are too few.
    """
    most = 2 * sum((Counter(one) & Counter(other)).values())
    if most < NEAR * (len(one) + len(other)):
        return 0.0
    row = [0] * (len(other) + 1)
    for left in one:
        before = 0
        for place, right in enumerate(other, 1):
            before, row[place] = row[place], before + 1 if left == right else max(row[place], row[place - 1])
    return 2 * row[-1] / ((len(one) + len(other)) or 1)


def are_near(one: str, other: str) -> bool:
    """The same as `find_near` says, one pair at a time."""
    one, other = plain_title(one), plain_title(other)
    if not one or not other or one == other:
        return bool(one) and one == other
    sorted_one, sorted_other = (" ".join(sorted(text.split())) for text in (one, other))
    if min(len(one.encode()), len(other.encode())) < 10:
        return False
    return max(share(one, other), share(sorted_one, sorted_other)) >= NEAR


@given(titles=TITLES, others=TITLES)
def test_all_near_titles_are_found_and_no_others(titles: list[str], others: list[str]) -> None:
    expected = [any(are_near(title, other) for other in others) for title in titles]
    assert find_near(titles, others) == expected


@pytest.mark.parametrize(
    ("one", "other", "near"),
    [
        ("(3) Inbox – Mail", "(14) Inbox - mail", True),
        ("Pull request #12: fix typo", "Pull request #980: fix typos", True),
        (
            "python - How to sort a dict - Stack Overflow",
            "How to sort a dict - python - Stack Overflow",
            True,
        ),
        ("Gmail", "Gmail", True),
        ("Inbox", "Index", False),
        ("Bread with rye | Kitchen", "Bread with beer, onions and rye | Kitchen", False),
        ("春の花壇づくり入門講座", "春の花壇づくり入門講座2", True),
        ("!!!", "???", False),
    ],
)
def test_titles_that_a_person_would_take_for_one_are_near(one: str, other: str, near: bool) -> None:
    assert find_near([one], [other]) == [near]
    assert find_near([other], [one]) == [near]


def test_many_titles_are_compared_with_many() -> None:
    titles = [
        f"{word} {number} for everybody"
        for word in ("apples", "dusty old harmonicas")
        for number in range(900)
    ]
    assert find_near(titles, ["apples 5 for everybody"]) == [True] * 900 + [False] * 900
