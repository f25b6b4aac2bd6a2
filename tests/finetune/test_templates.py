from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.finetune.templates import Slot, escape_text, fill_template, find_slots, parse_template


def fill(text: str, *, keep: bool = True) -> str:
    return fill_template(parse_template(text), lambda slot: f"[{slot.name}{slot.number}]", lambda: keep)


def test_slots_are_read_with_their_number_argument_and_change() -> None:
    assert list(find_slots(parse_template("a {b2:1-4.slug} {c_de} <{slug_}> {id:7}"))) == [
        Slot("b", "2", "1-4", "slug"),
        Slot("c_de"),
        Slot("slug_"),
        Slot("id", "", "7"),
    ]


def test_parts_in_angle_brackets_may_be_left_out() -> None:
    text = "<({count}) >{topic}<, part< one>.>"
    assert fill(text) == "([count]) [topic], part one."
    assert fill(text, keep=False) == "[topic]"


def test_a_doubled_bracket_stands_for_itself() -> None:
    assert fill("vector<<{type}>> {{ }}") == "vector<[type]> { }"


@pytest.mark.parametrize("text", ["{", "}", "a > b", "<a", "{}", "{1}", "{a b}", "<{a}", "{a.}", "{a:{b}}"])
def test_a_bracket_without_a_partner_is_told(text: str) -> None:
    with pytest.raises(InvalidInput, match="belongs to nothing"):
        parse_template(text)


@given(st.text())
def test_any_text_can_be_escaped(text: str) -> None:
    assert fill(escape_text(text)) == text
    assert fill(f"< {escape_text(text)} >{{a}}", keep=False) == "[a]"


@given(st.text(alphabet="ab{}<>:.1 "))
def test_every_text_is_a_template_or_is_told_to_be_none(text: str) -> None:
    try:
        parts = parse_template(text)
    except InvalidInput:
        return
    assert all(slot.name for slot in find_slots(parts))
    assert len(fill_template(parts, lambda _: "", lambda: True)) <= len(text)
