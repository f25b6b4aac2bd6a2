from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from host.evaluation.labelled_tabs import CATEGORIES, LABELS, LabelledTab, TabSet, describe_set

tabs = st.lists(
    st.builds(
        LabelledTab,
        url=st.integers(0, 99).map(lambda number: f"https://{number}.net/"),
        title=st.text(max_size=5),
        category=st.sampled_from([*CATEGORIES, None]),
        language=st.sampled_from(["en", "de"]),
    ),
    min_size=1,
    max_size=40,
)


@given(tabs, st.integers(1, 9))
def test_thinning_out_keeps_the_order_and_some_of_every_category(
    all_tabs: list[LabelledTab], every: int
) -> None:
    whole = TabSet("made", tuple(all_tabs))
    thin = whole.thin_out(every)
    places = iter(whole.tabs)
    assert all(any(tab is one for one in places) for tab in thin.tabs)
    assert {tab.label for tab in thin.tabs} == {tab.label for tab in whole.tabs}
    for label in LABELS:
        of_all = sum(tab.label == label for tab in whole.tabs)
        assert sum(tab.label == label for tab in thin.tabs) == -(-of_all // every)


def test_what_is_in_a_set_can_be_counted_by_hand() -> None:
    found = describe_set(
        TabSet(
            "made",
            (
                LabelledTab("https://known.net/a", "A", "dev"),
                LabelledTab("https://b.net/", "B", None, "de"),
                LabelledTab("https://c.net/", "C", None, "fr"),
                LabelledTab("https://d.net/", "D", "news"),
            ),
        ),
        lambda url: "known" in url,
    )
    assert found.tabs == 4
    assert {label: count for label, count in found.categories.items() if count} == {
        "dev": 1,
        "news": 1,
        "none": 2,
    }
    assert found.foreign == 0.5
    assert found.known_sites == 0.25
