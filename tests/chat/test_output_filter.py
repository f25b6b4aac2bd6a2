from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from host.chat.output_filter import OutputFilter
from host.chat.output_tags import KNOWN_TAGS

WORDS = """
[1] [?] [ ] ]( ( ) ! ![ [text] [a](http://evil.example/x) http https:// www. evil.example/x javascript: data:
a[0] [0]= = `a[1] `` ``` <x <y and y> <remote> <b
<b> </b> < > <|im_end|> <think> </think> <!-- . , : / // 【1】 ［2］ é 。 日本 word A 5 = - 1. ** ` " ' x.y
"""
SPACES = ["\n", "\n\n", " ", "  ", "\t", "\u200b", "\x00", "\u202e", "\u2028"]
PARTS = st.sampled_from([*WORDS.split(), *SPACES, " [2, 3]", "(Passage 1)", "(passages 2 and 3", "a" * 170])
TEXTS = st.one_of(st.lists(PARTS, max_size=14).map("".join), st.text(max_size=60))


def run(pieces: list[str]) -> str:
    made = OutputFilter()
    return "".join([*map(made.feed, pieces), made.finish()])


def divide(text: str, places: list[int]) -> list[str]:
    borders = [0, *sorted(place % (len(text) + 1) for place in places), len(text)]
    return [text[a:b] for a, b in itertools.pairwise(borders)]


@settings(deadline=None)
@given(TEXTS, st.lists(st.integers(0, 10_000), max_size=12))
def test_the_same_text_comes_out_of_every_division_of_the_stream(text: str, places: list[int]) -> None:
    whole = run([text])
    assert run(divide(text, places)) == whole
    assert run(list(text)) == whole


def leave_code_out(text: str) -> str:
    """The text without what is code to every reader of Markdown."""
    kept, fence = [], ""
    for line in text.split("\n"):
        found = re.match(r"\s*(`{3,}|~{3,})([^`]*)$", line)
        if fence:
            if found and found[1].startswith(fence) and not found[2].strip():
                fence = ""
        elif found:
            fence = found[1]
        else:
            kept.append(re.sub(r"(?<![\\`])(`+)(?!`)[^|]+?(?<!`)\1(?!`)", "", line))
    return "\n".join(kept)


@settings(deadline=None)
@given(TEXTS)
def test_nothing_comes_through_that_could_be_a_citation_a_link_or_markup(text: str) -> None:
    shown = run([text])
    assert not set(shown) & set("［］【】")
    assert not re.search(r"(?<!\\)[\[\]]", leave_code_out(shown))
    assert "](" not in shown
    assert "://" not in shown
    assert not re.search(r"https?:|www\.\w|javascript:\S|<[/!?|]", shown, re.IGNORECASE)
    # What no browser knows is a word, as long as it has no attributes.
    names = {name.casefold() for name in re.findall(r"<([a-z][\w.\-]*)\s*/?>", shown, re.IGNORECASE)}
    assert not names & KNOWN_TAGS
    assert not re.search(r"<[a-z][\w.\-]*\s[^<>]*=[^<>]*>", shown, re.IGNORECASE)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\ufeff]", shown)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("abc XYZ.,;?\n*-#`0123456789'\"éß日"), max_size=120))
def test_plain_text_comes_through_as_it_is(text: str) -> None:
    assert run([text]) == text


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("The fort fell in 1812 [2].", "The fort fell in 1812."),
        ("It fell [1][2] early [3] on.", "It fell early on."),
        ("It fell [Passage 2] early (Passage 3).", "It fell early."),
        ("It fell (passages 1 and 2).", "It fell."),
        ("(see above) and (source) stay", "(see above) and (source) stay"),
        ("Unsupported [?] here.", "Unsupported here."),
        ("He [the king] left.", "He (the king) left."),
        ("See [the page](https://evil.example/a_(b)) now.", "See the page now."),
        ("See ![chart](data:image/png;base64,AAAA) now.", "See now."),
        ("See https://evil.example/path?q=1. Then go.", "See. Then go."),
        ("See https://evil.example/path now.", "See now."),
        ("[the page][1] is old.\n[1]: https://evil.example", "(the page) is old.\n: "),
        ("www.evil.example is down", " is down"),
        ("Mail mailto:a@b.example now", "Mail now"),
        ("A <b>bold</b> <a href='x'>word</a>", "A bold word"),
        ("ht<b></b>tps://evil.example x", " x"),
        ("<think>The user wants [1]</think>It is 5.", "It is 5."),
        ("done<|im_end|>", "done"),
        ("1 < 2 and 3 <4 and a<=b", "1 < 2 and 3 <4 and a<=b"),
        ("A ratio of 3:2, data: none. HTTP/2 and/or TCP", "A ratio of 3:2, data: none. HTTP/2 and/or TCP"),
        ("Great! Yes!", "Great! Yes!"),
        ("open [bracket", "open bracket"),
        ("see httpjavascript:evil(): now", "see http now"),
        ("TCP/IP node.js/express stack", "TCP/IP node.js/express stack"),
        ("It is in C:/Users/me or src/a.py/x", "It is in C:/Users/me or src/a.py/x"),
        ("the metadata:name, the profile:x, data:x", "the metadata:name, the profile:x, data: x"),
        ("x<y and y>z", "x < y and y>z"),
        ("if a<b and b>c", "if a < b and b>c"),
        ("git push <remote> <branch>", "git push <remote> <branch>"),
        ("See <x onclick=evil()> and 1 << 2", "See < x onclick=evil()> and 1 << 2"),
        ("<<b>b>", "< b>"),
        ("a <-> b <https://evil.example> c", "a <-> b  c"),
        ("a[0]=1 and b[1] = 2", r"a\[0\]=1 and b\[1\] = 2"),
        ("Say `a[0][1]` or `x = []`, as told [1].", "Say `a[0][1]` or `x = []`, as told."),
        ("Say `list[int]` of [ints].", "Say `list[int]` of (ints)."),
        ("It is `never closed[1].", r"It is `never closed\[1\]."),
        ("It is `never [closed].", "It is `never (closed)."),
        ("```py\na[0] = b[i[1]]\n```\nSo[1].", "```py\na[0] = b[i[1]]\n```\nSo."),
        ("A ```\n-```a[1]=```", "A ```\n-```a\\[1\\]=```"),
        ("`a[0]<b>(http://x.example)` so", None),
        ("`a [1]` fell[1] early", "`a ` fell early"),
    ],
)  # fmt: skip
def test_what_is_cut_leaves_a_sentence_behind(written: str, shown: str | None) -> None:
    said = run(list(written))
    assert "](" not in said
    assert shown is None or said == shown


def test_text_is_held_back_no_longer_than_it_may_become_something_else() -> None:
    made = OutputFilter()
    assert made.feed("The answer ") == "The"
    assert made.feed("is (in") == " answer is"
    assert made.feed(" short) four") == " (in short)"
    assert made.feed(" [2") == ""
    assert made.feed("]. It") == " four."
    assert made.finish() == " It"
