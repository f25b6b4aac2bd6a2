"""Which sites are left out, by patterns that a person writes.

A pattern is a host (`example.com`, with all its subdomains) and, if wanted, the beginning of a path
(`example.com/account`). In the host `*` stands for any run of characters (`*bank*`, `*.bank`). Case does not
matter. The extension reads patterns by the same rules.
"""

from __future__ import annotations

import fnmatch
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from host.core.urls import find_host

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_PORT = re.compile(r":\d*$")


@dataclass(frozen=True)
class _Rule:
    pattern: str
    path: str


@dataclass(frozen=True)
class _Rules:
    """Patterns made ready: those without `*` by their host, and the others with their test."""

    by_host: dict[str, tuple[_Rule, ...]]
    globs: tuple[tuple[Callable[[str], object], _Rule], ...]


# What stays as it is in a path, so that one written by hand and one from a browser are the same.
_PATH_SAFE = "/%:@!$&'()*+,;=~-._"


def matches(pattern: str, url: str) -> bool:
    """Whether a pattern covers a URL. An empty pattern covers nothing, nor is a malformed URL covered."""
    return find_exclusion(url, (pattern,)) is not None


def find_exclusion(url: str, patterns: Iterable[str]) -> str | None:
    """The first pattern found that covers a URL, or None.

    Args:
        url: the address of a page.
        patterns: as written by a person; the made-ready form of a list is kept for its next use.
    """
    host = find_host(url)
    if not host:
        return None
    rules = _compile(tuple(patterns))
    path = quote(urlsplit(url.strip()).path, safe=_PATH_SAFE).lower()
    labels = host.split(".")
    hosts = [".".join(labels[start:]) for start in range(len(labels))]
    for name in hosts:
        for rule in rules.by_host.get(name, ()):
            if _covers(rule.path, path):
                return rule.pattern
    for test, rule in rules.globs:
        if _covers(rule.path, path) and any(test(name) for name in hosts):
            return rule.pattern
    return None


@lru_cache(maxsize=32)
def _compile(patterns: tuple[str, ...]) -> _Rules:
    by_host: dict[str, list[_Rule]] = {}
    globs = []
    for pattern in patterns:
        host, path = _split(pattern)
        rule = _Rule(pattern, path)
        if "*" in host:
            globs.append((_glob(host), rule))
        elif host:
            by_host.setdefault(find_host(f"http://{host}") or host, []).append(rule)
    return _Rules({host: tuple(rules) for host, rules in by_host.items()}, tuple(globs))


def _split(pattern: str) -> tuple[str, str]:
    """Host and path of a pattern, in lower case."""
    bare = _SCHEME.sub("", pattern.strip().lower())
    host, slash, path = bare.partition("/")
    host = _PORT.sub("", host)
    name = host.removeprefix("www.")
    # What is left of "www.com" would cover every site of its country or kind.
    return name if "." in name or "*" in name else host, quote(slash + path, safe=_PATH_SAFE).lower().rstrip(
        "/"
    )


def _glob(host: str) -> Callable[[str], object]:
    # fnmatch knows more signs than a pattern has; its expression takes linear time whatever the pattern.
    literal = host.replace("[", "[[]").replace("?", "[?]")
    return re.compile(fnmatch.translate(literal)).fullmatch


def _covers(prefix: str, path: str) -> bool:
    return not prefix or path == prefix or path.startswith(prefix + "/")
