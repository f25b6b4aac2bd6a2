from __future__ import annotations

from host.chat.exchange import Passage
from host.chat.fallback import MOST_PAGES, explain, list_results, say_nothing_found
from host.chat.marks import render_answer
from host.core.errors import ModelLoading, Timeout


def _passage(n: int, score: float = 0.5, *, page_id: int | None = None, text: str = "It says so.") -> Passage:
    return Passage(
        n=n,
        page_id=page_id or n,
        chunk_id=n,
        url=f"https://{n}.example/",
        title=f"Title {n}",
        domain=f"{n}.example",
        heading="",
        text=text,
        visited_at=0,
        favicon_url=None,
        score=score,
        cosine=None,
    )


def test_each_page_is_listed_once_with_its_title_and_the_beginning_of_its_passage() -> None:
    draft = list_results([_passage(1), _passage(2, page_id=1), _passage(3, text="Title 3\nMore.")])

    assert render_answer(draft.sentences) == (
        "These pages of your history come closest:\n"
        "\n- **Title 1**: It says so. [1]"
        "\n- **Title 3**: More. [3]"
    )


def test_pages_far_below_the_best_and_beyond_the_first_few_are_left_out() -> None:
    assert "Title 2" not in render_answer(list_results([_passage(1, 0.9), _passage(2, 0.2)]).sentences)
    many = list_results([_passage(n) for n in range(1, 9)])
    assert len(many.sentences) == 1 + MOST_PAGES


def test_markup_of_a_page_is_shown_and_not_obeyed() -> None:
    said = render_answer(
        list_results([_passage(1, text="[click](https://evil.example) <b>now</b>")]).sentences
    )

    assert "\\[click\\](" in said
    assert "https://" not in said
    assert "<b>" not in said


def test_nothing_found_names_what_was_narrowed() -> None:
    assert "this part of your history" in render_answer(say_nothing_found([], narrowed=True).sentences)
    assert "closest pages" in render_answer(say_nothing_found([_passage(1)], narrowed=False).sentences)
    assert "closest pages" not in render_answer(say_nothing_found([], narrowed=False).sentences)


def test_every_problem_says_what_to_do() -> None:
    assert explain(Timeout("Too slow.")).fix == "Ask again."
    assert explain(ModelLoading("Loading.")).fix == "Ask again in a few seconds."
    assert explain(Timeout("Too slow.", fix="Rest.")).fix == "Rest."
