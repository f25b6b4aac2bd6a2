"""What a query asks for."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.text import clean_line
from host.search.query_language import parse_query

NOW = int(datetime(2026, 11, 20, 15, 30, tzinfo=UTC).timestamp() * 1000)


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_words_are_terms_and_text() -> None:
    parsed = parse_query("  rust   borrow checker", NOW)
    assert parsed.terms == ("rust", "borrow", "checker")
    assert parsed.text == "rust borrow checker"
    assert parsed.chips == ()


@pytest.mark.parametrize(
    "query",
    ["c++", "std::vector", "error:404", "12:30", "foo:bar", "https://a.example/x?y=z#w", "a.b/x", "don't"],
)  # fmt: skip
def test_a_word_with_signs_in_it_is_a_word(query: str) -> None:
    parsed = parse_query(query, NOW)
    assert parsed.terms == (query,)
    assert parsed.text == query
    assert parsed.chips == ()


def test_a_phrase_is_kept_whole_and_in_the_text() -> None:
    parsed = parse_query('bread "no knead" oven', NOW)
    assert parsed.phrases == ("no knead",)
    assert parsed.terms == ("bread", "oven")
    assert parsed.text == "bread no knead oven"


@pytest.mark.parametrize(
    "query", ['"no knead', "\u201cno knead\u201d", "\u201eno knead\u201c", "\u201cno knead"]
)
def test_open_and_curly_quotes_are_quotes(query: str) -> None:
    assert parse_query(query, NOW).phrases == ("no knead",)


def test_sites_are_read_in_every_form_that_people_type() -> None:
    parsed = parse_query("site:https://www.Example.com/x site:docs.python.org -site:*.evil.org x", NOW)
    assert parsed.sites == ("example.com/x", "docs.python.org")
    assert parsed.excluded_sites == ("evil.org",)
    assert parsed.text == "x"


def test_excluded_words_and_phrases_leave_the_text() -> None:
    parsed = parse_query('python -snake -"monty python" well-known', NOW)
    assert parsed.excluded == ("snake", "monty python")
    assert parsed.text == "python well-known"


MINE = {"dev": "Dev", "news": "News", "own-1": "Tea & Käse", "own-2": "Straße"}


@pytest.mark.parametrize(
    ("query", "key", "label"),
    [
        ("category:dev x", "dev", "Dev"),
        ("CATEGORY:DEV x", "dev", "Dev"),
        ('category:"tea & käse" x', "own-1", "Tea & Käse"),
        ("x category:\u201cTEA  &  KÄSE\u201d", "own-1", "Tea & Käse"),
        ("category:STRASSE x", "own-2", "Straße"),
    ],
)
def test_a_category_is_named_as_its_owner_named_it_but_for_capitals(query: str, key: str, label: str) -> None:
    parsed = parse_query(query, NOW, categories=MINE)
    assert (parsed.categories, parsed.excluded_categories, parsed.text) == ((key,), (), "x")
    assert [(chip.kind, chip.label) for chip in parsed.chips] == [("category", label)]


def test_categories_are_looked_in_or_left_out() -> None:
    parsed = parse_query(
        'category:dev category:news category:DEV -category:"tea & käse" x', NOW, categories=MINE
    )
    assert parsed.categories == ("dev", "news")
    assert parsed.excluded_categories == ("own-1",)
    assert [(chip.kind, chip.label) for chip in parsed.chips][-1] == ("exclude", "Tea & Käse")
    assert parsed.text == "x"


@pytest.mark.parametrize("query", ["category:de x", "-category:de x", 'x category:"de"'])
def test_a_category_that_there_is_not_filters_nothing_and_its_chip_says_so(query: str) -> None:
    parsed = parse_query(query, NOW, categories=MINE)
    assert (parsed.categories, parsed.excluded_categories, parsed.terms) == ((), (), ("x",))
    (chip,) = parsed.chips
    assert chip.kind == "no-category"
    assert "\u201cde\u201d" in chip.label


def test_a_category_without_a_name_and_a_word_that_only_begins_like_one_are_words() -> None:
    parsed = parse_query('category: subcategory:dev categories:dev category:""', NOW, categories=MINE)
    assert parsed.chips == ()
    assert parsed.terms == ("category:", "subcategory:dev", "categories:dev", 'category:""')


@given(
    names=st.dictionaries(
        st.uuids().map(str),
        st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=60)
        .map(clean_line)
        .filter(lambda name: name and not set(name) & set('"\u201c\u201d')),
        min_size=1,
        max_size=8,
    ),
    words=st.lists(st.from_regex(r"[a-z]{3,8}x", fullmatch=True), max_size=3),
    minus=st.booleans(),
    data=st.data(),
)
def test_every_name_that_is_quoted_is_found_and_taking_its_chip_away_leaves_the_words(
    names: dict[str, str], words: list[str], minus: bool, data: st.DataObject
) -> None:
    unique = {name.casefold(): (key, name) for key, name in names.items()}
    key, name = data.draw(st.sampled_from(sorted(unique.values())))
    query = " ".join([*words, f'{"-" * minus}category:"{name}"'])
    parsed = parse_query(query, NOW, categories=dict(unique.values()))
    assert (parsed.excluded_categories if minus else parsed.categories) == (key,)
    (chip,) = parsed.chips
    assert chip.label == name
    left = query[: chip.start] + query[chip.end :]
    assert parse_query(left, NOW, categories=names).terms == parsed.terms == tuple(words)


def test_title_takes_a_word_or_a_phrase() -> None:
    assert parse_query('title:news title:"big day" x', NOW).title_terms == ("news", "big day")


def test_before_and_after_take_dates_and_words() -> None:
    parsed = parse_query("after:2024-01-05 before:yesterday bread", NOW)
    assert parsed.from_ms == ms("2024-01-05")
    assert parsed.to_ms == ms("2026-11-19")
    assert [chip.kind for chip in parsed.chips] == ["after", "before"]
    assert parsed.text == "bread"


def test_an_operator_without_sense_is_a_word() -> None:
    parsed = parse_query("before:coffee site: title:", NOW)
    assert parsed.terms == ("before:coffee", "site:", "title:")
    assert parsed.chips == ()


def test_a_date_in_words_is_a_chip_and_leaves_the_text() -> None:
    query = "sourdough last tuesday oven"
    parsed = parse_query(query, NOW)
    (chip,) = parsed.chips
    assert (chip.kind, chip.text, chip.label) == ("date", "last tuesday", "17 Nov 2026")
    assert query[chip.start : chip.end] == "last tuesday"
    assert (parsed.from_ms, parsed.to_ms) == (ms("2026-11-17"), ms("2026-11-18"))
    assert parsed.terms == ("sourdough", "oven")


def test_a_date_within_quotes_is_text() -> None:
    parsed = parse_query('"last tuesday"', NOW)
    assert [chip.kind for chip in parsed.chips] == ["phrase"]
    assert parsed.from_ms is None


def test_two_limits_leave_what_both_allow() -> None:
    parsed = parse_query("after:2024 after:2025 before:2026-06-01", NOW)
    assert (parsed.from_ms, parsed.to_ms) == (ms("2025-01-01"), ms("2026-06-01"))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("rust bor", True),
        ("rust bor ", False),
        ('rust "bor"', False),
        ("rust site:x.org", False),
        ("rust yesterday", False),
        ("yesterday rust", True),
        ("", False),
        ("rust -", False),
    ],
)
def test_only_a_word_that_may_be_unfinished_is_a_prefix(query: str, expected: bool) -> None:
    assert parse_query(query, NOW).last_term_is_prefix is expected


@pytest.mark.parametrize(
    "query", ["", "   ", '"', '""', "-", "--", ":", "site:", "\x00", "\ud800", "«»", "...."]
)
def test_a_query_of_nothing_asks_for_nothing(query: str) -> None:
    parsed = parse_query(query, NOW)
    assert parsed.text in {"", "site:"}
    assert parsed.chips == ()


@given(
    st.text(alphabet=st.characters(), max_size=300)
    | st.text(alphabet='ab "-:sitebforaftcgy.“”„', max_size=200)
)
def test_no_text_raises_and_chips_are_pieces_of_the_query(query: str) -> None:
    parsed = parse_query(query, NOW)
    behind = 0
    for chip in parsed.chips:
        assert query[chip.start : chip.end] == chip.text
        assert behind <= chip.start < chip.end
        behind = chip.end


@given(st.lists(st.from_regex(r"[a-z]{3,8}x", fullmatch=True), max_size=8))
def test_plain_words_come_back_as_they_are(words: list[str]) -> None:
    parsed = parse_query(" ".join(words), NOW)
    assert parsed.terms == tuple(words)
    assert parsed.text == " ".join(words)


@pytest.mark.parametrize(
    "piece", ["a", "-x ", 'site:a.b "', "before:x ", "title:", "yesterday ", '"', "\u201c"]
)
def test_ten_thousand_characters_are_read_like_any(piece: str) -> None:
    started = time.perf_counter()
    parsed = parse_query((piece * 10_000)[:20_000], NOW)
    assert len(parsed.terms) <= 64
    assert time.perf_counter() - started < 2
