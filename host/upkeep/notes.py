"""Notes of what is still to be forgotten in backups. They outlive the process, and hold no word of a person.

Addresses and sites are kept as keyed digests (BLAKE2b, RFC 7693) with a salt of each note, by which they are
found in a backup. A note is there for as long as a backup may hold what it is about.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from host.core.clock import now_ms
from host.core.log import describe_exception, get_logger
from host.storage.deletion import Selection, read_all_addresses, read_all_hosts
from host.storage.replacement import sync_folder
from host.storage.saved_queries import read_queries
from host.storage.time_range import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import apsw

    from host.storage.deletion import Stamp

FOLDER = "forgetting"
_DIGEST_BYTES = 16
# A backup is named by the second in which it was begun.
_SECOND_MS = 1000
_log = get_logger("forgetting")


@dataclass(frozen=True)
class Note:
    """What is to be taken out of backups.

    Attributes:
        path: of the note.
        made_at: UTC milliseconds; a backup that was made later has nothing of it.
        salt: of its digests.
        urls: digests of addresses.
        site: digest of a host.
        queries: digests of names of saved statements.
        selection: the rest, which is no secret: times and ids.
        damaged: nobody can say any more what it was about.
        known: what it was made of, in the process that has written it.
    """

    path: Path
    made_at: int
    salt: bytes
    urls: frozenset[str]
    site: str | None
    queries: frozenset[str]
    selection: Selection
    damaged: bool = False
    known: Selection | None = field(default=None, compare=False)

    def concerns(self, backup_made_at: int) -> bool:
        """Whether a backup may hold what it is about.

        Args:
            backup_made_at: when it was begun, UTC milliseconds, to the second.
        """
        # One from the future was made before the clock was set back, nobody knows when.
        old = backup_made_at <= self.made_at or backup_made_at > now_ms()
        return old and may_hold(backup_made_at, self.selection)

    def resolve(self, connection: apsw.Connection) -> Selection:
        """What the note means in a database."""
        if self.known is not None:
            return self.known
        urls = (
            frozenset(url for url in read_all_addresses(connection) if self._digest(url) in self.urls)
            if self.urls
            else frozenset()
        )
        site = None
        if self.site is not None:
            names = {name for host in read_all_hosts(connection) for name in _list_parents(host)}
            site = next((name for name in names if self._digest(name) == self.site), None)
        queries = (
            frozenset(
                query.name
                for query in read_queries(connection)
                if self._digest(query.name.casefold()) in self.queries
            )
            if self.queries
            else frozenset()
        )
        return replace(self.selection, urls=urls, site=site, queries=queries)

    def drop(self) -> None:
        """It is done. There is no word in it, so nothing is overwritten, and nobody finds it half."""
        self.path.unlink(missing_ok=True)

    def _digest(self, text: str) -> str:
        return _digest(self.salt, text)


def may_hold(backup_made_at: int, selection: Selection) -> bool:
    """Whether a backup can have what is selected: not when all of it was made after the backup."""
    return selection.since is None or selection.since < backup_made_at + _SECOND_MS


def name_note(folder: Path, made_at: int) -> Path:
    """A free name for a note of a profile's folder."""
    return folder / FOLDER / f"{made_at}-{secrets.token_hex(8)}.json"


def write_note(path: Path, selection: Selection, addresses: Iterable[str], made_at: int) -> Note:
    """Write a note, durably.

    Args:
        path: as `name_note` says.
        selection: what is forgotten.
        addresses: of the pages that go, where they were named by address.
        made_at: UTC milliseconds.

    Raises:
        OSError: it cannot be written.
    """
    salt = secrets.token_bytes(_DIGEST_BYTES)
    span = selection.span
    record = {
        "made_at": made_at,
        "salt": salt.hex(),
        "urls": sorted(_digest(salt, url) for url in {*selection.urls, *addresses} if selection.urls),
        "site": _digest(salt, selection.site) if selection.site else None,
        "queries": sorted(_digest(salt, name.casefold()) for name in selection.queries),
        "span": [span.begin, span.end] if span else None,
        "questions": selection.questions,
        "before": selection.before,
        "everything": selection.everything,
        "conversations": sorted(selection.conversations),
        "asked": sorted(selection.asked),
        "said": sorted(selection.said),
        "all_conversations": selection.all_conversations,
        "all_said": selection.all_said,
    }
    path.parent.mkdir(mode=0o700, exist_ok=True)
    part = path.with_suffix(".part")
    with part.open("x", encoding="utf-8") as file:
        part.chmod(0o600)
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)
    urls = selection.urls | frozenset(addresses) if selection.urls else selection.urls
    return replace(_make_note(path, record), known=replace(selection, urls=urls))


def has_notes(folder: Path) -> bool:
    """Whether something is still to be forgotten in backups of a profile's folder."""
    return bool(list_notes(folder))


def list_notes(folder: Path) -> list[Path]:
    """The notes of a profile's folder, the oldest first, whether or not they can be read."""
    return sorted((folder / FOLDER).glob("*.json"))


def read_notes(folder: Path) -> list[Note]:
    """Every note of a profile's folder that can be read now, the oldest first.

    One that was dropped meanwhile is none, and one that the system does not hand out is left for later.
    """
    notes = []
    for path in list_notes(folder):
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            continue
        except OSError as error:
            _log.error("a note cannot be read, later again: %s", describe_exception(error))
            continue
        try:
            notes.append(_make_note(path, json.loads(content)))
        except (ValueError, KeyError, TypeError):
            notes.append(Note(path, 2**62, b"", frozenset(), None, frozenset(), Selection(), damaged=True))
    return notes


def _make_note(path: Path, record: dict[str, Any]) -> Note:
    span = Span(*map(int, record["span"])) if record["span"] else None
    rest = Selection(
        span=span,
        questions=bool(record["questions"]),
        before=record["before"],
        everything=bool(record["everything"]),
        conversations=_read_stamps(record["conversations"]),
        asked=_read_stamps(record["asked"]),
        said=_read_stamps(record["said"]),
        all_conversations=bool(record["all_conversations"]),
        all_said=bool(record["all_said"]),
    )
    return Note(
        path,
        int(record["made_at"]),
        bytes.fromhex(record["salt"]),
        frozenset(record["urls"]),
        record["site"],
        frozenset(record["queries"]),
        rest,
    )


def _read_stamps(stamps: Iterable[tuple[int, int]]) -> frozenset[Stamp]:
    return frozenset((int(one), int(at)) for one, at in stamps)


def _digest(salt: bytes, text: str) -> str:
    return hashlib.blake2b(
        text.encode("utf-8", "surrogatepass"), key=salt, digest_size=_DIGEST_BYTES
    ).hexdigest()


def _list_parents(host: str) -> list[str]:
    """A host, and those that it is below."""
    labels = host.split(".")
    return [".".join(labels[start:]) for start in range(len(labels))]
