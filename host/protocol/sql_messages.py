"""The shapes of the SQL explorer and of what the product itself runs."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from host.protocol.messages import Milliseconds, Params, Result

SqlValue = None | bool | int | float | str
Statement = Field(max_length=1_000_000, description="one statement")


class SqlParams(Params):
    """A statement and its parameters."""

    sql: str = Statement
    params: dict[str, SqlValue] | list[SqlValue] | None = Field(
        None, description="by name (without its sign) or by position"
    )


class SqlRunParams(SqlParams):
    """A statement to run; another `sql.run` of the same caller ends it."""

    write: bool = Field(False, description="may change rows; a backup is taken first")
    preview: bool = Field(False, description="with `write`: run it, count what it changes, and roll it back")
    limit: int = Field(1000, ge=0, le=100_000, description="rows")
    offset: int = Field(0, ge=0, le=2**53, description="rows to pass over")
    timeout_ms: int = Field(5000, ge=1, le=600_000)
    plan: bool = Field(False, description="also say how the engine goes about it")


class SqlPlanStep(Result):
    """One step of EXPLAIN QUERY PLAN."""

    id: int
    parent: int
    detail: str


class SqlChange(Result):
    """Rows of one table that a statement changed, also by triggers and foreign keys."""

    table: str
    rows: int = Field(description="in all; a row that was replaced counts as deleted and inserted")
    inserted: int = 0
    updated: int = 0
    deleted: int = 0
    indirect: int = Field(0, description="of `rows`, those that triggers and foreign keys changed")


class SqlRunResult(Result):
    """Rows of a statement.

    A cell is null, a number, a text, or an object for what JSON cannot hold or a table should not:
    {"kind": "integer", "value": "9223372036854775807"} (beyond 2^53), {"kind": "real", "value": "inf"},
    {"kind": "text", "value": the beginning, "length": characters},
    {"kind": "blob", "bytes": n, "hex": the beginning},
    {"kind": "vector", "dimensions": n, "values": the first, "norm": length, "bytes": n}.
    """

    columns: list[str]
    rows: list[list[Any]]
    row_count: int = Field(description="rows in this answer")
    truncated: bool = Field(description="there are more; ask again from `next_offset`")
    next_offset: int | None = None
    took_ms: float
    plan: list[SqlPlanStep] | None = None
    changes: list[SqlChange] | None = Field(None, description="with `write`: rows changed, by table")
    changed: int | None = Field(None, description="with `write`: rows changed in all")
    committed: bool = Field(False, description="whether the change was kept")
    backup: str | None = Field(None, description="file of the backup that was taken first")


class SqlDescribeResult(Result):
    """What the engine makes of a statement, without running it."""

    parameters: list[str] = Field(description="names without their sign; positional ones as 1, 2, …")
    columns: list[str]
    writes: bool
    plan: list[SqlPlanStep]


class SqlColumn(Result):
    """A column of a table."""

    name: str
    type: str
    primary_key: bool = False
    not_null: bool = False


class SqlTable(Result):
    """A table or view."""

    name: str
    kind: Literal["table", "view", "virtual", "shadow"]
    columns: list[SqlColumn]
    rows: int | None = Field(None, description="None where counting takes too long")
    sql: str
    description: str = ""


class SqlFunction(Result):
    """A function worth knowing of."""

    name: str
    usage: str
    description: str


class SqlSchemaResult(Result):
    """What may be asked for."""

    tables: list[SqlTable]
    functions: list[SqlFunction]
    active_vectors: str | None = Field(
        None,
        description="the table with the vectors of passages that search goes by: each embedding model has its"
        " own; None before there is any",
    )


class SqlExportParams(SqlParams):
    """A whole result, into a file on this computer; streams {rows, bytes}."""

    format: Literal["csv", "json", "parquet"]
    path: str | None = Field(
        None, max_length=4096, description="by default a new file in the downloads folder"
    )


class SqlExportResult(Result):
    """The file that was written."""

    path: str
    rows: int
    bytes: int
    took_ms: float


class SavedQuery(Result):
    """A statement that was kept."""

    id: int
    name: str
    sql: str
    updated_at: Milliseconds


class SavedQueriesResult(Result):
    """All that were kept, by name."""

    queries: list[SavedQuery]


class SaveQueryParams(Params):
    """A statement to keep; one of the same name is replaced."""

    name: str = Field(min_length=1, max_length=200)
    sql: str = Statement


class ForgetQueryParams(Params):
    """A kept statement to forget."""

    id: int


class SqlLogParams(Params):
    """Which of the statements that the product ran."""

    after: int = Field(0, ge=0, description="only those numbered higher")
    method: str | None = Field(None, max_length=100, description="only of this method")
    request: str | None = Field(
        None,
        max_length=100,
        description="only of this request: its key, or the id of one of the caller's own",
    )
    limit: int = Field(200, ge=1, le=1000)
    parameters: bool | None = Field(
        None,
        description="true: with the values that were bound, words of a person's; they are kept from the first"
        " such call until ten minutes after the last one. false: forget them at once",
    )


class LoggedStatement(Result):
    """A statement that the product ran."""

    n: int
    at: Milliseconds
    method: str = Field(description='of the request it belongs to; "background" for none')
    request: str = Field("", description="its key, which no other request has")
    kind: Literal["read", "write"]
    sql: str = Field(description="with its parameters' signs, as it can be run again")
    took_ms: float = Field(description="all times together")
    times: int = Field(1, description="the same statement again and again is one entry")
    rows: int | None = Field(None, description="rows that it changed")
    parameters: list[Any] | dict[str, Any] | None = Field(
        None, description="of the first time; long texts and blobs are objects, like cells of `sql.run`"
    )


class SqlLogResult(Result):
    """The latest statements, oldest first."""

    statements: list[LoggedStatement]
    keeps_parameters: bool = Field(description="whether values are being kept, which they are only on demand")
