"""Several kinds of work for idle times, taken in turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from host.history.indexing import IdleWork
    from host.history.profiles import Profile


class IdleWorks:
    """Idle work made of several; see `host.history.indexing.IdleWork`."""

    def __init__(self, *works: IdleWork) -> None:
        """Put them together; a kind has its turn when those before it have nothing to do."""
        self._works = works

    def advance(self, profile: Profile) -> bool:
        """Do one short piece of the first that has something to do. Returns whether any had."""
        return any(work.advance(profile) for work in self._works)

    def interrupt(self) -> None:
        """Give up the piece under way."""
        for work in self._works:
            work.interrupt()

    def close(self) -> None:
        """Give it up, and begin no other."""
        for work in self._works:
            work.close()
