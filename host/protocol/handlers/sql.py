"""`sql.*` of a person's own statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.explorer.statements import Page, Statement
from host.protocol.sql_messages import (
    SqlDescribeResult,
    SqlFunction,
    SqlRunResult,
    SqlSchemaResult,
    SqlTable,
)
from host.storage.explorer_descriptions import FUNCTION_NOTES

if TYPE_CHECKING:
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty
    from host.protocol.sql_messages import SqlParams, SqlRunParams


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    explorer = services.explorer

    def run(params: SqlRunParams, call: Call) -> SqlRunResult:
        found = explorer.run(
            services.profile(call),
            Statement(params.sql, params.params, params.timeout_ms / 1000),
            Page(params.limit, params.offset, params.plan),
            caller=id(call.session),
            cancelled=call.cancelled,
        )
        return _show_rows(found, params.offset)

    def describe(params: SqlParams, call: Call) -> SqlDescribeResult:
        found = explorer.describe(
            services.profile(call), Statement(params.sql, params.params), cancelled=call.cancelled
        )
        return SqlDescribeResult(**found)

    def schema(_: Empty, call: Call) -> SqlSchemaResult:
        tables = explorer.read_schema(services.profile(call))
        return SqlSchemaResult(
            tables=[SqlTable(**table) for table in tables],
            functions=[SqlFunction(**note.__dict__) for note in FUNCTION_NOTES],
        )

    return {"sql.run": run, "sql.describe": describe, "sql.schema": schema}


def _show_rows(found: dict[str, Any], offset: int) -> SqlRunResult:
    count = len(found["rows"])
    return SqlRunResult(**found, row_count=count, next_offset=offset + count if found["truncated"] else None)
