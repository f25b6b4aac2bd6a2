"""What docs/sql.md says from the program's own data: functions, and what hostile statements get.

`python -m tests.explorer.sql_reference` writes both into the document.
"""

from __future__ import annotations

from pathlib import Path

from host.storage.explorer_descriptions import FUNCTION_NOTES
from tests.explorer.hostile_statements import GROUPS

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sql.md"
_MARK = "<!-- {} {} -->"


def make_sections() -> dict[str, str]:
    """The generated parts by their names."""
    return {"functions": _list_functions(), "statements": _list_statements()}


def put_in(document: str) -> str:
    """The document with its generated parts made anew."""
    for name, text in make_sections().items():
        begin, end = _MARK.format("begin", name), _MARK.format("end", name)
        before, _, rest = document.partition(begin)
        _, _, after = rest.partition(end)
        document = f"{before}{begin}\n\n{text}\n{end}{after}"
    return document


def _list_functions() -> str:
    lines = ["| Function | Usage | |", "|---|---|---|"]
    lines += [
        f"| {note.name} | {_code(note.usage)} | {_plain(note.description)} |" for note in FUNCTION_NOTES
    ]
    return "\n".join(lines) + "\n"


def _list_statements() -> str:
    lines = []
    for name, group in GROUPS.items():
        lines += [f"### {name}", "", "| Tries | Statement | Got |", "|---|---|---|"]
        lines += [f"| {one.tries} | {_code(one.shown or one.sql)} | {_tell(one.got)} |" for one in group]
        lines.append("")
    return "\n".join(lines)


def _code(sql: str) -> str:
    text = sql.replace("\n", " ⏎ ").replace("|", "\\|").replace("{folder}", "…")
    return f"`{text}`" if text else "(nothing)"


def _tell(got: str) -> str:
    kind, _, message = got.partition(": ")
    return f"`{kind}` {_plain(message)}"


def _plain(text: str) -> str:
    for character in "|_*":
        text = text.replace(character, f"\\{character}")
    return text.replace("\n", " ⏎ ")


if __name__ == "__main__":
    DOCUMENT.write_text(put_in(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")
