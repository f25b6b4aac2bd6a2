"""Makes rows of one template."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from host.core.text import clean_line
from host.finetune.made_sites import MadeSites, Site
from host.finetune.rows import Row
from host.finetune.slot_values import CHANGES, MADE, make_slug
from host.finetune.templates import fill_template, parse_template

if TYPE_CHECKING:
    from random import Random

    from host.finetune.category_data import CategoryData, Pattern
    from host.finetune.templates import Slot

_TRIALS = 6
_FEWEST_SLUG_WORDS, _MOST_SLUG_WORDS = 2, 9
_LONGEST_SLUG = 90
# Stands for the site's name in a title whose words make a slug.
_HERE = "\x00"
_ENDS = " -–—|·:•»«,/"
_PARTS = re.compile(r"\s+[-–—|·•»/]+(?:\s+|$)")
# How many messages wait, before a title.
_NEWS = re.compile(r"^\(\d+\+?\)\s*")
_MANY_SPACES = re.compile(r"\s{2,}")
_TRACKED = 0.04
_TRACKING = ("utm_source=newsletter", "utm_source=google", "utm_medium=social", "utm_campaign=spring")


@dataclass
class RowMaker:
    """One template, and what it has drawn from so far.

    Attributes:
        category, pattern: what rows are made of.
        sites: made-up sites, shared by all templates.
        random: draws; the same seed gives the same rows.
    """

    category: CategoryData
    pattern: Pattern
    sites: MadeSites = field(repr=False)
    random: Random = field(repr=False)

    def make(self) -> Row | None:
        """One more row; None when no site was left to put it on."""
        filling = _Filling(self)
        site = self._choose_site(filling)
        if site is None:
            return None
        title = filling.write_title(self.random.choice(self.pattern.titles), site)
        url = filling.write(self.random.choice(self.pattern.urls))
        if site.www:
            url = url.replace(f"://{site.host}", f"://www.{site.host}", 1)
        if self.random.random() < _TRACKED and "?" not in url and "#" not in url:
            url = f"{url}?{self.random.choice(_TRACKING)}"
        return Row(
            title=title,
            url=url,
            category=self.category.name,
            language=self.pattern.language,
            source="template",
            group=self.pattern.id,
            hard=self.pattern.hard,
        )

    def _choose_site(self, filling: _Filling) -> Site | None:
        if not self.pattern.sites:
            return self.sites.draw(
                self.pattern.id,
                self.random,
                self.pattern.language,
                # Each name is drawn anew, and its words are not those of the row.
                lambda: _Filling(self).write("{site_name}"),
            )
        entry = self.random.choice(self.pattern.sites)
        host = filling.write(entry.host)
        self.sites.reserve(host)
        return Site(host, filling.write(entry.name))


class _Filling:
    """The values of one row: a slot that comes again has the same one."""

    def __init__(self, maker: RowMaker) -> None:
        self._maker = maker
        self._random = maker.random
        self._values: dict[tuple[str, str, str], str] = {}
        self._given: dict[str, str] = {}
        self._slug_text = ""

    def write(self, text: str) -> str:
        return fill_template(parse_template(text), self._fill, self._keep)

    def write_title(self, text: str, site: Site) -> str:
        """The title; what it says without its site's name becomes the slug."""
        self._given = {"site": _HERE, "domain": site.host}
        marked = self.write(text)
        self._given = {"site": site.name, "domain": site.host}
        # A site makes a slug of the headline, not of what it puts around it.
        headline = max(_PARTS.split(marked.replace(_HERE, " ")), key=len)
        self._slug_text = _NEWS.sub("", headline).strip(_ENDS) or site.name
        return clean_line(_MANY_SPACES.sub(" ", marked.replace(_HERE, site.name)))

    def _keep(self) -> bool:
        return self._random.random() < 0.5

    def _fill(self, slot: Slot) -> str:
        if slot.name in {"slug", "slug_"}:
            return self._make_slug("_" if slot.name.endswith("_") else "-")
        value = self._given.get(slot.name) or self._find_value(slot)
        return CHANGES[slot.change](value) if slot.change else value

    def _find_value(self, slot: Slot) -> str:
        key = (slot.name, slot.number, slot.argument)
        if key not in self._values:
            self._values[key] = self._draw(slot)
        return self._values[key]

    def _draw(self, slot: Slot) -> str:
        language = self._maker.pattern.language
        words = self._maker.category.find_words(slot.name, language)
        used = {value for (name, *_), value in self._values.items() if name == slot.name}
        value = ""
        for _ in range(_TRIALS):
            if words:
                value = self.write(self._random.choice(words))
            else:
                value = MADE[slot.name](self._random, slot.argument, language)
            if value not in used:
                break
        return value

    def _make_slug(self, sign: str) -> str:
        words = make_slug(self._slug_text, sign).split(sign)
        slug = sign.join(words[: self._random.randint(_FEWEST_SLUG_WORDS, _MOST_SLUG_WORDS)])
        # A percent-coded character is never cut in two.
        return re.sub(r"%[0-9A-F]?$", "", slug[:_LONGEST_SLUG]).strip(sign) or "item"
