"""Writes the tables of the models: `python -m host.models.reference docs/models.md`.

Everything in them comes from the registry. A test fails when the document differs.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from host.models.registry import HubSource, ModelEntry, ModelType, load_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

BEGIN, END = "<!-- models -->", "<!-- end of models -->"
_HEADINGS: dict[ModelType, str] = {
    "embedding": "Embedding models: searching, and sorting into categories",
    "reranker": "Cross-encoders: putting search results in a better order",
    "nli": "Models of natural-language inference: sorting into categories",
    "instruction": "Instruction models: answers, and sorting into categories",
}
_COLUMNS = ("model", "download", "memory", "longest text", "languages", "licence", "repository and commit")
# A list of languages longer than this is counted instead.
_LANGUAGES_SHOWN = 15


def write_tables() -> str:
    """The tables of all models, as Markdown."""
    lines: list[str] = []
    for model_type, heading in _HEADINGS.items():
        entries = [entry for entry in load_registry().values() if entry.type == model_type]
        lines += [f"### {heading}", "", f"| {' | '.join(_COLUMNS)} |", "|---" * len(_COLUMNS) + "|"]
        lines += [f"| {' | '.join(_write_row(entry))} |" for entry in entries]
        lines += ["", *(f"* `{entry.id}`: {_write_note(entry)}" for entry in entries), ""]
    return "\n".join(lines)


def renew(text: str) -> str:
    """A document with the tables as they are now.

    Args:
        text: with the two marks, each on a line of its own, between which the tables stand.

    Raises:
        ValueError: a mark is missing.
    """
    before, _, rest = text.partition(BEGIN)
    if not rest or END not in rest:
        message = f"the document lacks {BEGIN} or {END}"
        raise ValueError(message)
    after = rest.partition(END)[2]
    return f"{before}{BEGIN}\n\n{write_tables()}\n{END}{after}"


def _write_row(entry: ModelEntry) -> Iterator[str]:
    yield f"`{entry.id}`" + (" (starter)" if entry.starter else "")
    yield _write_size(entry.size)
    yield _write_size(entry.memory)
    yield f"{entry.context:,} tokens"
    yield _write_languages(entry)
    yield entry.licence
    yield "<br>".join(
        f"`{source.repository}` `{source.revision[:10]}`"
        for source in entry.sources
        if isinstance(source, HubSource)
    )


def _write_size(count: int) -> str:
    return f"{count / 1e9:.1f} GB" if count >= 1e9 else f"{round(count / 1e6)} MB"


def _write_languages(entry: ModelEntry) -> str:
    if entry.languages == ("mul",):
        return "about a hundred"
    if len(entry.languages) > _LANGUAGES_SHOWN:
        return str(len(entry.languages))
    return ", ".join(entry.languages)


def _write_note(entry: ModelEntry) -> str:
    parts = [entry.note]
    if entry.dimensions:
        parts.append(f"Vectors of {entry.dimensions} numbers.")
    if entry.query_prefix or entry.passage_prefix:
        parts.append(f'Put in front: "{entry.query_prefix}" and "{entry.passage_prefix}".')
    if entry.remote_code:
        parts.append(f"Brings Python code from `{entry.remote_code}`.")
    if entry.gated:
        parts.append(f"The original, `{entry.gated}`, is gated.")
    return " ".join(parts)


def main(arguments: list[str]) -> int:
    """Put the tables into a document, or print them; returns the exit code."""
    if not arguments:
        sys.stdout.write(write_tables())
        return 0
    document = Path(arguments[0])
    document.write_text(renew(document.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
