"""FTS5 and what stands in for it, held to the same promises, and then what only FTS5 has."""

from __future__ import annotations

from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from host.storage import fulltext, pages
from host.storage.filters import PageFilter
from host.storage.fulltext import Match, Term, TextHit, quote_match, search_text
from host.storage.fulltext_fallback import MemoryIndex
from tests.makers import NOON, add_page, make_content

if TYPE_CHECKING:
    from collections.abc import Iterator

    import apsw

    from host.storage.database import Database

_ANY_TEXT = (
    st.text(st.characters(codec=None), max_size=40)
    | st.text("a\ud800\udfff ", max_size=5)
    | st.text("\"*()^-+:{}NEAROT '\0\\%_", max_size=20)
)
_SLOW_FIXTURE = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=150)


class _Search(Protocol):
    def __call__(
        self, connection: apsw.Connection, match: Match, limit: int, page_filter: PageFilter | None = None
    ) -> list[TextHit]: ...


@pytest.fixture(params=["FTS5", "memory"])
def search(request: pytest.FixtureRequest) -> _Search:
    return search_text if request.param == "FTS5" else MemoryIndex().search


@contextmanager
def _undone(database: Database) -> Iterator[None]:
    """What is written inside is deleted afterwards, for tests that run many examples in one database."""
    yield
    database.write(
        lambda connection: pages.delete_pages(
            connection, database.features, pages.find_page_ids(connection, everything=True)
        )
    )


def _find(
    database: Database, search: _Search, match: Match, page_filter: PageFilter | None = None
) -> list[str]:
    def read(connection: apsw.Connection) -> list[str]:
        hits = search(connection, match, 20, page_filter)
        found = pages.read_pages(connection, [hit.page_id for hit in hits])
        return [found[hit.page_id].url for hit in hits]

    return database.read(read)


def _add(database: Database, *texts: str, title: str = "") -> None:
    def store(connection: apsw.Connection) -> None:
        for number, text in enumerate(texts):
            add_page(connection, f"https://{number}.example/", text, title)

    database.write(store)


def _words(*words: str) -> Match:
    return Match(any_of=tuple(Term(word) for word in words))


def test_the_page_with_more_of_the_words_comes_first(database: Database, search: _Search) -> None:
    _add(database, "tea and cake", "green tea in a blue pot", "coffee", "a pot", "bread")
    assert _find(database, search, _words("tea", "pot")) == [
        "https://1.example/",
        "https://3.example/",
        "https://0.example/",
    ]


def test_a_word_of_the_title_weighs_more_than_one_of_the_text(database: Database, search: _Search) -> None:
    def store(connection: apsw.Connection) -> None:
        add_page(connection, "https://text.example/", "about a kettle and other things", "Kitchens")
        add_page(connection, "https://title.example/", "about a pot and other things", "Kettle")
        for number in range(5):
            add_page(connection, f"https://{number}.example/", "about nothing of that kind", "Other")

    database.write(store)
    assert _find(database, search, _words("kettle"))[0] == "https://title.example/"


def test_all_of_is_required_and_none_of_is_refused(database: Database, search: _Search) -> None:
    _add(database, "red apple", "red pear", "green apple", "red apple pie")
    match = Match(any_of=(Term("apple"),), all_of=(Term("red"),), none_of=(Term("pie"),))
    assert _find(database, search, match) == ["https://0.example/"]


def test_a_phrase_matches_its_words_in_their_order_only(database: Database, search: _Search) -> None:
    _add(database, "the cold war ended", "war is cold", "cold, cold days before the war")
    assert _find(database, search, Match(all_of=(Term("cold war"),))) == ["https://0.example/"]


def test_a_prefix_matches_the_word_that_is_being_typed(database: Database, search: _Search) -> None:
    _add(database, "photosynthesis in plants", "a photo", "physics")
    assert set(_find(database, search, Match(any_of=(Term("photos", prefix=True),)))) >= {
        "https://0.example/"
    }
    assert not _find(database, search, Match(any_of=(Term("hotos", prefix=True),)))


def test_a_title_term_looks_at_titles_only(database: Database, search: _Search) -> None:
    _add(database, "lemon in the text", "nothing", title="A page")
    assert not _find(database, search, Match(all_of=(Term("lemon", column="title"),)))
    assert len(_find(database, search, Match(all_of=(Term("page", column="title"),)))) == 2


def test_words_of_the_address_are_found(database: Database, search: _Search) -> None:
    database.write(lambda connection: add_page(connection, "https://docs.example.org/install-guide", "text"))
    assert _find(database, search, _words("guide")) == ["https://docs.example.org/install-guide"]


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("私は東京に住んでいます。", "東京"),
        ("我们在北京大学学习机器学习", "机器学习"),
        ("ฉันรักภาษาไทยมาก", "ภาษา"),
        ("서울에서 만나요", "서울에서"),
        ("Привет, мир", "мир"),
        ("Ein Café in Zürich", "Zürich"),
        ("שלום עולם", "עולם"),
    ],
)
def test_words_of_every_script_are_found(database: Database, search: _Search, text: str, query: str) -> None:
    _add(database, text, "something else entirely")
    assert _find(database, search, Match(all_of=(Term(query),))) == ["https://0.example/"]


def test_a_filter_narrows_by_site_time_and_language(database: Database, search: _Search) -> None:
    def store(connection: apsw.Connection) -> None:
        add_page(connection, "https://a.example/1", "tea", at=NOON)
        add_page(connection, "https://sub.a.example/2", "tea", at=NOON + 1000)
        add_page(connection, "https://nota.example/3", "tea", at=NOON + 2000)

    database.write(store)
    tea = _words("tea")
    assert len(_find(database, search, tea, PageFilter(sites=("a.example",)))) == 2
    assert _find(database, search, tea, PageFilter(excluded_sites=("a.example",))) == [
        "https://nota.example/3"
    ]
    assert _find(database, search, tea, PageFilter(sites=("a.example/1",))) == ["https://a.example/1"]
    assert len(_find(database, search, tea, PageFilter(from_ms=NOON + 1000))) == 2
    assert _find(database, search, tea, PageFilter(to_ms=NOON + 1)) == ["https://a.example/1"]
    assert not _find(database, search, tea, PageFilter(language="de"))


def test_a_filter_takes_like_wildcards_as_themselves(database: Database, search: _Search) -> None:
    database.write(lambda connection: add_page(connection, "https://example.org/ab", "tea"))
    for hostile in ("exampl_.org", "%", "%.org", "example.org/a_", "example.org/%b", "x' OR 1 --"):
        assert not _find(database, search, _words("tea"), PageFilter(sites=(hostile,)))


def test_nothing_to_search_for_finds_nothing(database: Database, search: _Search) -> None:
    _add(database, "tea")
    for text in ("", " ", "\0", '"', "***", "—"):
        assert not _find(database, search, _words(text))


def test_what_is_changed_or_deleted_is_no_longer_found_by_its_old_words(
    database: Database, search: _Search
) -> None:
    _add(database, "alpha", "beta")
    assert _find(database, search, _words("alpha"))

    def change(connection: apsw.Connection) -> None:
        page = pages.read_page(connection, url="https://0.example/")
        assert page is not None
        # As old as before: an index must not go by times alone.
        pages.store_content(connection, page.id, make_content("gamma"), NOON)

    database.write(change)
    assert not _find(database, search, _words("alpha"))
    assert _find(database, search, _words("gamma")) == ["https://0.example/"]
    with _undone(database):
        pass
    assert not _find(database, search, _words("gamma", "beta"))


@_SLOW_FIXTURE
@given(text=_ANY_TEXT, prefix=st.booleans(), column=st.sampled_from([None, "title"]))
def test_no_text_is_too_strange_to_be_searched_for(
    database: Database, search: _Search, text: str, prefix: bool, column: str | None
) -> None:
    term = Term(text, prefix=prefix, column=column)
    for match in (
        Match(any_of=(term,)),
        Match(all_of=(term, Term("tea"))),
        Match(any_of=(Term("tea"),), none_of=(term,)),
    ):
        assert _find(database, search, match) == []


@_SLOW_FIXTURE
@given(text=st.text(st.characters(categories=["L", "N", "P", "S", "Zs", "M"]), min_size=1, max_size=25))
def test_a_page_is_found_by_its_own_text_quoted_as_a_phrase(database: Database, text: str) -> None:
    match = Match(all_of=(Term(text),))
    if quote_match(match) is None:
        return
    with _undone(database):
        database.write(lambda connection: add_page(connection, "https://a.example/", f"before {text} after"))
        # Symbols alone hold no token for FTS5; what holds a letter is found.
        if any(character.isalpha() for character in text):
            assert _find(database, search_text, match) == ["https://a.example/"]


@_SLOW_FIXTURE
@given(
    changes=st.lists(
        st.tuples(
            st.integers(0, 3), st.sampled_from(["add", "change", "delete", "title"]), st.text(max_size=12)
        ),
        max_size=12,
    )
)
def test_the_index_agrees_with_the_pages_whatever_is_done_to_them(
    database: Database, changes: list[tuple[int, str, str]]
) -> None:
    def apply(connection: apsw.Connection) -> bool:
        for number, action, text in changes:
            url = f"https://{number}.example/"
            page = pages.read_page(connection, url=url)
            if action == "add" or page is None:
                add_page(connection, url, text, text)
            elif action == "change":
                pages.store_content(connection, page.id, make_content(text, page.title), NOON)
            elif action == "title":
                pages.store_content(connection, page.id, make_content(page.content_text, text), NOON)
            else:
                pages.delete_pages(connection, database.features, [page.id])
        return fulltext.check_index(connection)

    with _undone(database):
        assert database.write(apply)


def test_an_index_that_differs_is_noticed_and_rebuilt(database: Database) -> None:
    _add(database, "tea")

    def damage(connection: apsw.Connection) -> bool:
        connection.execute("DROP TRIGGER pages_fts_update")
        connection.execute("UPDATE pages SET content_text = 'coffee'")
        return fulltext.check_index(connection)

    assert not database.write(damage)
    database.write(fulltext.rebuild_index)
    assert database.write(fulltext.check_index)
    assert _find(database, search_text, _words("coffee"))


def test_pages_that_were_stored_without_the_index_are_in_it_once_it_is_made(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from host.storage.database import Database as Opened

    path = tmp_path_factory.mktemp("late") / "history.db"
    with Opened(path, without=frozenset({"fulltext"})) as without:
        assert not without.features.fulltext
        without.write(lambda connection: add_page(connection, "https://a.example/", "tea"))
    with Opened(path) as opened:
        assert _find(opened, search_text, _words("tea")) == ["https://a.example/"]


def test_the_pages_that_hold_a_word_are_known(database: Database) -> None:
    _add(database, "tea", "tea cake", "cake")
    terms = (Term("tea"), Term("cak", prefix=True), Term("none"), Term("?"))
    found = [database.read(partial(fulltext.find_pages_with, term=term)) for term in terms]
    assert found == [{1, 2}, {2, 3}, frozenset(), frozenset()]


@pytest.mark.parametrize("engine", ["FTS5", "memory"])
def test_pages_are_kept_that_hold_every_required_word_and_no_refused_one(
    database: Database, engine: str
) -> None:
    _add(database, "red apple", "red pear", "green apple", "a red, red apple")
    match = Match(any_of=(Term("nowhere"),), all_of=(Term("red"),), none_of=(Term("pear"),))
    keep = fulltext.filter_pages if engine == "FTS5" else MemoryIndex().keep_allowed
    assert database.read(lambda connection: keep(connection, match, [4, 3, 2, 1, 99])) == [4, 1]


def test_the_vocabulary_is_read_in_a_range_with_page_counts(database: Database) -> None:
    _add(database, "apple banana cherry")
    assert database.read(lambda connection: fulltext.read_vocabulary(connection, "b", "c")) == {"banana": 1}
