from __future__ import annotations

from collections import Counter

import pytest

from host.core.errors import InvalidInput
from host.finetune.known_categories import name_categories
from host.finetune.rows import Row
from host.finetune.teaching import MOST_EXAMINED, draw_evenly, find_few, make_teaching

CATEGORIES = name_categories(["Dev", "My cats"])


def make_rows(**counts: int) -> list[Row]:
    """So many rows of each category; `none` has none."""
    return [
        Row(f"{name} {number}", f"https://{name}.example/{number}", None if name == "none" else name)
        for name, count in counts.items()
        for number in range(count)
    ]


ROWS = [*make_rows(Dev=5, none=5), *(Row(f"Cat {n}", "", "My cats") for n in range(5))]


def test_a_row_is_taught_as_the_number_of_its_label_and_none_as_the_last() -> None:
    found = make_teaching(ROWS, ROWS, CATEGORIES, most_rows=None, seed=1)
    assert found.labels == ("Dev", "My cats", "Other")
    taught = {item.split(" |")[0]: found.labels[number] for item, number in found.lessons}
    assert taught["Dev 0"] == "Dev"
    assert taught["Cat 0"] == "My cats"
    assert taught["none 0"] == "Other"
    assert "Categories: Dev, My cats, Other." in found.messages[0].content


def test_a_draw_takes_as_many_of_each_category_where_there_are_enough() -> None:
    rows = make_rows(Dev=100, News=100, Work=3, none=100)
    drawn = draw_evenly(rows, 63, seed=4)
    counts = Counter(row.category for row in drawn)
    assert counts == {"Dev": 20, "News": 20, "Work": 3, None: 20}
    assert drawn == draw_evenly(rows, 63, seed=4)
    assert drawn != draw_evenly(rows, 63, seed=5)


def test_what_a_person_said_is_drawn_before_all_else() -> None:
    own = [Row(f"Mine {n}", f"https://{n}.example/", "Dev", source="correction") for n in range(4)]
    drawn = draw_evenly([*make_rows(Dev=200, News=200), *own], 8, seed=2)
    assert set(own) <= set(drawn)


def test_no_more_rows_are_examined_than_a_validation_needs() -> None:
    many = make_rows(Dev=MOST_EXAMINED * 2)
    assert len(make_teaching(ROWS, many, CATEGORIES, most_rows=None, seed=1).examined) == MOST_EXAMINED


def test_what_the_gate_will_ask_about_does_not_choose_the_model() -> None:
    said = [Row(f"Mine {n}", f"https://{n}.example/", "Dev", source="correction") for n in range(3)]
    read = [Row(f"Page {n}", f"https://p{n}.example/", "Dev", source="page") for n in range(3)]
    found = make_teaching(ROWS, [*said, *read, *ROWS[:4]], CATEGORIES, most_rows=None, seed=1)
    assert {item.split(" |")[0] for item, _ in found.examined} == {f"Dev {n}" for n in range(4)}
    # Without anything else there would be no validation at all.
    assert len(make_teaching(ROWS, said, CATEGORIES, most_rows=None, seed=1).examined) == 3


def test_a_category_without_rows_is_an_error_that_names_it() -> None:
    with pytest.raises(InvalidInput, match="No row to train with belongs to My cats"):
        make_teaching(make_rows(Dev=5), ROWS, CATEGORIES, most_rows=None, seed=1)


def test_rows_of_a_category_that_is_not_known_are_an_error() -> None:
    with pytest.raises(InvalidInput, match="does not name: Dogs"):
        make_teaching([*ROWS, *make_rows(Dogs=1)], ROWS, CATEGORIES, most_rows=None, seed=1)


@pytest.mark.parametrize(("rows", "examined", "what"), [([], ROWS, "train"), (ROWS, [], "validate")])
def test_nothing_to_teach_or_to_validate_with_is_an_error(
    rows: list[Row], examined: list[Row], what: str
) -> None:
    with pytest.raises(InvalidInput, match=f"no row to {what} with"):
        make_teaching(rows, examined, CATEGORIES, most_rows=None, seed=1)


def test_a_category_with_three_examples_is_named() -> None:
    rows = [*make_rows(Dev=50), *(Row(f"Cat {n}", "", "My cats") for n in range(3))]
    assert find_few(rows, CATEGORIES) == ["My cats has only 3 rows: do not expect that it is learned."]
