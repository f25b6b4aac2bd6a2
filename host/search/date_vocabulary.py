"""The words with which dates are written, gathered from dateparser's locale data.

`date_words.json` is what `python -m host.search.date_vocabulary` prints: with it a query without a date word
never pays for importing dateparser (50 ms, 14 MB).
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from typing import Any

LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl")
_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_UNITS = ("day", "week", "month", "year")
_RELATIVE = re.compile(r"[0-3] (day|week|month|year) ago|(last|this) \w+day")
_NUMBER = "(\\d++[.,]?\\d*+)"


def collect_words() -> dict[str, dict[str, Any]]:
    """For each language: fixed phrases, phrases around a number, months, weekdays, units and number words."""
    return {language: _collect(language) for language in LANGUAGES}


def _collect(language: str) -> dict[str, Any]:
    info = importlib.import_module(f"dateparser.data.date_translation_data.{language}").info
    phrases = {
        phrase.lower()
        for key, forms in info.get("relative-type", {}).items()
        if _RELATIVE.fullmatch(key)
        for phrase in forms
    }
    ago = {
        form.lower().replace(_NUMBER, "#")
        for key, forms in info.get("relative-type-regex", {}).items()
        if key.endswith("ago") and any(f" {unit}" in key for unit in (*_UNITS, "hour"))
        for form in forms
    }
    numbers = {
        word: int(value)
        for entry in info.get("simplifications", [])
        for word, value in entry.items()
        if word.isalpha() and str(value).isdigit()
    }
    return {
        "phrases": sorted(phrase for phrase in phrases if len(phrase) > 3),
        "ago": sorted(form for form in ago if re.search(r"[^\W\d_]{2}", form) and "\\" not in form),
        "months": _names(info, _MONTHS, 3),
        "weekdays": _names(info, _WEEKDAYS, 4),
        "units": _names(info, _UNITS, 3),
        "numbers": numbers,
    }


def _names(info: dict[str, Any], keys: tuple[str, ...], shortest: int) -> list[str]:
    return sorted({name.lower() for key in keys for name in info.get(key, []) if len(name) >= shortest})


if __name__ == "__main__":
    sys.stdout.write(json.dumps(collect_words(), ensure_ascii=False, indent=1) + "\n")
