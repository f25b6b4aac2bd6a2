"""Which language a page is in. Runs only in the reader process."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

_MIN_LETTERS = 60
_SURE_LETTERS = 200
_SAMPLE = 3000
_SURE = 0.9
_CODE = re.compile(r"\s*([A-Za-z]{2,3})(?:[-_]|\s*$)")
# Languages that a statistical classifier cannot keep apart: here the page's own word counts.
_ALIKE = tuple(
    frozenset(group.split())
    for group in ("no nb nn da", "sr hr bs sh", "id ms", "zh yue", "pt gl", "cs sk", "hi mr ne")
)
_LETTER = re.compile(r"[^\W\d_]")


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def decide_language(text: str, declared: str | None) -> str | None:
    """The language of a text.

    Args:
        text: the content of the page.
        declared: what the page says (`<html lang>`), wrong often enough to be checked.

    Returns:
        An ISO 639 code in lower case, or None when neither the page nor its text tells.
    """
    match = _CODE.match(declared or "")
    said = match[1].lower() if match else None
    letters = len(_LETTER.findall(text[: 2 * _SAMPLE]))
    if letters < _MIN_LETTERS:
        return said
    # From the middle: pages begin with menus and end with notices in other languages.
    start = max(0, (len(text) - _SAMPLE) // 2)
    found, probability = _identifier().classify(text[start : start + _SAMPLE])
    found = str(found)
    if said is None:
        return found if probability >= _SURE or letters >= _SURE_LETTERS else None
    if said == found or any({said, found} <= group for group in _ALIKE):
        return said
    return found if probability >= _SURE and letters >= _SURE_LETTERS else said
