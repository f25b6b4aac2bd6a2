"""URLs as identity, as words and as something to judge.

One page has one canonical URL, so that a newsletter link and a typed address are the same page. Everything
here is a pure function of its arguments and never raises on a malformed URL: what cannot be understood stays
itself. It knows nothing of storage or capture.
"""

from __future__ import annotations

import ipaddress
import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, quote, unquote, urljoin, urlsplit, urlunsplit

from host.core.text import clean_line
from host.core.tracking import strip_path, strip_query

if TYPE_CHECKING:
    from publicsuffixlist import PublicSuffixList

_DEFAULT_PORTS = {"http": 80, "https": 443}
_PERCENT = re.compile("%([0-9A-Fa-f]{2})?")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "/%:@!$&'()*+,;=~-._?[]|{}^`"
_HOME_PATH = re.compile(
    r"/?(?:(?:index|default|home)(?:\.\w{2,5})?/?|[a-z]{2}(?:[-_][a-z]{2})?/?)?", re.IGNORECASE
)
_HOST = re.compile(r"[^\s/\\<>\"'%^`{|}@#?\[\]]+")
_LOCAL_SUFFIXES = (".localhost", ".local", ".internal", ".intranet", ".lan", ".home.arpa", ".test")
_WORD = re.compile(r"[^\W_]+")
_CASE_BORDER = re.compile(
    r"(?<=[a-z\d])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])"
    r"|(?<=\d)(?=[^\W\d_])|(?<=[^\W\d_])(?=\d)"
)
_LIKE_ADDRESS = re.compile(r"(?:https?:/|www\.|[\w-]+(?:\.[\w-]+)+/|/?[\w%.~-]+/)", re.IGNORECASE)
_ADDRESS_START = re.compile(r"^(?:https?:/+)?(?:www\.)?", re.IGNORECASE)
_MAX_WORDS_SOURCE = 2048


@cache
def _suffix_list() -> PublicSuffixList:
    from publicsuffixlist import PublicSuffixList  # 45 ms and 4 MB: only those who need it pay

    return PublicSuffixList()


def canonicalize_url(url: str, canonical_link: str | None = None) -> str:
    """The one URL under which a page is kept.

    Scheme and host are lower-case, default ports, credentials, tracking parameters and fragments are gone.
    A fragment that is the route of a single-page application (`#/` or `#!`) stays.

    Args:
        url: the address as the browser has it.
        canonical_link: what the page itself names as its canonical address, if it does. It is believed only
            when it stays within the same registrable domain, does not send a deep page to the home page, and
            does not drop the query or route that told this page from its neighbours.

    Returns:
        The canonical URL; a URL that is not http(s), or cannot be parsed, comes back as it was, cleaned of
        control characters. Canonicalizing twice changes nothing.
    """
    own = _normalize(url)
    if own is None:
        return clean_line(url)
    if canonical_link:
        linked = _believe(own, canonical_link)
        if linked is not None:
            return urlunsplit(linked)
    return urlunsplit(own)


def registrable_domain(url_or_host: str) -> str:
    """The part of a host that its owner registered: `bbc.co.uk` of `news.bbc.co.uk`.

    Returns:
        The domain in ASCII form; the host itself where there is none (an IP address, one label).
    """
    host = find_host(url_or_host) if "://" in url_or_host else _ascii_host(url_or_host)
    return _registrable(host)


def find_host(url: str) -> str:
    """The host of a URL in ASCII, lower case and without port; "" when there is none."""
    try:
        return _ascii_host(urlsplit(clean_line(url)).hostname or "")
    except ValueError:
        return ""


def split_domain(url: str) -> str:
    """The host of a URL as shown to people: no `www.`, no port, punycode decoded; "" when there is none."""
    return _readable(find_host(url))


def normalize_site(text: str) -> str:
    """What a person typed for a site (`site:`, a deletion, an exclusion) in the form of `split_domain`.

    Takes a host, a host with path or port, a whole URL, or `*.example.com`.
    """
    text = clean_line(text).strip("\"'").removeprefix("*.").lstrip(".")
    if "://" not in text:
        text = "http://" + text
    return split_domain(text)


def url_words(url: str) -> str:
    """The words of host, path and query, decoded and split, for the full-text index.

    First every word as it stands, so that a piece of the address is found as a phrase; then the parts of
    those that are made of several: `https://www.example.com/getStarted/v2` gives
    `example com getStarted v2 get Started v 2`.
    """
    try:
        parts = urlsplit(clean_line(url)[:_MAX_WORDS_SOURCE])
    except ValueError:
        return ""
    source = unquote(f"{parts.path} {parts.query.replace('+', ' ')} {parts.fragment}", errors="ignore")
    words = _WORD.findall(f"{_readable(find_host(url))} {clean_line(source)}")
    known = {word.casefold() for word in words}
    pieces: dict[str, str] = {}
    for word in words:
        for piece in _CASE_BORDER.split(word):
            if piece.casefold() not in known:
                pieces.setdefault(piece.casefold(), piece)
    return " ".join([*words, *pieces.values()])


def strip_scheme(text: str) -> str:
    """A piece of an address as the index knows it: decoded, no scheme, no `www.`; other text as it is."""
    if not _LIKE_ADDRESS.match(text):
        return text
    return unquote(_ADDRESS_START.sub("", text), errors="ignore")


def is_capturable(url: str) -> bool:
    """Whether a page of this address may be kept at all: http or https, with a host."""
    return _normalize(url) is not None


def is_local_address(url: str) -> bool:
    """Whether a URL points into this machine or a private network.

    True for localhost, private, link-local, carrier and reserved addresses, hosts of one label, and the names
    that are never public (`.local`, `.internal`, `.lan`, `.home.arpa` …). False for what has no host.
    """
    host = find_host(url)
    if not host:
        return False
    try:
        address = ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return "." not in host or host.endswith(_LOCAL_SUFFIXES)
    mapped = getattr(address, "ipv4_mapped", None)
    return not (mapped or address).is_global


def _normalize(url: str) -> SplitResult | None:
    """The normal form of an http(s) URL, or None for everything else."""
    try:
        parts = urlsplit(clean_line(url).replace(" ", "%20"))
        port = parts.port
    except ValueError:
        return None
    scheme = parts.scheme.lower()
    host = _ascii_host(parts.hostname or "")
    if scheme not in _DEFAULT_PORTS or not _HOST.fullmatch(host):
        return None
    netloc = f"[{host}]" if ":" in host else host
    if port is not None and port != _DEFAULT_PORTS[scheme]:
        netloc = f"{netloc}:{port}"
    fragment = (
        _percent(parts.fragment) if parts.fragment.startswith(("/", "!")) and len(parts.fragment) > 1 else ""
    )
    path = strip_path(host, _percent(parts.path) or "/")
    return SplitResult(scheme, netloc, path, strip_query(host, _percent(parts.query)), fragment)


def _percent(part: str) -> str:
    """Percent-encoding in one form: unreserved bare, hexadecimals in capitals, a stray % encoded."""

    def replace(match: re.Match[str]) -> str:
        digits = match[1]
        if digits is None:
            return "%25"
        character = chr(int(digits, 16))
        return character if character in _UNRESERVED else f"%{digits.upper()}"

    return quote(_PERCENT.sub(replace, part), safe=_SAFE)


def _ascii_host(host: str) -> str:
    host = host.strip().lower().rstrip(".")
    if host.isascii():
        return host
    try:
        return host.encode("idna").decode("ascii").lower().rstrip(".")
    except UnicodeError:
        return host


def _readable(host: str) -> str:
    name = host.removeprefix("www.")
    host = name if "." in name else host
    if "xn--" not in host:
        return host
    try:
        return host.encode("ascii").decode("idna")
    except UnicodeError:
        return host


@lru_cache(maxsize=1024)
def _registrable(host: str) -> str:
    if not host or "." not in host or ":" in host or host.rpartition(".")[2].isdigit():
        return host
    return _suffix_list().privatesuffix(host) or host


def _believe(own: SplitResult, canonical_link: str) -> SplitResult | None:
    """The normal form of a canonical link that can be trusted for the page at `own`, or None."""
    try:
        linked = _normalize(urljoin(urlunsplit(own), clean_line(canonical_link)))
    except ValueError:
        return None
    if linked is None or not _is_same_owner(own, linked):
        return None
    loses_route = own.fragment != linked.fragment
    loses_path = _is_home(linked) and not _is_home(own)
    loses_query = linked.path == own.path and bool(own.query) and not linked.query
    if loses_route or loses_path or loses_query:
        return None
    # Sites that moved to https long ago still name their http address.
    return linked._replace(scheme=own.scheme) if linked.netloc == own.netloc else linked


def _is_same_owner(own: SplitResult, linked: SplitResult) -> bool:
    if linked.netloc == own.netloc:
        return True
    domain = _registrable(own.hostname or "")
    return "." in domain and own.port == linked.port and domain == _registrable(linked.hostname or "")


def _is_home(parts: SplitResult) -> bool:
    return not parts.query and not parts.fragment and _HOME_PATH.fullmatch(parts.path) is not None
