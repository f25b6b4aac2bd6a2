"""Pages that are hard to capture, or that must not be captured at all."""

from __future__ import annotations

from dataclasses import dataclass, field
from html import escape
from pathlib import Path

from tests.e2e.articles import render_page

TEMPLATES = Path(__file__).with_name("templates")
HTML = "text/html; charset=utf-8"
LONG_SECTIONS = 70
_TRADES = ("tanners", "cutlers", "weavers", "coopers", "chandlers", "fullers", "dyers", "saddlers", "potters")


@dataclass(frozen=True)
class SpecialPage:
    """A page at a fixed address."""

    host: str
    path: str
    body: str | bytes
    status: int = 200
    content_type: str = HTML
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return f"http://{self.host}{self.path}"


def _template(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _prose(title: str, *paragraphs: str) -> str:
    return f"<article><h1>{escape(title)}</h1>{''.join(f'<p>{text}</p>' for text in paragraphs)}</article>"


def make_prose_page(
    host: str, path: str, title: str, *paragraphs: str, status: int = 200, head: str = ""
) -> SpecialPage:
    """An English page of a few paragraphs of HTML."""
    body = render_page(title, _prose(title, *paragraphs), host, head=head)
    return SpecialPage(host, path, body, status)


def _make_long_page() -> SpecialPage:
    """A gazetteer whose one remarkable passage stands near its end."""
    host, title = "streetsof.example", "A gazetteer of the streets of Old Marrow"
    sights = (
        "a pump that has been dry since the flood", "a chapel without a door", "two lime trees",
        "the oldest letter box of the county", "a wall of black flint", "a clock with one hand",
        "stairs that lead to the river",
    )  # fmt: skip
    lane = _template("lane.txt")
    sections = []
    for number in range(1, LONG_SECTIONS + 1):
        trade, sight = _TRADES[number % len(_TRADES)], sights[number % len(sights)]
        text = lane.format(
            number=number,
            trade=trade,
            sight=sight,
            pence=number + 3,
            paces=number * 4 + 11,
            house=number * 2 + 1,
            year=1810 + number,
            people=number * 3 + 20,
            strangers=number % 9 + 2,
        )
        sections.append(f"<h2>Lane {number}</h2><p>{text}</p>")
        if number == LONG_SECTIONS - 2:
            sections.append(f"<h2>The cellar of number nine</h2><p>{_template('cellar.txt')}</p>")
    body = f"<article><h1>{title}</h1>{''.join(sections)}</article>"
    return SpecialPage(host, "/gazetteer/all", render_page(title, body, host))


def _make_pdf(text: str) -> bytes:
    """A document of one page with one line."""
    stream = f"BT /F1 18 Tf 60 700 Td ({text}) Tj ET".encode("ascii")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    tail = b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (size, len(out))
    return out + b"xref\n0 %d\n0000000000 65535 f \n%s" % (size, table) + tail


LONG = _make_long_page()
APPLICATION = SpecialPage("boats.harbourdesk.example", "/boats", _template("application.html"))
APPLICATION_ROUTE = SpecialPage("boats.harbourdesk.example", "/boats/heron", _template("application.html"))
PASSWORD = SpecialPage("members.gliderclub.example", "/enter", _template("password.html"))
FORM = SpecialPage("council.riverton.example", "/complaints/new", _template("form.html"))
SHADOW = SpecialPage("parts.componentry.example", "/pumps/model-7", _template("shadow.html"))
PDF = SpecialPage(
    "archive.paperworlds.example", "/scans/tide-table-1911.pdf", _make_pdf("Tide table for 1911"),
    content_type="application/pdf",
)  # fmt: skip
HOSTILE_TITLE = (
    "<img src=x onerror=\"document.title='owned'\"> </title><script>document.title='owned'</script>"
)
HOSTILE = make_prose_page(
    "trap.wolfsheep.example",
    "/fleece",
    HOSTILE_TITLE,
    "This page dresses its name up as markup, and hopes that whoever lists it will run what it says. The "
    "shepherd who wrote it keeps ferrets, and the ferrets keep a list of every reader who fell for it.",
    "Press <a href=\"javascript:document.title='owned'\">the velvet button</a> and nothing good will happen. "
    "It has been pressed four hundred times by people who wanted to know why it should not be pressed.",
    head='<link rel="canonical" href="javascript:document.title=\'owned\'">',
)
TRACKED = make_prose_page(
    "gazette.northshore.example",
    "/2026/ferry-timetable",
    "The ferry will run twice an hour from spring",
    "From the first of April the ferry between the two shores will cross every thirty minutes, the operator "
    "announced on Thursday. Commuters had collected nine thousand signatures for it during the winter.",
    "The second vessel, the Petrel, has been in dry dock for a year. Its engines were swapped for batteries "
    "that charge in the eight minutes that the ramps are down. Bicycles travel free, dogs on the upper deck.",
    head='<link rel="canonical" href="http://gazette.northshore.example/2026/ferry-timetable">',
)
NOT_FOUND = make_prose_page(
    "gazette.northshore.example", "/2026/withdrawn", "This article was withdrawn",
    "The article about the quartermaster and his pelican was withdrawn. " * 6, status=404,
)  # fmt: skip
BROKEN = make_prose_page(
    "gazette.northshore.example", "/2026/overload", "Our server is overloaded",
    "The machine room reports: porcupine. Please come back in a quarter of an hour. " * 6, status=500,
)  # fmt: skip


def list_special_pages() -> tuple[SpecialPage, ...]:
    """Every page of this file."""
    ordinary = (LONG, APPLICATION, APPLICATION_ROUTE, FORM, SHADOW, PDF, HOSTILE, TRACKED)
    return (*ordinary, PASSWORD, NOT_FOUND, BROKEN)
