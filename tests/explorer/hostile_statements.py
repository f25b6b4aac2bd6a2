"""Hostile and clumsy statements, what each tries, and what it gets: the table of docs/sql.md."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S = 0.4
_DATA = Path(__file__).with_suffix(".json")


@dataclass(frozen=True)
class Hostile:
    """A statement.

    Attributes:
        tries: what would come of it, in words.
        sql: the statement; `{folder}` is a folder that has to stay empty, and see `fill_in`.
        got: the answer: an error's kind and message, or "rows" and the first of them.
        shown: how a long one is shown.
        params: values of its parameters.
        limit_s: seconds that it may take.
    """

    tries: str
    sql: str
    got: str
    shown: str | None = None
    params: Any = None
    limit_s: float = LIMIT_S


GROUPS: dict[str, list[Hostile]] = {
    name: [Hostile(**one) for one in group]
    for name, group in json.loads(_DATA.read_text(encoding="utf-8")).items()
}
ALL = [one for group in GROUPS.values() for one in group]


def fill_in(sql: str, folder: str) -> str:
    """The whole statement, with what stands for its long parts."""
    parts = {
        "{folder}": folder,
        "{many}": "%a" * 1000,
        "{copies}": "replace(" * 60 + "hex(zeroblob(30000000))" + ", '0', '1'), '1', '0')" * 30,
        "{json}": "'" + "[" * 5000 + "]" * 5000 + "'",
        "{deep}": "(" * 3000 + "1" + ")" * 3000,
        "{sum}": "+".join(["1"] * 3000),
        "{columns}": ", ".join(["1"] * 5000),
        "{union}": " UNION ALL ".join(["SELECT 1"] * 500),
        "{joins}": ", ".join(f"pages p{number}" for number in range(70)),
    }
    for name, text in parts.items():
        sql = sql.replace(name, text)
    return sql
