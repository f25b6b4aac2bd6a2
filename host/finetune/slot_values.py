"""Values of slots that no list holds: numbers, dates, prices, names; and values changed for addresses."""

from __future__ import annotations

import re
import tomllib
import unicodedata
import uuid
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

_ID_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_FIRST_YEAR, _LAST_YEAR = 2016, 2026
_RANGE = re.compile(r"(\d{1,9})-(\d{1,9})")
# Latin letters that do not come apart into a letter and an accent.
_LETTERS = str.maketrans({
    "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "æ": "ae", "Æ": "Ae", "œ": "oe", "đ": "d", "Đ": "D",
    "ı": "i", "ð": "d", "þ": "th", "’": "", "'": "",
})  # fmt: skip
_NOT_WORD = re.compile(r"[\W_]+")


def make_number(random: Random, argument: str = "", language: str = "en") -> str:
    """A number from 1 to 9999, or in the range that the argument names; small ones come more often."""
    del language
    if found := _RANGE.fullmatch(argument):
        low, high = sorted((int(found[1]), int(found[2])))
        return str(random.randint(low, high))
    return str(random.randint(1, 10 ** random.randint(1, 4) - 1))


def _count(random: Random, argument: str, language: str) -> str:
    del argument, language
    return str(min(random.randint(1, 20), random.randint(1, 20)))


def _id(random: Random, argument: str, language: str) -> str:
    del language
    digits = int(argument) if argument.isdecimal() else random.randint(5, 9)
    return str(random.randint(10 ** (digits - 1), 10**digits - 1))


def _hex(random: Random, argument: str, language: str) -> str:
    del language
    length = int(argument or 8)
    return f"{random.getrandbits(4 * length):0{length}x}"


def _token(random: Random, argument: str, language: str) -> str:
    del language
    # It never begins with a sign, or it would look like an option.
    return random.choice(_ID_SIGNS[:62]) + "".join(random.choices(_ID_SIGNS, k=int(argument or 11) - 1))


def _uuid(random: Random, argument: str, language: str) -> str:
    del argument, language
    return str(uuid.UUID(int=random.getrandbits(128), version=4))


def _version(random: Random, argument: str, language: str) -> str:
    del argument, language
    parts = [random.randint(0, 20), random.randint(0, 20), random.randint(0, 9)]
    return ".".join(str(part) for part in parts[: random.choice((2, 3, 3))])


def _year(random: Random, argument: str, language: str) -> str:
    del argument, language
    return str(max(random.randint(_FIRST_YEAR, _LAST_YEAR), random.randint(_FIRST_YEAR, _LAST_YEAR)))


def _month(random: Random, argument: str, language: str) -> str:
    del argument
    return str(random.choice(_read_habits(language)["months"]))


def _day(random: Random, argument: str, language: str) -> str:
    del argument, language
    return str(random.randint(1, 28))


def _date(random: Random, argument: str, language: str) -> str:
    del argument
    habits = _read_habits(language)
    month, day, year = random.randint(1, 12), random.randint(1, 28), _year(random, "", language)
    values = {"day": day, "0day": f"{day:02}", "number": month, "0number": f"{month:02}", "year": year}
    return _put(random.choice(habits["dates"]), {**values, "month": habits["months"][month - 1]})


def _iso(random: Random, argument: str, language: str) -> str:
    del argument
    return f"{_year(random, '', language)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"


def _time(random: Random, argument: str, language: str) -> str:
    del argument, language
    return f"{random.randint(0, 23):02}:{random.choice(range(0, 60, 5)):02}"


def _price(random: Random, argument: str, language: str) -> str:
    del argument
    whole = random.choice((random.randint(2, 40), random.randint(9, 199), random.randint(100, 990)))
    values = {"whole": whole, "cents": random.choice(("99", "95", "90", "50", "00", "49"))}
    return _put(random.choice(_read_habits(language)["prices"]), values)


def _percent(random: Random, argument: str, language: str) -> str:
    del argument
    return f"{random.choice(range(5, 80, 5))}{' %' if language in {'de', 'fr', 'sv', 'cs', 'ru'} else '%'}"


MADE: dict[str, Callable[[Random, str, str], str]] = {
    "number": make_number,
    "count": _count,
    "id": _id,
    "hex": _hex,
    "token": _token,
    "uuid": _uuid,
    "version": _version,
    "year": _year,
    "month": _month,
    "day": _day,
    "date": _date,
    "isodate": _iso,
    "datepath": lambda random, argument, language: _iso(random, argument, language).replace("-", "/"),
    "time": _time,
    "price": _price,
    "percent": _percent,
}
# What may stand behind the colon, and the slots that take it.
ARGUMENTS: dict[str, re.Pattern[str]] = {
    "number": _RANGE,
    "id": re.compile(r"[1-9]|1\d"),
    "hex": re.compile(r"[1-9]\d?"),
    "token": re.compile(r"[1-9]\d?"),
}


def make_slug(text: str, sign: str = "-") -> str:
    """The words of a text as an address has them: Latin ones without accents, others percent-coded."""
    plain = unicodedata.normalize("NFKD", text.casefold().translate(_LETTERS))
    if any(character.isalpha() and ord(character) < 0x250 for character in plain):
        latin = plain.encode("ascii", "ignore").decode()
        if slug := _NOT_WORD.sub(sign, latin).strip(sign):
            return slug
    words = _NOT_WORD.sub(sign, unicodedata.normalize("NFC", text.casefold())).strip(sign)
    return quote(words) or "item"


CHANGES: dict[str, Callable[[str], str]] = {
    "slug": make_slug,
    "under": lambda text: make_slug(text, "_"),
    "compact": lambda text: make_slug(text, "-").replace("-", ""),
    "plus": quote_plus,
    "path": quote,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
}


def find_endings(language: str) -> list[str]:
    """Endings of hosts that are usual in a language; those that come twice are usual most."""
    return list(_read_habits(language)["endings"])


def _put(template: str, values: dict[str, Any]) -> str:
    for name, value in values.items():
        template = template.replace(f"{{{name}}}", str(value))
    return template


def _read_habits(language: str) -> dict[str, Any]:
    found = _read_languages()
    return {**found["en"], **found.get(language, {})}


@cache
def _read_languages() -> dict[str, Any]:
    text = (resources.files("host.finetune") / "data" / "languages.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
