"""Everything that is remembered of an address, for the person whose history it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.urls import canonicalize_url
from host.history.policy import find_refusal
from host.storage import pages
from host.storage.addresses import find_by_address
from host.storage.categories import read_category_names
from host.storage.page_record import PageHoldings, count_said, read_record

if TYPE_CHECKING:
    import apsw

    from host.history.policy import Refusal
    from host.history.profiles import Profile
    from host.storage.pages import Page


@dataclass(frozen=True)
class StoredPage:
    """What is remembered of an address.

    Attributes:
        page: None when nothing is, beside what was said about tabs.
        record: what belongs to it.
        category: the name of its category.
        corrections: how often its person said where its tabs belong.
        refusal: why it would not be remembered if it were visited now; None when it would.
    """

    page: Page | None
    record: PageHoldings | None
    category: str | None
    corrections: int
    refusal: Refusal | None


def describe_stored(profile: Profile, url: str) -> StoredPage:
    """Everything that is remembered of an address, and whether it would be remembered now.

    Args:
        profile: whose history.
        url: any address under which the page was visited.
    """

    def read(connection: apsw.Connection) -> StoredPage:
        asked = (url, canonicalize_url(url))
        page_id = find_by_address(connection, asked)
        page = pages.read_page(connection, page_id=page_id) if page_id is not None else None
        record = read_record(connection, page.id) if page else None
        known = {*asked, *(record.addresses if record else ()), *((page.url,) if page else ())}
        category = read_category_names(connection).get(page.category or "") if page else None
        # An address may be excluded under the name that the page has, too.
        refusal = find_refusal(profile, url) or (find_refusal(profile, page.url) if page else None)
        return StoredPage(page, record, category, count_said(connection, known), refusal)

    return profile.database.read(read)
