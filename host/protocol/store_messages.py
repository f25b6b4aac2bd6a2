"""The shapes of what a person does with the whole of their data."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from host.protocol.messages import Milliseconds, Params, Result, Url
from host.protocol.upkeep_messages import ActionItem

_PATH = Field(None, max_length=4096)


class HealthItem(Result):
    """One index against what it should hold."""

    name: str
    rows: int
    expected: int
    ok: bool
    detail: str
    fix: str | None = None
    action: ActionItem | None = Field(None, description="does what `fix` says, where a request can")


class GrowthItem(Result):
    """How much there was at the end of a day."""

    day: str = Field(description="YYYY-MM-DD, UTC")
    pages: int
    bytes: int | None = None


class HealthResult(Result):
    """Indexes, free space and growth; quick, also on a large database."""

    parts: list[HealthItem]
    database_bytes: int
    free_bytes: int = Field(description="in the file, unused")
    log_bytes: int = Field(description="of the write-ahead log")
    path: str
    growth: list[GrowthItem]


class TableSize(Result):
    """What one table and its indexes take."""

    name: str
    bytes: int


class SizesResult(Result):
    """Sizes by table, the largest first."""

    tables: list[TableSize]


class StoreCheckParams(Params):
    """How thoroughly; streams {stage, share}."""

    full: bool = Field(True, description="also every index entry and reference")
    repair: bool = Field(False, description="and mend what can be mended")


class StoreCheckResult(Result):
    """What was found."""

    ok: bool
    problems: list[str]
    repaired: list[str] = Field(default_factory=list)


class VacuumResult(Result):
    """The file before and after."""

    before_bytes: int
    after_bytes: int


class ClearParams(Params):
    """Drop everything and begin anew."""

    keep_settings: bool = Field(True, description="settings, categories and saved statements stay")
    backups: bool = Field(False, description="delete the backups as well")


class ClearResult(Result):
    """What is gone."""

    pages: int
    conversations: int
    freed_bytes: int
    backups: int = Field(0, description="that are left, with what was there before")


class ExportParams(Params):
    """Where to, and as what; streams {share, bytes}."""

    format: Literal["sqlite", "jsonl"] = "sqlite"
    path: str | None = Field(
        None, max_length=4096, description="by default a new file in the downloads folder"
    )


class StoreExportResult(Result):
    """The file that was written."""

    path: str
    bytes: int
    rows: dict[str, int] = Field(description="by table or kind of record")
    took_ms: float


class UploadParams(Params):
    """A piece of a file from the browser, which has no path to tell."""

    upload_id: str | None = Field(None, max_length=64, description="none for the first piece")
    offset: int = Field(0, ge=0)
    data: str = Field("", max_length=12_000_000, description="base64")
    drop: bool = Field(False, description="no piece: delete what has arrived, it is not wanted any more")


class UploadResult(Result):
    """What has arrived."""

    upload_id: str
    received: int


class StoreImportParams(Params):
    """A file to take in; streams {stage, share}."""

    path: str | None = _PATH
    upload_id: str | None = Field(None, max_length=64)
    mode: Literal["merge", "replace"] = "merge"


class StoreImportResult(Result):
    """What was taken in, by table or kind of record."""

    mode: Literal["merge", "replace"]
    format: Literal["sqlite", "jsonl"]
    added: dict[str, int]
    updated: dict[str, int] = Field(default_factory=dict)
    skipped: dict[str, int] = Field(default_factory=dict)
    backup: str | None = Field(
        None, description="where the backup lies of what was there before, when it was replaced"
    )
    kept_settings: list[str] = Field(
        default_factory=list,
        description="that stay as they were here, because the file would permit more, when it was replaced",
    )


class BackupParams(Params):
    """Where to; streams {share, bytes}."""

    path: str | None = Field(
        None,
        max_length=4096,
        description="by default among the profile's backups, with the history's key. With a path it is an"
        " export: in clear, also of an encrypted history, and out of reach of what is forgotten later",
    )


class BackupItem(Result):
    """A backup of this profile."""

    name: str
    path: str
    bytes: int
    made_at: Milliseconds
    reason: Literal["asked", "schedule", "write", "replace"]


class BackupResult(Result):
    """The backup that was made."""

    backup: BackupItem
    elsewhere: bool = Field(
        False, description="a file of its own, in clear, and none of the backups that are listed"
    )


class BackupsResult(Result):
    """Backups, the latest first."""

    backups: list[BackupItem]
    next_at: Milliseconds | None = Field(None, description="of the schedule")


class RestoreParams(Params):
    """Which backup; streams {stage, share}."""

    name: str | None = Field(None, max_length=255)
    path: str | None = _PATH


class DropBackupParams(Params):
    """A backup to delete."""

    name: str = Field(max_length=255)


class DeleteAllParams(Params):
    """Everything goes: databases of all profiles, backups, models, settings, logs; streams {stage, share}."""

    confirm: Literal["delete all data"]


class ReceiptItem(Result):
    """One thing that was removed."""

    what: str
    path: str
    files: int
    bytes: int
    why: str | None = Field(None, description="it was left")


class DeleteAllResult(Result):
    """What was removed, and what could not be."""

    removed: list[ReceiptItem]
    left: list[ReceiptItem] = Field(default_factory=list)
    total_bytes: int


class ClearModelsResult(Result):
    """What removing the models freed; those that were trained here stay."""

    removed: list[str]
    kept: list[str]
    freed_bytes: int


class StoredParams(Params):
    """A page, by address."""

    url: Url


class StoredResult(Result):
    """All that is stored about an address; `page_id` None when nothing is."""

    page_id: int | None = None
    url: str
    title: str = ""
    addresses: list[str] = Field(default_factory=list)
    first_visit_at: Milliseconds | None = None
    last_visit_at: Milliseconds | None = None
    captured_at: Milliseconds | None = None
    visits: int = 0
    visited_at: list[Milliseconds] = Field([], description="the latest, 100 at most")
    characters: int = 0
    passages: int = 0
    vectors: int = Field(0, description="of passages and of the page as a whole")
    summary: str | None = None
    category: str | None = None
    jobs: list[str] = Field(default_factory=list)
    quoted_in: int = Field(0, description="conversations that quote it")
    corrections: int = 0
    captured: bool = Field(description="whether it would be captured now")
    reason: str | None = Field(None, description="why it would not")


class EncryptionState(Result):
    """Whether the profile's database is encrypted at rest, and where its key is kept."""

    encrypted: bool
    locked: bool = Field(description="the key is not at hand: nothing can be read until it is given")
    key_in: Literal["keyring", "passphrase"] | None = None
    keyring: str | None = Field(None, description="the system keyring's name; none: there is no usable one")
    clear_backups: int = Field(0, description="backups of an encrypted database that are in clear")


class EncryptParams(Params):
    """Encrypt the database; streams {stage, share}."""

    passphrase: str | None = Field(
        None, min_length=8, max_length=1000, description="without it a new key is kept in the system keyring"
    )
    present: str | None = Field(
        None,
        max_length=1000,
        description="of one that a passphrase guards: that passphrase, or the recovery key",
    )
    keep: bool = Field(
        False,
        description="of an encrypted one: the key stays where it is, and backups in clear are encrypted",
    )


class EncryptResult(Result):
    """How it is now."""

    state: EncryptionState
    recovery_key: str | None = Field(None, description="to write down: opens it where the keyring cannot")
    backups: int = Field(0, description="how many were written anew, too")
    left: list[str] = Field(
        default_factory=list, description="backups that could not be, and are as they were"
    )
    why_left: str | None = Field(None, description="of the first of them")


class DecryptParams(Params):
    """Write the database in clear again; streams {stage, share}."""

    passphrase: str | None = Field(None, max_length=1000)


class UnlockParams(Params):
    """Open an encrypted database for as long as the daemon runs."""

    passphrase: str = Field(max_length=1000, description="or the recovery key")


class LogLinesParams(Params):
    """The end of a log."""

    name: str | None = Field(None, max_length=100, description="by default the daemon's own")
    lines: int = Field(200, ge=1, le=2000)


class LogLinesResult(Result):
    """Lines, oldest first; logs have no words of pages."""

    name: str
    lines: list[str]
    names: list[str] = Field(description="of all logs")
    path: str


class MethodLatency(Result):
    """How long a method took lately."""

    method: str
    count: int
    failed: int
    median_ms: float
    p95_ms: float
    recent_ms: list[float] = Field(description="the latest, oldest first, 60 at most")


class LatenciesResult(Result):
    """Since the daemon began, by method."""

    methods: list[MethodLatency]
