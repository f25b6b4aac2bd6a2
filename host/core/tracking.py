"""What of a URL tells only how its reader came to it, taken out of path and query.

The lists are data (`tracking_parameters.json`): names that are trackers everywhere, names that are on one
site only, and `ref`-like names whose value decides.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote


@dataclass(frozen=True)
class _Trackers:
    names: frozenset[str]
    prefixes: tuple[str, ...]
    referrer_names: frozenset[str]
    referrer_values: frozenset[str]
    referrer_domains: frozenset[str]
    path_suffixes: dict[str, str]
    sites: dict[str, frozenset[str]]


@cache
def _trackers() -> _Trackers:
    path = Path(__file__).with_name("tracking_parameters.json")
    data = json.loads(path.read_text(encoding="utf-8"))
    return _Trackers(
        names=frozenset(data["names"]),
        prefixes=tuple(data["prefixes"]),
        referrer_names=frozenset(data["referrer_names"]),
        referrer_values=frozenset(data["referrer_values"]),
        referrer_domains=frozenset(data["referrer_domains"]),
        path_suffixes=data["path_suffixes"],
        sites={site: frozenset(names) for site, names in data["sites"].items()},
    )


def _site_keys(host: str) -> list[str]:
    """The keys under which a host may stand: each parent, and `name.*` for a suffix of one or two labels."""
    labels = host.split(".")
    keys = [".".join(labels[start:]) for start in range(len(labels) - 1)]
    return keys + [f"{label}.*" for label in labels[-3:-1]]


def strip_path(host: str, path: str) -> str:
    """`path` without the trail that some shops append to it."""
    for key in _site_keys(host):
        marker = _trackers().path_suffixes.get(key)
        if marker and marker in path:
            return path[: path.index(marker)] or "/"
    return path


def strip_query(host: str, query: str) -> str:
    """`query` without its tracking fields; what stays keeps its order and spelling."""
    if not query:
        return ""
    trackers = _trackers()
    names = trackers.names.union(*(trackers.sites.get(key, ()) for key in _site_keys(host)))
    kept = []
    for field in query.split("&"):
        name, _, value = field.partition("=")
        name = unquote(name).lower()
        if not field or name in names or name.startswith(trackers.prefixes) or _is_referrer(name, value):
            continue
        kept.append(field)
    return "&".join(kept)


def _is_referrer(name: str, value: str) -> bool:
    """Whether a `ref`-like parameter tells only where the reader came from.

    The same names also choose a branch, an edition or a language, so the value decides: a known referrer
    or, for the unambiguous names, something that looks like a domain.
    """
    trackers = _trackers()
    if name not in trackers.referrer_names:
        return False
    value = unquote(value).lower().removeprefix("www.")
    if value in trackers.referrer_values:
        return True
    head, dot, suffix = value.rpartition(".")
    return (
        name.startswith("ref")
        and bool(dot and head)
        and "/" not in head
        and suffix in trackers.referrer_domains
    )
