"""What is answered about one statement: some of its rows, or what it is."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from host.storage.explorer_running import bind
from host.storage.explorer_schema import read_dimensions

if TYPE_CHECKING:
    from host.storage.explorer_running import Run


def read_page(run: Run, asked: dict[str, Any]) -> dict[str, Any]:
    """Run a statement that reads.

    Args:
        run: the statement.
        asked: {params, plan, limit, offset}.

    Returns:
        {columns, rows, truncated, took_ms, plan}.
    """
    dimensions = read_dimensions(run.connection)
    began = time.perf_counter()
    prepared = run.prepare()
    plan = run.plan(prepared, asked["params"]) if asked["plan"] else None
    rows = run.read(
        prepared, asked["params"], limit=asked["limit"], offset=asked["offset"], dimensions=dimensions
    )
    return {
        "columns": prepared.columns,
        "rows": rows.cells,
        "truncated": rows.truncated,
        "took_ms": (time.perf_counter() - began) * 1000,
        "plan": None if plan is None else [asdict(step) for step in plan],
    }


def describe_statement(run: Run, params: Any = None, *, check: bool = False) -> dict[str, Any]:
    """What the engine makes of a statement: {parameters, columns, writes, plan}.

    Args:
        run: the statement.
        params: values for it.
        check: refuse values that do not fit.
    """
    prepared = run.prepare()
    if check:
        bind(prepared, params)
    return {
        "parameters": prepared.names,
        "columns": prepared.columns,
        "writes": prepared.writes,
        "plan": [asdict(step) for step in run.plan(prepared, None)],
    }
