"""The process that runs statements of a person: `python -m host.explorer.worker`.

A statement may be anything, and some of SQLite's work cannot be interrupted, so this happens outside the
daemon: what goes too far costs only this process. A connection lives as long as one request.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from host.workers.server import Operation, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from host.storage.explorer_running import Run
    from host.workers.messages import Header
    from host.workers.server import Report, Task

# What SQLite may take, and all of the process beside what it has at its start.
HEAP_BYTES = 512 * 1024 * 1024
PROCESS_BYTES = 1536 * 1024 * 1024
EXPORT_BYTES = 4 * 1024 * 1024 * 1024


def load(_config: Header, _report: Report) -> Mapping[str, Operation]:
    """Load SQLite and return the operations.

    Each gets {path, key (hex or null), sql, params, timeout_s, texts} and the vectors of the texts. One that
    lacks a vector answers {needs: text} and nothing else.
    """
    from host.explorer.bounds import bound_memory, give_way
    from host.storage import explorer_schema, explorer_statements  # noqa: F401 - before memory is bounded
    from host.storage.explorer_limits import limit_heap

    limit_heap(HEAP_BYTES)
    bound_memory(PROCESS_BYTES)
    give_way()
    return {"run": run, "describe": describe, "change": change, "export": export, "schema": schema}


def run(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
    """Run a statement that reads, and answer with some of its rows."""
    from host.storage.explorer_statements import read_page

    return _answer(header, payload, task, lambda made: read_page(made, header))


def describe(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
    """Say what the engine makes of a statement."""
    from host.storage.explorer_statements import describe_statement

    check = header.get("check", False)
    return _answer(
        header,
        payload,
        task,
        lambda made: describe_statement(made, header["params"], check=check),
        asks=True,
    )


def change(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
    """Run a statement that changes rows; says {committing} when it cannot be taken back any more."""
    from host.storage.explorer_changes import change_rows

    def work(made: Run) -> Header:
        return change_rows(made, header, lambda: task.progress({"committing": True}))

    return _answer(header, payload, task, work, write=True)


def export(header: Header, payload: bytes, task: Task) -> tuple[Header, bytes]:
    """Write every row of a result into a file; says {rows, bytes} as it goes."""
    from host.explorer.bounds import bound_memory
    from host.explorer.exporting import export_result

    def work(made: Run) -> Header:
        return export_result(made, header["params"], header["format"], Path(header["target"]), task.progress)

    # The libraries of its formats map more than they use.
    bound_memory(EXPORT_BYTES)
    try:
        return _answer(header, payload, task, work)
    finally:
        bound_memory(PROCESS_BYTES)


def schema(header: Header, _payload: bytes, _task: Task) -> tuple[Header, bytes]:
    """Every table with its columns and counts."""
    from host.storage.explorer_connection import open_explorer
    from host.storage.explorer_schema import read_schema

    connection = open_explorer(Path(header["path"]), _read_key(header), write=False)
    try:
        tables = [asdict(table) for table in read_schema(connection)]
    finally:
        connection.close()
    return {}, json.dumps({"tables": tables}).encode("ascii")


def _answer(
    header: Header,
    payload: bytes,
    task: Task,
    work: Callable[[Run], Header],
    *,
    write: bool = False,
    asks: bool = False,
) -> tuple[Header, bytes]:
    """Open the database, do `work`, close it."""
    from host.storage.explorer_connection import open_explorer
    from host.storage.explorer_functions import UnknownTextError, add_functions, split_vectors
    from host.storage.explorer_limits import Watch
    from host.storage.explorer_running import Run

    watch = Watch(header["timeout_s"], task.cancelled.is_set)
    connection = open_explorer(Path(header["path"]), _read_key(header), write=write)
    try:
        add_functions(connection, split_vectors(header["texts"], payload))
        answer = work(Run(connection, header["sql"], watch, write=write, asks=asks))
    except UnknownTextError as error:
        return {"needs": error.text}, b""
    finally:
        connection.close()
    return {}, json.dumps(answer).encode("ascii")


def _read_key(header: Header) -> bytes | None:
    return bytes.fromhex(header["key"]) if header["key"] else None


if __name__ == "__main__":
    serve(load)
