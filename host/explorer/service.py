"""Runs a person's statements: each in a process of its own that may be ended at any moment."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from host.core.errors import AppError, StorageError
from host.core.log import get_logger
from host.explorer.asking import Asking
from host.explorer.processes import Processes
from host.explorer.statements import Exported
from host.storage.copying import finish_file, make_part

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator
    from pathlib import Path

    from host.explorer.exporting import Format
    from host.explorer.statements import Page, Statement
    from host.history.profiles import Profile

# A file may be large.
NO_LIMIT_S = 7 * 86_400.0
# What is captured waits for it.
LONGEST_CHANGE_S = 60.0
IDLE_S = 600.0
_log = get_logger("explorer")


class Explorer:
    """The SQL explorer; safe to use from several threads.

    Attributes:
        processes: where statements run.
    """

    def __init__(
        self,
        embed: Callable[[Profile, str], bytes],
        back_up: Callable[[Profile], str],
        on_change: Callable[[Profile], None],
        choose_target: Callable[[str | None, str], Path],
        *,
        log_file: Path | None = None,
    ) -> None:
        """Prepare; no process is started.

        Args:
            embed: the vector of a text (float32) by the model that a profile's stored vectors are made with.
            back_up: makes sure that there is a backup from before a change, and says its file's name.
            on_change: lets go of what is held in memory of a profile's rows.
            choose_target: a free name for a file, from what a person said and its suffix.
            log_file: where a process's complaints go.
        """
        self._back_up = back_up
        self._on_change = on_change
        self._choose_target = choose_target
        self.processes = Processes(log_file=log_file)
        self._asking = Asking(self.processes, embed)
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
            return self._asking.ask(profile, "run", statement, asked, cancelled)

    def change(
        self,
        profile: Profile,
        statement: Statement,
        page: Page,
        *,
        preview: bool,
        caller: Hashable,
        cancelled: threading.Event,
    ) -> dict[str, Any]:
        """Run a statement that may change rows, in one transaction; other writers wait meanwhile.

        Args:
            profile: whose database.
            statement: the statement; it has `LONGEST_CHANGE_S` at most.
            page: which of the rows that it returns.
            preview: roll it back; without, a backup is there before it is run, and it is kept.
            caller: who asks; a statement of theirs that still runs is ended.
            cancelled: ends it, as long as it is not being kept.

        Returns:
            as `run`, and {changes, changed, committed, backup}.

        Raises:
            as `run`; nothing was changed then.
            StorageError: whether it was kept is not known.
        """
        with self._replace_current(caller, cancelled):
            told = self._asking.ask(profile, "describe", statement, {"check": True}, cancelled)
            asked = {"limit": page.limit, "offset": page.offset, "plan": page.plan, "preview": preview}
            backup = self._back_up(profile) if told["writes"] and not preview else None
            limited = replace(statement, timeout_s=min(statement.timeout_s, LONGEST_CHANGE_S))
            # On the lane of the writers, so that a page that is captured waits instead of failing.
            try:
                answer = self._asking.ask(
                    profile,
                    "change",
                    limited,
                    asked,
                    cancelled,
                    through=lambda work: profile.database.maintain(lambda _: work()),
                )
            except StorageError:
                if not preview:
                    self._take_in(profile)
                raise
            if answer["committed"]:
                self._take_in(profile)
        return {**answer, "backup": backup}

    def _take_in(self, profile: Profile) -> None:
        """Let go of what was read before a change; the change is kept, whatever becomes of this."""
        try:
            self._on_change(profile)
        except (AppError, OSError) as error:
            # What was deleted may still be in the log: it is folded later.
            profile.database.log_waits = True
            _log.error("a change was kept, but not all of what follows was done: %s", type(error).__name__)

    def export(
        self,
        profile: Profile,
        statement: Statement,
        form: Format,
        path: str | None,
        *,
        on_progress: Callable[[dict[str, int]], None],
        cancelled: threading.Event,
    ) -> Exported:
        """Write every row of a result into a new file, which is there only when it is complete.

        Args:
            profile: whose database.
            statement: the statement; its time has no limit.
            form: of the file.
            path: of the file or its folder, by default where files for a person go.
            on_progress: told {rows, bytes}.
            cancelled: ends it.

        Raises:
            as `run`; InvalidInput where the place is taken.
        """
        began = time.perf_counter()
        target = self._choose_target(path, f".{form}")
        endless = replace(statement, timeout_s=NO_LIMIT_S)
        part = make_part(target)
        try:
            asked = {"format": form, "target": str(part)}
            told = self._asking.ask(profile, "export", endless, asked, cancelled, on_progress=on_progress)
            if target.exists():
                target = self._choose_target(str(target.parent), target.suffix)
            finish_file(part, target)
        finally:
            part.unlink(missing_ok=True)
        return Exported(target, told["rows"], told["bytes"], (time.perf_counter() - began) * 1000)

    def describe(
        self, profile: Profile, statement: Statement, *, cancelled: threading.Event
    ) -> dict[str, Any]:
        """What the engine makes of a statement: {parameters, columns, writes, plan}."""
        return self._asking.ask(profile, "describe", statement, {}, cancelled)

    def read_schema(self, profile: Profile) -> list[dict[str, Any]]:
        """Every table with its columns and counts."""
        return self._asking.read_schema(profile)

    def rest(self) -> None:
        """Stop processes that have been idle for long."""
        self.processes.rest(IDLE_S)

    def close(self) -> None:
        """End every statement and its process."""
        self.processes.close()

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
