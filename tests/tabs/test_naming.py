"""Names of groups."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import Tab
from host.tabs.naming import NAME_CHARACTERS, name_topic, name_topics


def tabs(*titles: str, site: str = "") -> list[Tab]:
    """Tabs of these titles, each of a site of its own unless one is named."""
    return [
        Tab(number, f"https://{site or f'site{number}.example'}/", title)
        for number, title in enumerate(titles)
    ]


KATHMANDU = tabs(
    "Kathmandu - Lonely Planet",
    "Airbnb Kathmandu: Vacation Rentals",
    "Kathmandu Tourism - Tripadvisor",
    "Cheap flights to Kathmandu",
)
TICKETS = tabs("Concert tickets", "Tickets for the opera", "Theatre tickets in London")


def test_a_group_bears_the_word_that_its_titles_share() -> None:
    assert name_topic(KATHMANDU, TICKETS) == "Kathmandu"
    assert name_topic(TICKETS, KATHMANDU) == "Tickets"


def test_what_other_tabs_say_too_names_nothing() -> None:
    members = tabs("Python testing", "Python testing tools", "Testing in Python")
    others = tabs("Python packaging", "Python typing", "Python for data", "Python on the web")
    assert name_topic(members, others) == "Testing"


def test_a_phrase_of_several_titles_goes_before_its_words() -> None:
    members = tabs("Car care products", "Car care tips", "Shop car care at home")
    assert name_topic(members, TICKETS) == "Car care"


def test_a_phrase_keeps_the_case_of_its_titles() -> None:
    members = tabs("New iPhone cases", "iPhone battery", "Repair an iPhone")
    assert name_topic(members, TICKETS) == "iPhone"


def test_two_halves_of_a_group_are_named_both() -> None:
    members = tabs(
        "Knitting patterns", "Knitting for warm hands", "Woodworking joints", "Woodworking benches"
    )
    assert name_topic(members, TICKETS) == "Knitting & Woodworking"


def test_the_name_of_a_site_names_only_tabs_that_have_nothing_else_in_common() -> None:
    various = tabs("Whales - YouTube", "Cooking rice - YouTube", "Jazz live - YouTube", site="youtube.com")
    rome = tabs("Roman Empire - Wikipedia", "Fall of the Roman Empire - Wikipedia", site="en.wikipedia.org")
    assert name_topic(various, TICKETS) == "YouTube"
    assert name_topic(rome, TICKETS) == "Roman Empire"


def test_boilerplate_numbers_and_function_words_of_many_languages_name_nothing() -> None:
    members = tabs("Home | Login 2024", "Login 2024: die Alpen", "Watch the Alpen 2024", "Les Alpen 2024")
    assert name_topic(members, TICKETS) == "Alpen"


def test_scripts_without_spaces_are_named_by_what_their_titles_share() -> None:
    japanese = tabs("東京の天気予報", "天気予報 - 大阪", "週間天気予報")
    chinese = tabs("机器学习入门", "深度机器学习", "机器学习课程")
    assert name_topic(japanese, chinese) == "天気予報"
    assert name_topic(chinese, japanese) == "机器学习"


def test_two_groups_never_share_a_name_and_the_larger_has_the_better() -> None:
    few = tabs("Gardening gloves", "Gardening boots")
    many = tabs("Gardening in spring", "Gardening in autumn", "Gardening at night")
    names = name_topics([few, many], TICKETS)
    assert names[1] == "Gardening"
    assert names[0] != names[1]


def test_a_name_that_is_taken_is_not_given_again() -> None:
    assert name_topic(KATHMANDU, TICKETS, ["KATHMANDU"]).casefold() != "kathmandu"


def test_tabs_without_any_word_are_named_all_the_same() -> None:
    blank = [Tab(1, "about:blank"), Tab(2, "about:blank")]
    assert name_topics([blank, blank], []) == ["Tabs", "Tabs 2"]


def test_one_endless_word_becomes_a_name_that_fits() -> None:
    name = name_topic(tabs("Donaudampfschifffahrtsgesellschaft" * 2, site="x" * 60 + ".de"), [])
    assert 0 < len(name) <= NAME_CHARACTERS


TITLES = st.lists(
    st.text(max_size=60) | st.sampled_from([t.title for t in KATHMANDU]), min_size=1, max_size=5
)


@given(groups=st.lists(TITLES, min_size=1, max_size=5), others=TITLES, taken=st.lists(st.text(max_size=5)))
def test_names_are_short_never_empty_and_never_the_same(
    groups: list[list[str]], others: list[str], taken: list[str]
) -> None:
    members = [tabs(*titles) for titles in groups]
    names = name_topics(members, tabs(*others), taken)
    assert all(0 < len(name) <= NAME_CHARACTERS and name == name.strip() for name in names)
    folded = [name.casefold() for name in names]
    assert len(set(folded)) == len(folded)
    assert not {*folded} & {name.casefold() for name in taken}


@given(titles=st.permutations([tab.title for tab in KATHMANDU]))
def test_the_order_of_tabs_does_not_change_the_name(titles: list[str]) -> None:
    assert name_topic(tabs(*titles), TICKETS) == "Kathmandu"
