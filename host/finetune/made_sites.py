"""Sites that do not exist: a host and the name that titles show, a few for each template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.finetune.slot_values import find_endings, make_slug

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

# How often a row is on a site that its template has had before, and how often a new name is tried.
_SAME = 0.3
_WITH_WWW = 0.45
_TRIALS = 20
_IS_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,6}(:\d+)?", re.ASCII)
_MOST_WORDS = 4


@dataclass(frozen=True)
class Site:
    """A site.

    Attributes:
        host: without `www.`.
        name: that titles show.
        www: whether its front page has `www.` before its host.
    """

    host: str
    name: str
    www: bool = False


@dataclass
class MadeSites:
    """Gives out made-up sites. Each belongs to one template, so that templates share no sites.

    Attributes:
        taken: the template, or another owner, of each host.
    """

    taken: dict[str, str] = field(default_factory=dict)
    _pools: dict[str, list[Site]] = field(default_factory=dict, repr=False)

    def reserve(self, host: str) -> None:
        """Never make this host up."""
        self.taken.setdefault(host, "")

    def draw(self, owner: str, random: Random, language: str, make_name: Callable[[], str]) -> Site | None:
        """A site of a template.

        Args:
            owner: the template's id.
            random: draws.
            language: decides on the ending of the host.
            make_name: a name, another one each time.

        Returns:
            None when every name that was tried belongs to another template.
        """
        pool = self._pools.setdefault(owner, [])
        if pool and random.random() < _SAME:
            return random.choice(pool)
        for _ in range(_TRIALS):
            name = make_name()
            host = _make_host(name, random, language)
            if self.taken.setdefault(host, owner) == owner:
                site = Site(host, name, www=random.random() < _WITH_WWW)
                pool.append(site)
                return site
        return random.choice(pool) if pool else None


def _make_host(name: str, random: Random, language: str) -> str:
    if _IS_HOST.fullmatch(name):
        return name.lower()
    words = make_slug(name).split("-")
    if "%" in words[0]:
        # Hosts are Latin letters nearly everywhere, whatever the name is written in.
        words = ["".join(random.choices("bcdfghklmnprstvz")[0] + random.choice("aeiou") for _ in range(3))]
    words = words[:_MOST_WORDS]
    sign = random.choice(("", "", "", "-"))
    host = sign.join(words)[:40].strip("-")
    style = random.random()
    if style < 0.04:
        host = f"{random.choice(('get', 'my', 'the'))}{sign}{host}"
    elif style < 0.07:
        host = f"{host}{sign}{random.choice(('app', 'online', '24'))}"
    return host + random.choice(find_endings(language))
