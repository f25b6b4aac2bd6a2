"""`sql.log`, `daemon.latencies`, `daemon.log`, `store.health`, `store.sizes`: what runs, and how it is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from host.core.clock import now_ms
from host.core.log_tail import list_logs, read_log_tail
from host.history.health import look_at_health
from host.protocol.sql_messages import LoggedStatement, SqlLogParams, SqlLogResult
from host.protocol.store_messages import (
    GrowthItem,
    HealthItem,
    HealthResult,
    LatenciesResult,
    LogLinesParams,
    LogLinesResult,
    SizesResult,
    TableSize,
)
from host.protocol.upkeep_messages import ActionItem
from host.storage.growth import read_growth
from host.storage.sizes import measure_tables

if TYPE_CHECKING:
    from host.history.health import Part
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty
    from host.storage.statement_log import Entry

DEFAULT_LOG = "host"
# Leaves room for the rest of the answer in a frame of 1 MiB.
_LOG_BYTES = 900_000


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def list_statements(params: SqlLogParams, call: Call) -> SqlLogResult:
        log = services.profile(call).database.statements
        if params.parameters:
            log.keep_values()
        elif params.parameters is False:
            log.forget_values()
        own = call.session.make_key(params.request) if params.request else None
        found = log.read(
            after=params.after,
            method=params.method,
            requests={params.request, own} if params.request and own else None,
            limit=params.limit,
        )
        statements = [_to_statement(entry, with_values=params.parameters is True) for entry in found]
        return SqlLogResult(statements=_fit(statements), keeps_parameters=log.keeps_values)

    def latencies(_: Empty, __: Call) -> LatenciesResult:
        return services.latencies.report()

    def log_lines(params: LogLinesParams, _: Call) -> LogLinesResult:
        folder, name = services.log_folder, params.name or DEFAULT_LOG
        names = list_logs(folder)
        # A new installation has written nothing yet; that is no mistake of who asks.
        empty = params.name is None and DEFAULT_LOG not in names
        lines = [] if empty else read_log_tail(folder, name, params.lines)
        return LogLinesResult(name=name, lines=lines, names=names, path=str(folder / f"{name}.log"))

    def health(_: Empty, call: Call) -> HealthResult:
        profile = services.profile(call)
        found, parts = look_at_health(profile)
        growth = profile.database.read(
            lambda connection: read_growth(connection, now_ms(), found.database_bytes + found.log_bytes)
        )
        return HealthResult(
            parts=[_to_item(part) for part in parts],
            database_bytes=found.database_bytes,
            free_bytes=found.free_bytes,
            log_bytes=found.log_bytes,
            path=str(profile.database.path),
            growth=[GrowthItem(**asdict(day)) for day in growth],
        )

    def sizes(_: Empty, call: Call) -> SizesResult:
        def tell(share: float) -> None:
            call.progress({"share": round(share, 3)})

        found = services.profile(call).database.read(
            lambda connection: measure_tables(connection, tell, call.check_cancelled)
        )
        return SizesResult(tables=[TableSize(name=name, bytes=size) for name, size in found.items()])

    return {
        "sql.log": list_statements,
        "daemon.latencies": latencies,
        "daemon.log": log_lines,
        "store.health": health,
        "store.sizes": sizes,
    }


def _to_statement(entry: Entry, *, with_values: bool) -> LoggedStatement:
    return LoggedStatement(
        n=entry.n,
        at=entry.at,
        method=entry.cause.method,
        request=entry.cause.request,
        kind=entry.kind,
        sql=entry.sql,
        took_ms=round(entry.took_ms, 3),
        times=entry.times,
        rows=entry.rows,
        parameters=entry.values if with_values else None,
    )


def _fit(statements: list[LoggedStatement]) -> list[LoggedStatement]:
    """The latest that one frame holds."""
    room = _LOG_BYTES
    for kept, statement in enumerate(reversed(statements)):
        room -= len(statement.model_dump_json().encode("utf-8", errors="replace")) + 1
        if room < 0:
            return statements[len(statements) - kept :]
    return statements


def _to_item(part: Part) -> HealthItem:
    return HealthItem(
        name=part.name,
        rows=part.rows,
        expected=part.expected,
        ok=part.ok,
        detail=part.detail,
        fix=part.fix,
        action=ActionItem(**asdict(part.action)) if part.action else None,
    )
