"""Which passages a question gets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.chat.retrieval import MOST_OF_A_PAGE, PASSAGES, Found, find_passages
from host.core.errors import Cancelled
from host.storage.filters import PageFilter
from host.storage.pages import PageVisit, record_visit
from tests.makers import NOON

if TYPE_CHECKING:
    from tests.chat.chat_world import ChatWorld

pytestmark = pytest.mark.model

FERRY = (
    "The ferry between Orsk and Hallen was launched in 1911. It carries twelve cars and sixty people. The "
    "crossing takes forty minutes when the river is calm."
)
FILLER = (
    "The village keeps its accounts in a red book. Every household notes how much wood it has taken from the "
    "forest, and in autumn the numbers are read aloud in the school. Nobody has ever been known to cheat, "
    "though there are stories about a miller. The book is kept in a chest with two locks."
)
DEEP = "The oldest apple tree of the village, called the Grey Widow, was planted by the midwife Oda Prell."


def _ask(world: ChatWorld, question: str, page_filter: PageFilter | None = None) -> Found:
    return find_passages(world.search, world.profile, question, page_filter=page_filter or PageFilter())


@pytest.fixture(scope="module")
def world(chat_world: ChatWorld) -> ChatWorld:
    chat_world.read("https://ferries.example/orsk", "Ferry of Orsk", FERRY)
    chat_world.read("https://copy.example/orsk", "Ferry of Orsk, a copy", f"{FERRY} Read elsewhere.")
    long = "\n\n".join([*[f"{FILLER} Chapter {n}." for n in range(30)], DEEP, *[FILLER] * 10])
    chat_world.read("https://village.example/book", "A village and its book", long)
    for n in range(12):
        chat_world.read(
            f"https://boats.example/{n}",
            f"Boat {n}",
            f"Boat number {n} has a hull of oak and a ferry licence. Its skipper is called Nils {n}, and he "
            f"paints it every {n + 2} years in colour {n}.",
        )
    chat_world.read(
        "https://turned.example/", "Ferry timetable", "The ferry of Orsk sails at seven and at ten."
    )
    chat_world.index()

    def change(connection: object) -> None:
        connection.execute(  # type: ignore[attr-defined]
            "UPDATE pages SET url = 'ftp://turned.example/' WHERE url = 'https://turned.example/'"
        )

    chat_world.profile.database.write(change)
    visit = PageVisit(
        "https://imported.example/", "imported.example", "imported", NOON, "Ferry of Orsk in 1911"
    )
    chat_world.profile.database.write(lambda connection: record_visit(connection, visit))
    return chat_world


def test_a_passage_of_signs_is_no_repetition_of_another(chat_world: ChatWorld) -> None:
    for n in range(2):
        chat_world.read(f"https://signs.example/{n}", f"Ferry pictograms {n}", "⛴ ⚓ 🚢 🛟 " * (n + 3))
    chat_world.index()
    urls = {passage.url for passage in _ask(chat_world, "ferry pictograms").passages}
    assert {"https://signs.example/0", "https://signs.example/1"} <= urls


def test_the_passage_that_answers_comes_first_and_numbers_count_from_one(world: ChatWorld) -> None:
    found = _ask(world, "When was the ferry between Orsk and Hallen launched?")
    assert "1911" in found.passages[0].text
    assert [passage.n for passage in found.passages] == list(range(1, len(found.passages) + 1))
    assert found.passages[0].cosine is not None
    assert not found.degraded


def test_a_long_page_gives_the_passage_that_answers(world: ChatWorld) -> None:
    passage = _ask(world, "Who planted the apple tree called Grey Widow?").passages[0]
    assert passage.url == "https://village.example/book"
    assert "Oda Prell" in passage.text


def test_what_a_better_passage_says_is_not_said_again(world: ChatWorld) -> None:
    found = _ask(world, "How many cars does the ferry between Orsk and Hallen carry?")
    assert sum("twelve cars" in passage.text for passage in found.passages) == 1


def test_passages_come_from_several_pages(world: ChatWorld) -> None:
    found = _ask(world, "What do the village book, the boats and the ferry have in common?")
    assert 1 < len(found.passages) <= PASSAGES
    pages = [passage.page_id for passage in found.passages]
    assert max(map(pages.count, pages)) <= MOST_OF_A_PAGE
    assert len(set(pages)) > 2


def test_only_pages_with_a_web_address_and_a_text_are_quoted(world: ChatWorld) -> None:
    found = _ask(world, "When does the ferry of Orsk sail, and was it there in 1911?")
    assert all(passage.url.startswith("https://") for passage in found.passages)
    assert "https://imported.example/" not in {passage.url for passage in found.passages}
    assert all(passage.text for passage in found.passages)


def test_a_filter_narrows_the_pages(world: ChatWorld) -> None:
    found = _ask(world, "When was the ferry launched?", PageFilter(sites=("boats.example",)))
    assert {passage.domain for passage in found.passages} == {"boats.example"}


def test_filters_in_the_question_are_told(world: ChatWorld) -> None:
    found = _ask(world, "ferry site:copy.example")
    assert [chip.kind for chip in found.chips] == ["site"]
    assert {passage.domain for passage in found.passages} == {"copy.example"}


def test_rare_words_of_the_question_weigh_more(world: ChatWorld) -> None:
    weights = _ask(world, "Is Hallen on the ferry line?").weights
    assert weights is not None
    assert weights["hallen"] > weights["ferri"]


def test_who_has_lost_interest_is_not_waited_for(world: ChatWorld) -> None:
    def cancel() -> None:
        message = "Nobody waits."
        raise Cancelled(message)

    with pytest.raises(Cancelled):
        find_passages(world.search, world.profile, "ferry", page_filter=PageFilter(), check_cancelled=cancel)
