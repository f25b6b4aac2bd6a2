"""What of a record from elsewhere may come in, by the sites that a person leaves out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from host.core.exclusions import find_exclusion
from host.core.urls import is_local_address
from host.storage.records import ConversationRecord, CorrectionRecord, OriginRecord, PageRecord

if TYPE_CHECKING:
    from host.core.settings import Settings
    from host.storage.records import MessageRecord, Record

# No page has it, so what was said of one that is left out goes, as if it had been forgotten.
_NOWHERE = ""


def leave_out(record: Record, settings: Settings) -> Record | None:
    """A record without what the settings leave out; None when nothing of it may come in."""

    def is_out(url: str) -> bool:
        excluded = find_exclusion(url, settings.excluded_sites)
        return bool(excluded) or (not settings.local_addresses and is_local_address(url))

    def clean_message(message: MessageRecord) -> MessageRecord:
        return replace(
            message,
            citations=tuple(
                replace(one, url=_NOWHERE) if is_out(one.url) else one for one in message.citations
            ),
            pages=tuple(_NOWHERE if is_out(url) else url for url in message.pages),
        )

    if isinstance(record, PageRecord):
        addresses = tuple(each for each in record.addresses if not is_out(each.url))
        # One that was only ever seen under an address that is left out is of that site.
        hidden = bool(record.addresses) and not addresses
        return None if is_out(record.url) or hidden else replace(record, addresses=addresses)
    if isinstance(record, CorrectionRecord):
        return None if is_out(record.url) else record
    if isinstance(record, OriginRecord):
        return None if is_out(record.url) or is_out(record.from_url) else record
    if isinstance(record, ConversationRecord):
        return replace(record, messages=tuple(clean_message(each) for each in record.messages))
    return record
