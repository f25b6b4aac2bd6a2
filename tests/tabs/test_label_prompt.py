"""The prompt that asks where a tab belongs."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.tabs.exchange import Tab, TabCategory
from host.tabs.label_prompt import (
    ADDRESS_BYTES,
    LEAD_BYTES,
    MOST_EXAMPLES,
    SHORT_ADDRESS,
    SHORT_TITLE,
    TITLE_BYTES,
    write_head,
    write_item,
    write_short_head,
    write_short_item,
)
from tests.tabs.engine_world import read_defaults

LONGEST_ITEM = TITLE_BYTES + ADDRESS_BYTES + LEAD_BYTES + 2 * len(" | ")


def test_labels_stand_in_the_order_of_the_categories_and_none_is_last() -> None:
    categories = read_defaults()
    prompt = write_head(categories)
    assert prompt.labels == (*(category.name for category in categories), "Other")
    assert write_head(categories[::-1]).labels == (*prompt.labels[-2::-1], "Other")


def test_the_head_shows_each_label_once_and_ends_where_a_tab_goes() -> None:
    messages = write_head(read_defaults()).messages
    assert messages[0].role == "system"
    assert (messages[-1].role, messages[-1].content) == ("user", "")
    answers = [message.content for message in messages if message.role == "assistant"]
    assert sorted(answers) == sorted(write_head(read_defaults()).labels)
    roles = [message.role for message in messages[1:]]
    assert roles == ["user", "assistant"] * (len(roles) // 2) + ["user"]


def test_the_same_categories_give_an_equal_prompt() -> None:
    assert write_head(read_defaults()) == write_head(read_defaults())
    assert hash(write_head(read_defaults())) == hash(write_head(read_defaults()))


def test_a_renamed_category_is_answered_with_its_new_name_and_keeps_its_example() -> None:
    dev = next(category for category in read_defaults() if category.key == "dev")
    before, after = write_head([dev]), write_head([replace(dev, name="Coding")])
    assert after.labels == ("Coding", "Other")
    assert [one.content for one in after.messages if one.role == "user"] == [
        one.content for one in before.messages if one.role == "user"
    ]


def test_a_category_of_ones_own_is_shown_by_its_example_else_by_what_it_says() -> None:
    shown = [
        write_head([category]).messages[3].content
        for category in (
            TabCategory("own", "Boats", "sailing", examples=("\n", "Yachts | boats.example")),
            TabCategory("own", "Boats", "sailing"),
            TabCategory("own", "Boats"),
        )
    ]
    assert shown == ["Yachts | boats.example", "sailing", "Boats"]


@pytest.mark.parametrize(
    "names", [["Other"], ["OTHER", "none of these"], ["Other", "None of these", "No category"]]
)
def test_none_is_told_from_categories_of_that_name(names: list[str]) -> None:
    labels = write_head([TabCategory(f"own-{at}", name) for at, name in enumerate(names)]).labels
    assert labels[:-1] == tuple(names)
    assert labels[-1].casefold() not in {name.casefold() for name in names}


def test_a_hundred_categories_are_all_named_and_not_all_shown() -> None:
    many = [TabCategory(f"own-{at}", f"Subject {at}", "about it " * 50) for at in range(100)]
    prompt = write_head(many)
    assert len(prompt.labels) == 101
    answers = [message for message in prompt.messages if message.role == "assistant"]
    assert len(answers) == MOST_EXAMPLES + 1
    assert sum(len(message.content) for message in prompt.messages) < 6000


def test_a_tab_is_shown_by_title_address_and_text() -> None:
    tab = Tab(1, "https://www.example.com/garden/roses.html", "(3) Roses", "How to plant roses.")
    assert write_item(tab) == "Roses | example.com garden roses html | How to plant roses."
    assert write_item(replace(tab, text="", title="")) == "example.com garden roses html"
    assert write_item(Tab(1, "", "")) == ""


@given(url=st.text(), title=st.text(), text=st.text())
def test_what_is_shown_of_a_tab_is_one_short_line(url: str, title: str, text: str) -> None:
    item = write_item(Tab(1, url, title, text))
    assert len(item.splitlines()) <= 1
    assert len(item.encode("utf-8")) <= LONGEST_ITEM


def test_letters_of_many_bytes_do_not_make_a_tab_expensive() -> None:
    item = write_item(Tab(1, "https://例え.example/" + "新聞" * 400, "新聞" * 400, "😀" * 4000))
    assert len(item.encode("utf-8")) <= LONGEST_ITEM
    assert "\ufffd" not in item


def test_a_trained_model_is_asked_with_the_same_labels_and_without_examples() -> None:
    long, short = write_head(read_defaults()), write_short_head(read_defaults())
    assert short.labels == long.labels
    assert [message.role for message in short.messages] == ["system", "user"]
    assert all(label in short.messages[0].content for label in short.labels)
    assert short.messages[-1].content == ""


@given(st.text(max_size=400), st.text(max_size=400))
def test_what_a_trained_model_is_shown_stays_short(title: str, path: str) -> None:
    item = write_short_item(Tab(1, f"https://example.com/{path}", title, "text"))
    assert len(item) <= SHORT_TITLE + SHORT_ADDRESS + len(" | ")


def test_other_scripts_are_cut_where_they_cost_as_much() -> None:
    latin, japanese = (write_short_item(Tab(1, "", letter * 200)) for letter in ("a", "新"))
    assert len(latin) == SHORT_TITLE
    assert len(japanese) == SHORT_TITLE // 7.5
