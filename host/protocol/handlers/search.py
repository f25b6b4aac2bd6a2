"""`search.query`."""

from __future__ import annotations

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from host.core.cause import CAUSE
from host.core.errors import InvalidInput
from host.protocol import messages as m
from host.search.exchange import SearchRequest
from host.storage.categories import read_category_names
from host.storage.filters import PageFilter

if TYPE_CHECKING:
    from collections.abc import Sequence

    from host.history.profiles import Profile
    from host.protocol.dispatch import Call, Handler
    from host.protocol.handlers.services import Services
    from host.search.query_language import Chip
    from host.search.results import ResultItem

# Leaves room for the rest of the answer in a frame of 1 MiB.
_RESULTS_BYTES = 900_000


def make_handlers(services: Services) -> dict[str, Handler]:
    """The handlers of this file by method."""

    def query(params: m.SearchParams, call: Call) -> m.SearchResult:
        profile = services.profile(call)
        answer = services.search.query(
            profile,
            SearchRequest(
                query=params.query,
                mode=params.mode or profile.settings.search_mode,
                limit=params.limit,
                offset=params.offset,
                page_filter=make_filter(params.filters, profile),
                explain=params.explain,
                wait_s=params.wait_ms / 1000,
                zone=find_zone(params.timezone),
            ),
            call.check_cancelled,
        )
        return m.SearchResult(
            results=_fit([_to_message(item) for item in answer.results]),
            total=answer.total,
            took_ms=round(answer.took_ms, 2),
            mode=answer.mode,
            degraded=[
                m.Degraded(part=part.part, reason=part.reason, fix=part.fix, loading=part.loading)
                for part in answer.degraded
            ],
            parsed=m.ParsedResult(
                text=answer.parsed.text,
                chips=[_to_chip(chip, params.query) for chip in answer.parsed.chips],
                corrected=[m.Correction(from_=typed, to=better) for typed, better in answer.corrected],
                ignored_dates=list(answer.ignored_dates),
            ),
            statements=_list_statements(profile) if params.explain else None,
            request=CAUSE.get().request if params.explain else None,
        )

    return {"search.query": query}


def _list_statements(profile: Profile) -> list[m.SearchStatement]:
    """What was run for the request under way, in its order."""
    found = profile.database.statements.read(requests={CAUSE.get().request})
    return [
        m.SearchStatement(sql=entry.sql, took_ms=round(entry.took_ms, 3), kind=entry.kind, times=entry.times)
        for entry in found
    ]


def _to_message(item: ResultItem) -> m.SearchResultItem:
    page, passage = item.page, item.passage
    return m.SearchResultItem(
        page_id=page.id,
        url=page.url,
        title=page.title,
        domain=page.domain,
        snippet=item.snippet,
        highlights=item.highlights,
        summary=page.summary,
        category=item.category,
        language=page.language,
        last_visit_at=page.last_visit_at,
        visit_count=page.visit_count,
        score=item.score,
        passage=m.SearchPassage(**passage.__dict__) if passage else None,
        why=item.why,
    )


def _to_chip(chip: Chip, query: str) -> m.ParsedChip:
    return m.ParsedChip(
        kind=chip.kind,
        label=chip.label,
        text=chip.text,
        start=_to_units(query, chip.start),
        end=_to_units(query, chip.end),
        from_=chip.from_ms,
        to=chip.to_ms,
    )


def _to_units(text: str, index: int) -> int:
    """An index of characters as one of UTF-16 code units, which is how JavaScript counts."""
    return len(text[:index].encode("utf-16-le", errors="surrogatepass")) // 2


def _fit(items: list[m.SearchResultItem]) -> list[m.SearchResultItem]:
    """As many results as one frame holds; the rest comes with a larger `offset`."""
    kept: list[m.SearchResultItem] = []
    room = _RESULTS_BYTES
    for item in items:
        room -= len(item.model_dump_json(by_alias=True).encode("utf-8", errors="replace")) + 1
        if room < 0 and kept:
            break
        kept.append(item)
    return kept


def make_filter(filters: m.SearchFilters | None, profile: Profile) -> PageFilter:
    """What narrows the pages, from the wire.

    Raises:
        InvalidInput: the profile has no category of such a name or key.
    """
    if filters is None:
        return PageFilter()
    return PageFilter(
        sites=tuple(filters.sites),
        from_ms=filters.from_,
        to_ms=filters.to,
        language=filters.language,
        categories=find_keys(profile, filters.categories) if filters.categories else (),
    )


def find_keys(profile: Profile, wanted: Sequence[str]) -> tuple[str, ...]:
    """The keys of categories that are named, by name whatever its capitals, or by key.

    Raises:
        InvalidInput: there is no such category.
    """
    names = profile.database.read(read_category_names)
    known = {**{key: key for key in names}, **{name.casefold(): key for key, name in names.items()}}
    found = []
    for name in wanted:
        key = known.get(name.strip().casefold())
        if key is None:
            message = f"There is no category {name!r}."
            raise InvalidInput(message, fix=f"There are: {', '.join(names.values())}.")
        found.append(key)
    return tuple(found)


def find_zone(name: str | None) -> ZoneInfo | None:
    """The reader's time zone; None when it is not named or not known."""
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None
