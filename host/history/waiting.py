"""What waits to be done for pages that are to be left out from now on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from host.history.policy import find_omission
from host.storage import jobs
from host.storage.database import fold_log

if TYPE_CHECKING:
    import apsw

    from host.history.profiles import Profile


def drop_left_out(profile: Profile) -> int:
    """Delete pages that were not read yet, and jobs, of addresses that settings leave out.

    What was read of such a page before stays until its person deletes it.

    Returns:
        for how many pages something waited.
    """
    settings = profile.settings

    def drop(connection: apsw.Connection) -> int:
        found = {
            page_id
            for page_id, url in jobs.list_waiting(connection)
            if find_omission(settings, url) is not None
        }
        jobs.drop_waiting(connection, found)
        return len(found)

    dropped = profile.database.write(drop)
    if dropped:
        fold_log(profile.database)
    return dropped
