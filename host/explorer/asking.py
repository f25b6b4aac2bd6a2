"""Has a process do something with a statement, as often as it lacks a vector."""

from __future__ import annotations

import json
import math
import threading
import time
import weakref
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

from host.explorer.ending import end_in_time

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from host.explorer.processes import Processes
    from host.explorer.statements import Statement
    from host.history.profiles import Profile
    from host.storage.database import Database
    from host.workers.client import Worker

# An answer of a process and the seconds that it took.
Reply = tuple[tuple[dict[str, Any], bytes], float]

SCHEMA_S = 10.0


class Asking:
    """Asks processes; safe to use from several threads."""

    def __init__(self, processes: Processes, embed: Callable[[Profile, str], bytes]) -> None:
        self._processes = processes
        self._embed = embed
        self._known: weakref.WeakSet[Database] = weakref.WeakSet()
        self._lock = threading.Lock()

    def read_schema(self, profile: Profile) -> list[dict[str, Any]]:
        """Every table with its columns and counts."""
        with self._lend(profile) as worker:
            _, data = worker.request("schema", _locate(profile), timeout=SCHEMA_S)
        tables: list[dict[str, Any]] = json.loads(data)["tables"]
        return tables

    def ask(
        self,
        profile: Profile,
        operation: str,
        statement: Statement,
        asked: dict[str, Any],
        cancelled: threading.Event,
        through: Callable[[Callable[[], Reply]], Reply] = lambda work: work(),
        on_progress: Callable[[dict[str, int]], None] | None = None,
    ) -> dict[str, Any]:
        """Have a process do it, again with a vector where it lacks one.

        Args:
            profile: whose database.
            operation: of the process.
            statement: what it is about.
            asked: what else it wants to know.
            cancelled: ends it.
            through: each try is made within.
            on_progress: told what comes ahead of the answer. Without, that a change is being kept, which
                cannot be ended any more.
        """
        vectors: dict[str, bytes] = {}
        left_s = statement.timeout_s
        with self._lend(profile) as worker:
            while True:
                header = {
                    **asked,
                    "sql": statement.sql,
                    "params": statement.params,
                    "timeout_s": left_s,
                    "texts": list(vectors),
                }
                work = partial(_request, worker, operation, profile, header, vectors, cancelled, on_progress)
                (said, data), took_s = through(work)
                # Waiting for a model, or for other writers, is not the statement's time.
                left_s = max(0.001, left_s - took_s)
                if "needs" not in said:
                    answer: dict[str, Any] = json.loads(data)
                    return answer
                vectors[said["needs"]] = self._embed(profile, said["needs"])

    @contextmanager
    def _lend(self, profile: Profile) -> Iterator[Worker]:
        """A process, which is ended when the database's file is about to be replaced."""
        database = profile.database
        with self._lock:
            if database not in self._known:
                self._known.add(database)
                database.before_replace.append(lambda: self._processes.end(database.path))
        # Waits while it is being replaced.
        database.read(lambda _: None)
        with self._processes.lend(database.path) as worker:
            yield worker


def _request(
    worker: Worker,
    operation: str,
    profile: Profile,
    header: dict[str, Any],
    vectors: dict[str, bytes],
    cancelled: threading.Event,
    on_progress: Callable[[dict[str, int]], None] | None,
) -> Reply:
    began = time.monotonic()
    with end_in_time(worker, cancelled, began + header["timeout_s"]) as let_be:
        answer = worker.request(
            operation,
            {**_locate(profile), **header},
            b"".join(vectors.values()),
            timeout=math.inf,
            cancelled=cancelled,
            on_progress=on_progress or (lambda _: let_be()),
        )
    return answer, time.monotonic() - began


def _locate(profile: Profile) -> dict[str, Any]:
    """Where a database lies. The key goes through the process's pipe and nowhere else."""
    key = profile.database.key
    return {"path": str(profile.database.path), "key": key.hex() if key else None}
