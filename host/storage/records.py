"""A history as plain values, one for each thing that a person would call one: the way it goes out and in.

Nothing here has a row's id: pages are named by their canonical URL, categories by their key, a visit by its
page and time. What is derived is left out, but vectors and categories of pages, which take long to make.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    from host.storage.categories import StoredCategory
    from host.storage.conversations import Role, State, StoredSentence
    from host.storage.vector_spaces import VectorSpace


@dataclass(frozen=True)
class Source:
    """What records come from.

    Attributes:
        schema: number of the database's last migration; 0 when unknown.
        space: what their vectors were made with; None when they have none.
        pages: how many there are, to say how far one is; 0 when unknown.
    """

    schema: int = 0
    space: VectorSpace | None = None
    pages: int = 0


@dataclass(frozen=True)
class AddressRecord:
    """An address under which a page was visited."""

    url: str
    last_visit_at: int


@dataclass(frozen=True)
class VisitRecord:
    """One visit to a page; UTC milliseconds."""

    at: int
    transition: str | None = None


@dataclass(frozen=True)
class PassageRecord:
    """A passage of a page; `vector` is float32, little-endian, of length 1."""

    position: int
    heading: str
    text: str
    text_hash: str
    vector: bytes | None = None


@dataclass(frozen=True)
class RawPage:
    """A page as the browser sent it, which nobody has read yet; `html` is compressed by zlib."""

    captured_at: int
    html: bytes


@dataclass(frozen=True)
class PageRecord:
    """A page with all that belongs to it; columns as in `pages`.

    Attributes:
        url: the canonical one.
        lead: vector of title and beginning.
        lead_known: whether that was made; without a `lead` it says that there is nothing to be embedded.
        unread: the page as it came.
    """

    kind: ClassVar[str] = "page"

    url: str
    first_visit_at: int
    last_visit_at: int
    visit_count: int
    title: str = ""
    text: str = ""
    summary: str | None = None
    summary_model: str | None = None
    favicon_url: str | None = None
    language: str | None = None
    author: str | None = None
    published_at: int | None = None
    content_hash: str | None = None
    captured_at: int | None = None
    category: str | None = None
    category_confidence: float | None = None
    category_stamp: str | None = None
    addresses: tuple[AddressRecord, ...] = ()
    visits: tuple[VisitRecord, ...] = ()
    passages: tuple[PassageRecord, ...] = ()
    lead: bytes | None = None
    lead_known: bool = False
    unread: RawPage | None = None


@dataclass(frozen=True)
class OriginRecord:
    """From which visit of another page a visit came. Behind all pages, because both have to be there."""

    kind: ClassVar[str] = "origin"

    url: str
    at: int
    from_url: str
    from_at: int


@dataclass(frozen=True)
class CategoryRecord:
    """A category."""

    kind: ClassVar[str] = "category"

    category: StoredCategory


@dataclass(frozen=True)
class SettingRecord:
    """A setting that was changed."""

    kind: ClassVar[str] = "setting"

    key: str
    value: Any


@dataclass(frozen=True)
class SavedQueryRecord:
    """A statement that was kept."""

    kind: ClassVar[str] = "saved_query"

    name: str
    sql: str
    updated_at: int


@dataclass(frozen=True)
class GrowthRecord:
    """How much there was at the end of a day; `day` is YYYY-MM-DD, UTC."""

    kind: ClassVar[str] = "growth"

    day: str
    pages: int
    bytes: int


@dataclass(frozen=True)
class CorrectionRecord:
    """What a person said about a tab; see `host.storage.tab_corrections.NewCorrection`."""

    kind: ClassVar[str] = "tab_correction"

    url: str
    title: str
    category: str | None
    origin: str | None
    created_at: int


@dataclass(frozen=True)
class CitationRecord:
    """A passage that was found for an answer; see `host.storage.conversations.StoredSource`.

    Attributes:
        url: of its page.
        position: of the passage on it; None when that is gone.
    """

    n: int
    url: str
    position: int | None
    heading: str
    passage: str
    quote: str
    cited: bool


@dataclass(frozen=True)
class MessageRecord:
    """A question or an answer; see `host.storage.conversations.StoredMessage`.

    Attributes:
        answers: of an answer, the place of its question among the messages, from 0.
        pages: every page whose words were at hand for an answer.
    """

    role: Role
    created_at: int
    text: str = ""
    shown: str = ""
    raw: str = ""
    state: State = "complete"
    engine: str | None = None
    model: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    answers: int | None = None
    sentences: tuple[StoredSentence, ...] = ()
    citations: tuple[CitationRecord, ...] = ()
    pages: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConversationRecord:
    """A conversation with its messages, in the order in which they were made."""

    kind: ClassVar[str] = "conversation"

    title: str
    created_at: int
    updated_at: int
    messages: tuple[MessageRecord, ...] = ()


Record = (
    PageRecord
    | OriginRecord
    | CategoryRecord
    | SettingRecord
    | SavedQueryRecord
    | GrowthRecord
    | CorrectionRecord
    | ConversationRecord
)

# In the order in which a file has them: what is referred to comes first.
KINDS = (
    CategoryRecord.kind,
    SettingRecord.kind,
    SavedQueryRecord.kind,
    GrowthRecord.kind,
    PageRecord.kind,
    OriginRecord.kind,
    CorrectionRecord.kind,
    ConversationRecord.kind,
)
