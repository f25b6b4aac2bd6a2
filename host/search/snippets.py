"""INTERIM by the lead: replace wholesale (owner: ranking developer)."""

from __future__ import annotations

from collections.abc import Sequence


def make_snippet(
    text: str, terms: Sequence[str], phrases: Sequence[str], max_chars: int
) -> tuple[str, list[tuple[int, int]]]:
    """The beginning of the text around the first match."""
    lowered = text.lower()
    places = [lowered.find(word.lower()) for word in (*phrases, *terms)]
    first = min((place for place in places if place >= 0), default=0)
    begin = max(0, first - max_chars // 4)
    snippet = text[begin : begin + max_chars]
    spans = []
    for word in (*phrases, *terms):
        at = snippet.lower().find(word.lower())
        if at >= 0:
            head = len(snippet[:at].encode("utf-16-le")) // 2
            spans.append((head, head + len(snippet[at : at + len(word)].encode("utf-16-le")) // 2))
    return snippet, sorted(spans)
