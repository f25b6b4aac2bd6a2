"""Passages of a page."""

from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.core.article import Block
from host.core.chunking import (
    embedding_text,
    estimate_tokens,
    split_passages,
    split_text,
)

WORDS = st.text(alphabet="abcdefg", min_size=1, max_size=12)
TEXTS = st.lists(WORDS, min_size=1, max_size=80).map(" ".join)
BLOCKS = st.lists(
    st.builds(Block, st.sampled_from(["heading", "text", "code"]), TEXTS),
    max_size=12,
)


def sentence(number: int) -> str:
    return f"Sentence number {number} tells about the quick brown fox and the lazy dog."


@settings(max_examples=150, deadline=None)
@given(BLOCKS)
def test_every_word_is_in_some_passage_and_none_is_over_the_window(blocks: list[Block]) -> None:
    passages = split_passages(blocks, window=40, overlap=8)
    assert all(estimate_tokens(passage.text) <= 40 for passage in passages)
    assert [passage.position for passage in passages] == list(range(len(passages)))
    seen = {word for passage in passages for word in passage.text.split()}
    assert {word for block in blocks for word in block.text.split()} <= seen


@given(BLOCKS)
def test_the_same_blocks_give_the_same_passages(blocks: list[Block]) -> None:
    assert split_passages(blocks) == split_passages(list(blocks))


def test_a_short_page_is_one_passage_under_its_first_heading() -> None:
    blocks = [Block("heading", "Bread"), Block("text", "Flour."), Block("text", "Water.")]
    (passage,) = split_passages(blocks)
    assert (passage.heading, passage.text) == ("Bread", "Bread\n\nFlour.\n\nWater.")


def test_a_heading_begins_a_passage_when_the_one_before_is_half_full() -> None:
    long = " ".join(sentence(number) for number in range(12))
    blocks = [
        Block("heading", "One"),
        Block("text", long),
        Block("heading", "Two"),
        Block("text", "Short end."),
    ]
    passages = split_passages(blocks)
    assert [passage.heading for passage in passages] == ["One", "Two"]
    assert passages[1].text == "Two\n\nShort end."


def test_long_text_is_cut_between_sentences_and_neighbours_overlap() -> None:
    passages = split_text(" ".join(sentence(number) for number in range(60)), window=80, overlap=20)
    assert len(passages) > 5
    assert all(passage.text.startswith("Sentence") and passage.text.endswith(".") for passage in passages)
    for left, right in pairwise(passages):
        assert right.text.split(".")[0] in left.text


def test_sections_do_not_overlap() -> None:
    first = " ".join(f"Alpha{number} tells about foxes." for number in range(60))
    second = " ".join(f"Beta{number} tells about dogs." for number in range(60))
    blocks = [Block("heading", "A"), Block("text", first), Block("heading", "B"), Block("text", second)]
    for passage in split_passages(blocks):
        assert not ("Alpha" in passage.text and "Beta" in passage.text)
        assert passage.heading == ("A" if "Alpha" in passage.text else "B")


@pytest.mark.parametrize(
    "text", ["我能吞下玻璃而不伤身体。" * 200, "x" * 5000, "これは日本語の文章です。" * 200, "1" * 5000]
)
def test_text_without_spaces_is_cut_within_the_window(text: str) -> None:
    passages = split_text(text)
    assert len(passages) > 1
    assert all(estimate_tokens(passage.text) <= 220 for passage in passages)


def test_no_text_gives_no_passage() -> None:
    assert split_text(" \n\n ") == []
    assert split_passages([]) == []


def test_paragraphs_of_plain_text_are_put_together() -> None:
    assert [passage.text for passage in split_text("One.\n\n\n  Two.\r\n\r\nThree.")] == [
        "One.\n\nTwo.\n\nThree."
    ]


@given(TEXTS)
def test_a_real_count_is_obeyed(text: str) -> None:
    passages = split_passages(
        [Block("text", text)], window=30, overlap=5, count_tokens=lambda part: len(part.split())
    )
    assert all(len(passage.text.split()) <= 30 for passage in passages)


def test_the_estimate_is_near_for_english_and_higher_for_other_languages() -> None:
    english = (
        "The company said on Monday that it would close three of its offices before the end of the year."
    )
    assert 18 <= estimate_tokens(english) <= 26
    assert estimate_tokens(english, language="de") > estimate_tokens(english)
    assert estimate_tokens("玻璃而不伤身") == 6


def test_a_model_is_given_title_and_heading_once() -> None:
    assert embedding_text("Title", "Heading", "Text.") == "Title\nHeading\nText."
    assert embedding_text("Title", "Heading", "Heading\n\nText.") == "Title\nHeading\n\nText."
    assert embedding_text("Title", "Title", "Text.") == "Title\nText."
    assert embedding_text("", "", "Text.") == "Text."


def test_a_long_page_is_cut_quickly() -> None:
    text = "\n\n".join(" ".join(sentence(number) for number in range(6)) for _ in range(45))
    split_text(text)
    started = time.perf_counter()
    split_text(text)
    # 20 KB take about 4 ms; a busy machine gets room.
    assert time.perf_counter() - started < 0.1


def test_a_megabyte_without_a_space_is_cut_in_bounded_time() -> None:
    started = time.perf_counter()
    split_text("x" * 1_000_000)
    assert time.perf_counter() - started < 5
