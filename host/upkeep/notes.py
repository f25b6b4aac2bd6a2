"""Notes of what is still to be forgotten in backups. They outlive the process, and hold no word of a person.

Addresses and sites are kept as keyed digests (BLAKE2b, RFC 7693) with a salt of each note, by which they are
found in a backup. A note is there for as long as a backup may hold what it is about.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from host.storage.deletion import Selection, read_all_addresses, read_all_hosts
from host.storage.replacement import erase
from host.storage.time_range import Span

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import apsw

    from host.storage.deletion import Stamp

FOLDER = "forgetting"
_DIGEST_BYTES = 16


@dataclass(frozen=True)
class Note:
    """What is to be taken out of backups.

    Attributes:
        path: of the note.
        made_at: UTC milliseconds; a backup that was made later has nothing of it.
        salt: of its digests.
        urls: digests of addresses.
        site: digest of a host.
        selection: the rest, which is no secret: times and ids.
    """

    path: Path
    made_at: int
    salt: bytes
    urls: frozenset[str]
    site: str | None
    selection: Selection

    def resolve(self, connection: apsw.Connection) -> Selection:
        """What the note means in a database."""
        urls = (
            frozenset(url for url in read_all_addresses(connection) if self._digest(url) in self.urls)
            if self.urls
            else frozenset()
        )
        site = None
        if self.site is not None:
            names = {name for host in read_all_hosts(connection) for name in _list_parents(host)}
            site = next((name for name in names if self._digest(name) == self.site), None)
        return replace(self.selection, urls=urls, site=site)

    def drop(self) -> None:
        """It is done."""
        erase(self.path)

    def _digest(self, text: str) -> str:
        return _digest(self.salt, text)


def write_note(folder: Path, selection: Selection, addresses: Iterable[str], made_at: int) -> Note:
    """Write a note, durably.

    Args:
        folder: of the profile.
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
    place = folder / FOLDER
    place.mkdir(mode=0o700, exist_ok=True)
    path = place / f"{made_at}-{secrets.token_hex(4)}.json"
    part = path.with_suffix(".part")
    with part.open("x", encoding="utf-8") as file:
        part.chmod(0o600)
        json.dump(record, file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    return _make_note(path, record)


def read_notes(folder: Path) -> list[Note]:
    """Every note of a profile's folder, the oldest first. One that cannot be read means everything."""
    notes = []
    for path in sorted((folder / FOLDER).glob("*.json")):
        try:
            notes.append(_make_note(path, json.loads(path.read_text(encoding="utf-8"))))
        except (OSError, ValueError, KeyError, TypeError):
            notes.append(Note(path, 2**62, b"", frozenset(), None, Selection(everything=True)))
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
