"""Runs a person's statements: each in a process of its own that may be ended at any moment."""

from __future__ import annotations

import json
import math
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from host.explorer.ending import end_in_time
from host.explorer.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    from host.explorer.statements import Page, Statement
    from host.history.profiles import Profile

SCHEMA_S = 10.0
IDLE_S = 600.0


class Explorer:
    """The SQL explorer; safe to use from several threads."""

    def __init__(
        self,
        embed: Callable[[Profile, str], bytes],
        *,
        log_file: Path | None = None,
        processes: Processes | None = None,
    ) -> None:
        """Prepare; no process is started.

        Args:
            embed: the vector of a text (float32) by the model that a profile's stored vectors are made with.
            log_file: where a process's complaints go.
            processes: where statements run.
        """
        self._embed = embed
        self._processes = processes or Processes(log_file=log_file)
        self._current: dict[Hashable, threading.Event] = {}
        self._lock = threading.Lock()

    def run(
        self,
        profile: Profile,
        statement: Statement,
        page: Page,
        *,
        caller: Hashable,
        cancelled: threading.Event,
    ) -> dict[str, Any]:
        """Run a statement that reads; one of the same caller that still runs is ended.

        Args:
            profile: whose database.
            statement: the statement.
            page: which of its rows.
            caller: who asks.
            cancelled: ends it.

        Returns:
            {columns, rows, truncated, took_ms, plan}.

        Raises:
            InvalidInput, TooLarge: what is wrong with it.
            Timeout, Cancelled: it was ended.
            DatabaseLocked: the database is encrypted and its key is not at hand.
        """
        with self._replace_current(caller, cancelled):
            asked = {"limit": page.limit, "offset": page.offset, "plan": page.plan}
            return self._ask(profile, "run", statement, asked, cancelled)

    def describe(
        self, profile: Profile, statement: Statement, *, cancelled: threading.Event
    ) -> dict[str, Any]:
        """What the engine makes of a statement: {parameters, columns, writes, plan}."""
        return self._ask(profile, "describe", statement, {}, cancelled)

    def read_schema(self, profile: Profile) -> list[dict[str, Any]]:
        """Every table with its columns and counts."""
        with self._processes.lend() as worker:
            _, data = worker.request("schema", _locate(profile), timeout=SCHEMA_S)
        tables: list[dict[str, Any]] = json.loads(data)["tables"]
        return tables

    def rest(self) -> None:
        """Stop processes that have been idle for long."""
        self._processes.rest(IDLE_S)

    def close(self) -> None:
        """End every statement and its process."""
        self._processes.close()

    @contextmanager
    def _replace_current(self, caller: Hashable, cancelled: threading.Event) -> Iterator[None]:
        """End what the caller has under way."""
        with self._lock:
            former = self._current.pop(caller, None)
            self._current[caller] = cancelled
        if former is not None:
            former.set()
        try:
            yield
        finally:
            with self._lock:
                if self._current.get(caller) is cancelled:
                    del self._current[caller]

    def _ask(
        self,
        profile: Profile,
        operation: str,
        statement: Statement,
        asked: dict[str, Any],
        cancelled: threading.Event,
    ) -> dict[str, Any]:
        """Have a process do it; again with a vector where it lacks one."""
        vectors: dict[str, bytes] = {}
        with self._processes.lend() as worker:
            deadline = time.monotonic() + statement.timeout_s
            while True:
                header = {
                    **_locate(profile),
                    **asked,
                    "sql": statement.sql,
                    "params": statement.params,
                    "timeout_s": max(0.001, deadline - time.monotonic()),
                    "texts": list(vectors),
                }
                with end_in_time(worker, cancelled, deadline):
                    said, data = worker.request(
                        operation,
                        header,
                        b"".join(vectors.values()),
                        timeout=math.inf,
                        cancelled=cancelled,
                    )
                if "needs" not in said:
                    answer: dict[str, Any] = json.loads(data)
                    return answer
                vectors[said["needs"]] = self._embed(profile, said["needs"])


def _locate(profile: Profile) -> dict[str, Any]:
    """Where a database lies. The key goes through the process's pipe and nowhere else."""
    key = profile.database.key
    return {"path": str(profile.database.path), "key": key.hex() if key else None}
