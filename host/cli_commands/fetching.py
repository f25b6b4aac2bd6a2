"""Fetching a web page that a person has named in a terminal. Nothing else of ours reaches for the web."""

from __future__ import annotations

import configparser
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from host.core.errors import AppError, InvalidInput, TooLarge
from host.core.urls import is_local_address
from host.version import VERSION

if TYPE_CHECKING:
    from trafilatura.utils import Response

MAX_BYTES = 20_000_000
TIMEOUT_S = 20
_TYPES = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True)
class Fetched:
    """A page as its server gave it; `url` is where it was found in the end."""

    url: str
    content: str
    is_html: bool


def fetch_page(url: str) -> Fetched:
    """Fetch one page.

    Args:
        url: http or https; redirects are followed, but not from the web into the local network.

    Raises:
        AppError: it could not be fetched; says why.
        InvalidInput: it is no page of text.
        TooLarge: it is over `MAX_BYTES`.
    """
    from trafilatura.downloads import fetch_response

    # Its log would repeat addresses.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)
    response = fetch_response(url, decode=True, config=_configure(url))
    if response is None:
        message = "It could not be fetched: no answer, or one that cannot be trusted."
        raise AppError(message, fix="Look whether it opens in the browser.")
    if response.status != 200:
        message = f"Its server answered {response.status}."
        raise AppError(message)
    kind = _read_type(response)
    if kind not in _TYPES:
        message = f"It is {kind}, no page."
        raise InvalidInput(message)
    if len(response.data) >= MAX_BYTES or not response.html:
        message = f"It is over {MAX_BYTES // 1_000_000} MB." if response.data else "It is empty."
        raise TooLarge(message)
    return Fetched(response.url, response.html, kind != "text/plain")


def _read_type(response: Response) -> str:
    named = str((response.headers or {}).get("content-type", "text/html"))
    return named.split(";", maxsplit=1)[0].strip().lower()


def _configure(url: str) -> configparser.ConfigParser:
    from trafilatura.settings import DEFAULT_CONFIG

    config = configparser.ConfigParser()
    config.read_dict(DEFAULT_CONFIG)
    config["DEFAULT"]["MAX_FILE_SIZE"] = str(MAX_BYTES)
    config["DEFAULT"]["DOWNLOAD_TIMEOUT"] = str(TIMEOUT_S)
    config["DEFAULT"]["INSECURE_SSL_FALLBACK"] = "off"
    config["DEFAULT"]["SSRF_PROTECTION"] = "off" if is_local_address(url) else "on"
    config["DEFAULT"]["USER_AGENTS"] = f"AI-History/{VERSION}"
    return config
