"""`sql.*` of a person's own statements."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from host.core.clock import now_ms
from host.core.errors import InvalidInput, NotFound
from host.core.text import clean_line
from host.explorer.statements import Page, Statement
from host.protocol.sql_messages import (
    SavedQueriesResult,
    SavedQuery,
    SqlDescribeResult,
    SqlExportResult,
    SqlFunction,
    SqlRunResult,
    SqlSchemaResult,
    SqlTable,
)
from host.storage.database import fold_log
from host.storage.deletion import Selection
from host.storage.explorer_descriptions import note_functions
from host.storage.saved_queries import find_query_name, read_queries, save_query
from host.storage.vector_spaces import find_space

if TYPE_CHECKING:
    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.protocol.messages import Empty
    from host.protocol.sql_messages import (
        ForgetQueryParams,
        SaveQueryParams,
        SqlExportParams,
        SqlParams,
        SqlRunParams,
    )


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""
    handlers = _SqlHandlers(services)
    return {
        "sql.run": handlers.run,
        "sql.describe": handlers.describe,
        "sql.schema": handlers.schema,
        "sql.export": handlers.export,
        "sql.saved": handlers.saved,
        "sql.save": handlers.save,
        "sql.forget": handlers.forget,
    }


class _SqlHandlers:
    """One method for each method of the wire."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._explorer = services.explorer

    def run(self, params: SqlRunParams, call: Call) -> SqlRunResult:
        profile, caller = self._services.profile(call), id(call.session)
        statement = Statement(params.sql, params.params, params.timeout_ms / 1000)
        page = Page(params.limit, params.offset, params.plan)
        if params.write:
            found = self._explorer.change(
                profile, statement, page, preview=params.preview, caller=caller, cancelled=call.cancelled
            )
        else:
            found = self._explorer.run(profile, statement, page, caller=caller, cancelled=call.cancelled)
        return _show_rows(found, params.offset)

    def describe(self, params: SqlParams, call: Call) -> SqlDescribeResult:
        found = self._explorer.describe(
            self._services.profile(call), Statement(params.sql, params.params), cancelled=call.cancelled
        )
        return SqlDescribeResult(**found)

    def schema(self, _: Empty, call: Call) -> SqlSchemaResult:
        profile = self._services.profile(call)
        tables = self._explorer.read_schema(profile)
        space = profile.database.read(lambda connection: find_space(connection, "active"))
        vectors = space.chunk_table if space else None
        return SqlSchemaResult(
            tables=[SqlTable(**table) for table in tables],
            functions=[SqlFunction(**note.__dict__) for note in note_functions(vectors)],
            active_vectors=vectors,
        )

    def export(self, params: SqlExportParams, call: Call) -> SqlExportResult:
        made = self._explorer.export(
            self._services.profile(call),
            Statement(params.sql, params.params),
            params.format,
            params.path,
            on_progress=call.progress,
            cancelled=call.cancelled,
        )
        return SqlExportResult(path=str(made.path), rows=made.rows, bytes=made.bytes, took_ms=made.took_ms)

    def saved(self, _: Empty, call: Call) -> SavedQueriesResult:
        return _list_queries(self._services.profile(call))

    def save(self, params: SaveQueryParams, call: Call) -> SavedQueriesResult:
        profile = self._services.profile(call)
        name = clean_line(params.name)
        if not name:
            message = "A saved query needs a name."
            raise InvalidInput(message, fix="Give it one of at least one letter.")
        profile.database.write(lambda connection: save_query(connection, name, params.sql, now_ms()))
        # What a statement of that name was before is not to be found in the log.
        fold_log(profile.database)
        return _list_queries(profile)

    def forget(self, params: ForgetQueryParams, call: Call) -> SavedQueriesResult:
        profile = self._services.profile(call)
        name = profile.database.read(lambda connection: find_query_name(connection, params.id))
        if name is None:
            message = "There is no such saved query."
            raise NotFound(message, fix="Load the list again; it may have been deleted elsewhere.")
        self._services.forget(profile, Selection(queries=frozenset({name})))
        return _list_queries(profile)


def _list_queries(profile: Profile) -> SavedQueriesResult:
    queries = profile.database.read(read_queries)
    return SavedQueriesResult(queries=[SavedQuery(**query.__dict__) for query in queries])


def _show_rows(found: dict[str, Any], offset: int) -> SqlRunResult:
    count = len(found["rows"])
    return SqlRunResult(**found, row_count=count, next_offset=offset + count if found["truncated"] else None)
