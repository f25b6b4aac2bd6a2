"""Narrowing a search to some pages, as SQL made of constants and bound values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class PageFilter:
    """Which pages may be found. Empty fields do not narrow.

    Attributes:
        sites: a page's domain is one of these or below one of them.
        also_sites: and one of these.
        excluded_sites: and none of these.
        categories: a page's category has one of these keys.
        also_categories: and one of these.
        excluded_categories: and none of these; a page without a category passes.
        from_ms: last or any visit at or after, UTC milliseconds.
        to_ms: and before.
        language: two-letter code.
    """

    sites: tuple[str, ...] = ()
    also_sites: tuple[str, ...] = ()
    excluded_sites: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    also_categories: tuple[str, ...] = ()
    excluded_categories: tuple[str, ...] = ()
    from_ms: int | None = None
    to_ms: int | None = None
    language: str | None = None

    @property
    def empty(self) -> bool:
        """Whether every page passes."""
        return self == PageFilter()

    def to_sql(self, page_id: str) -> tuple[str, tuple[object, ...]]:
        """The filter as ` AND …` over a column that holds page ids, and the values to bind.

        Args:
            page_id: name of the column; a constant of the caller, never input.
        """
        if self.empty:
            return "", ()
        clause, values = self.to_subquery()
        return f" AND {page_id} IN ({clause})", values

    def to_subquery(self) -> tuple[str, tuple[object, ...]]:
        """A SELECT of the page ids that pass, and the values to bind."""
        conditions, values = self.to_conditions()
        return f"SELECT id FROM pages WHERE {conditions}", values

    def to_conditions(self) -> tuple[str, tuple[object, ...]]:
        """What a row of `pages` must fulfil, and the values to bind."""
        conditions: list[str] = ["1"]
        values: list[object] = []
        for group in filter(None, (self.sites, self.also_sites)):
            wanted = [_on_site(site) for site in group]
            conditions.append("(" + " OR ".join(condition for condition, _ in wanted) + ")")
            values += [value for _, bound in wanted for value in bound]
        for site in self.excluded_sites:
            condition, bound = _on_site(site)
            conditions.append(f"NOT {condition}")
            values += bound
        for keys in filter(None, (self.categories, self.also_categories)):
            conditions.append(f"category IN ({_marks(keys)})")
            values += keys
        if self.excluded_categories:
            # By the index, whatever else is asked: the column itself lies behind the page's text.
            conditions.append(
                f"id NOT IN (SELECT id FROM pages WHERE category IN ({_marks(self.excluded_categories)}))"
            )
            values += self.excluded_categories
        if self.language:
            conditions.append("language = ?")
            values.append(self.language)
        if self.from_ms is not None or self.to_ms is not None:
            # A page whose visits are known counts by them; an imported one by its last visit.
            conditions.append(
                "((last_visit_at >= ? AND last_visit_at < ?) OR EXISTS ("
                "SELECT 1 FROM visits WHERE visits.page_id = pages.id"
                " AND visited_at >= ? AND visited_at < ?))"
            )
            begin = self.from_ms if self.from_ms is not None else -(2**62)
            end = self.to_ms if self.to_ms is not None else 2**62
            values += [begin, end, begin, end]
        return " AND ".join(conditions), tuple(values)


def _marks(values: tuple[str, ...]) -> str:
    return ",".join("?" * len(values))


def _on_site(site: str) -> tuple[str, tuple[str, ...]]:
    """A condition for one site and its values: a domain with those below it, or the beginning of a URL."""
    site = (
        site.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").rstrip("/")
    )
    escaped = site.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    if "/" not in site:
        return "(domain = ? OR domain LIKE ? ESCAPE '\\')", (site, f"%.{escaped}")
    starts = tuple(f"{scheme}://{www}{escaped}%" for scheme in ("https", "http") for www in ("", "www."))
    return "(" + " OR ".join("url LIKE ? ESCAPE '\\'" for _ in starts) + ")", starts
