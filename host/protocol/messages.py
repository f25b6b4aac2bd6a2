"""The shapes of every request and answer. `docs/protocol.md` is generated from these models."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from host.core.settings import SearchMode

Milliseconds = Annotated[int, Field(description="UTC milliseconds since 1970", ge=-(2**53), le=2**53)]
ProfileId = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Url = Annotated[str, Field(min_length=1, max_length=65536)]
PageId = Annotated[int, Field(ge=1, le=2**62)]


class Params(BaseModel):
    """Parameters: unknown ones are passed over, so that a newer caller can talk to an older host."""

    model_config = ConfigDict(extra="ignore")


class Result(BaseModel):
    """An answer; fields that are None and optional are left out on the wire."""

    model_config = ConfigDict(extra="forbid")


class Empty(Params):
    """No parameters."""


class Degraded(Result):
    """A part that does not work now, why, and what to do about it."""

    part: Literal["vector", "fulltext", "rerank"]
    reason: str
    fix: str | None = None
    loading: bool = Field(False, description="a model is on its way: asked again later, it will be there")


class HelloParams(Params):
    """Who calls, and for which browser profile."""

    client: str = Field(max_length=200)
    version: str = Field(max_length=50)
    profile_id: ProfileId | None = Field(
        None, description="chooses the database; without it the profile used last, or `default`"
    )


class ModelState(Result):
    """An installed model and what it is doing."""

    id: str
    type: str
    state: str
    device: str | None = None


class DatabaseInfo(Result):
    """The profile's database."""

    profile_id: str
    pages: int
    recovered_from: str | None = Field(None, description="name of the damaged file that was set aside")
    locked: bool = Field(
        False,
        description="encrypted, and the key is not at hand: `encryption.unlock` opens it;"
        " until then what needs it is answered by `database_locked`",
    )


class HelloResult(Result):
    """The host as it is now."""

    version: str
    protocol: int
    database: DatabaseInfo
    capabilities: list[str] = Field(description="the methods that this host answers")
    models: list[ModelState]
    degraded: list[Degraded]


class CaptureParams(Params):
    """A page as it was read."""

    url: Url
    title: str = Field("", max_length=100_000)
    html: str | None = None
    text: str | None = None
    lang: str | None = Field(None, max_length=100)
    favicon_url: str | None = Field(None, max_length=65536)
    visited_at: Milliseconds
    transition: str | None = Field(None, max_length=50)
    referrer: str | None = Field(None, max_length=65536)
    canonical_url: str | None = Field(None, max_length=65536)
    has_password: bool = Field(False, description="the page holds a password field")
    incognito: bool = False


class CaptureResult(Result):
    """What became of it; sent when it is durable."""

    page_id: int | None
    status: Literal["stored", "updated", "unchanged", "skipped"]
    reason: str | None = Field(
        None,
        description="why it was skipped: "
        "excluded, paused, disabled, password, incognito, local, unsupported_url",
    )


class VisitParams(Params):
    """A visit without the page's text."""

    url: Url
    title: str = Field("", max_length=100_000)
    visited_at: Milliseconds
    transition: str | None = Field(None, max_length=50)
    referrer: str | None = Field(None, max_length=65536)
    incognito: bool = False


class VisitResult(Result):
    """The page that was visited; null when it may not be remembered."""

    page_id: int | None
    reason: str | None = None


class ImportItem(Params):
    """A page as the browser's own history knows it."""

    url: str = Field(max_length=65536)
    title: str | None = Field("", max_length=100_000)
    last_visit_at: Milliseconds
    visit_count: int = Field(1, ge=0, le=2**31)


class ImportParams(Params):
    """A batch of the browser's history."""

    items: list[ImportItem] = Field(max_length=20_000)


class ImportResult(Result):
    """What the batch did; the same batch again does nothing."""

    added: int
    updated: int
    skipped: int


class PageParams(Params):
    """Which page."""

    page_id: PageId | None = None
    url: Url | None = None
    passage_offset: int = Field(0, ge=0)
    passage_limit: int = Field(200, ge=0, le=1000)


class PagePassage(Result):
    """A passage of a page."""

    chunk_id: int
    position: int
    heading: str
    text: str


class PageResult(Result):
    """All that is stored about a page."""

    page_id: int
    url: str
    title: str
    domain: str
    language: str | None
    author: str | None
    published_at: int | None
    captured_at: int | None
    first_visit_at: int
    last_visit_at: int
    visit_count: int
    category: str | None = Field(None, description="name of the page's category")
    url_last_visit_at: int | None = Field(
        None, description="the last visit under exactly the `url` that was asked for"
    )
    summary: str | None
    content_text: str
    content_truncated: bool = Field(description="the text is longer than fits into one answer")
    passages: list[PagePassage]
    next_passage: int | None = Field(None, description="`passage_offset` of the rest, when there is more")


class DeleteParams(Params):
    """Which pages to forget; several ways together mean all of them."""

    urls: list[Url] = Field(default_factory=list, max_length=20_000)
    domain: str | None = Field(None, min_length=1, max_length=300)
    from_: Milliseconds | None = Field(
        None, alias="from", description="visits at or after; pages that were known before keep the others"
    )
    to: Milliseconds | None = Field(None, description="visits before")
    include_chats: bool | None = Field(
        None, description="with from and to, also what was asked in chat then; by default it is included"
    )
    all: bool = False


class DeleteResult(Result):
    """What was forgotten: pages, visits of pages that stay, questions; and in how many backups."""

    deleted: int
    visits: int = 0
    questions: int = 0
    backups_cleaned: int = 0
    backups_removed: int = Field(0, description="those that could not be cleaned")
    backups_waiting: int = Field(0, description="those that are still being cleaned; it goes on by itself")


class CountResult(Result):
    """How many pages a deletion would touch."""

    pages: int


class SearchFilters(Params):
    """Narrows a search, beside what the query itself says."""

    sites: list[str] = Field(default_factory=list, max_length=100)
    from_: Milliseconds | None = Field(None, alias="from")
    to: Milliseconds | None = None
    language: str | None = Field(None, max_length=20)
    categories: list[Annotated[str, Field(max_length=60)]] = Field(
        default_factory=list, max_length=100, description="names or keys of categories; any of them"
    )


class SearchParams(Params):
    """A search."""

    query: str = Field(max_length=20_000)
    mode: SearchMode | None = Field(None, description="without it: the setting `search.mode`")
    limit: int = Field(25, ge=1, le=500)
    offset: int = Field(0, ge=0, le=100_000)
    filters: SearchFilters | None = None
    explain: bool = False
    wait_ms: int = Field(0, ge=0, le=60_000, description="how long to wait for a model that is still loading")
    timezone: str | None = Field(None, max_length=100, description="IANA name, for dates in words")


class SearchPassage(Result):
    """The best passage of a page."""

    chunk_id: int
    heading: str
    text: str
    highlights: list[tuple[int, int]]


class SearchResultItem(Result):
    """One page that was found."""

    page_id: int
    url: str
    title: str
    domain: str
    snippet: str
    highlights: list[tuple[int, int]] = Field(description="[start, end) in UTF-16 code units of the snippet")
    summary: str | None = None
    category: str | None = Field(None, description="name of the page's category")
    language: str | None = None
    last_visit_at: int
    visit_count: int
    score: float
    passage: SearchPassage | None = None
    why: dict[str, Any] | None = Field(None, description="with `explain`: every rank, score and weight")


class ParsedChip(Result):
    """A piece of the query that narrows the search, removable by cutting it out of the query."""

    kind: str
    label: str
    text: str
    start: int = Field(description="where it begins in the query, in UTF-16 code units")
    end: int
    from_: int | None = Field(None, alias="from")
    to: int | None = None

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Correction(Result):
    """A word that occurs nowhere and the word that was searched for as well."""

    from_: str = Field(alias="from")
    to: str

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class ParsedResult(Result):
    """How the query was understood."""

    text: str
    chips: list[ParsedChip]
    corrected: list[Correction] = Field(default_factory=list)
    ignored_dates: list[str] = Field(
        default_factory=list,
        description="dates in the query that were taken for a subject: pages of that time do not answer it",
    )


class SearchStatement(Result):
    """A statement that a search ran."""

    sql: str = Field(description="with its parameters' signs, as it can be run again")
    took_ms: float = Field(description="all times together")
    kind: Literal["read", "write"]
    times: int = 1


class SearchResult(Result):
    """A page of results."""

    results: list[SearchResultItem]
    total: int = Field(description="candidates found; a lower bound on a large history")
    took_ms: float
    mode: SearchMode
    degraded: list[Degraded] = Field(default_factory=list)
    parsed: ParsedResult
    statements: list[SearchStatement] | None = Field(None, description="with `explain`: what it ran")
    request: str | None = Field(None, description="with `explain`: its key for `sql.log`")
