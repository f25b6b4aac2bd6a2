"""Patterns of sites that are left out."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.exclusions import find_exclusion, matches
from host.core.settings import default_excluded_sites

CASES = json.loads((Path(__file__).parents[1] / "data" / "exclusions.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['pattern']} {case['url']}")
def test_a_pattern_covers_what_the_shared_cases_say(case: dict[str, object]) -> None:
    assert matches(str(case["pattern"]), str(case["url"])) is case["matches"]


def test_the_pattern_that_covers_is_named() -> None:
    patterns = ["other.org", "example.com/private", "*bank*"]
    assert find_exclusion("https://www.example.com/private/x", patterns) == "example.com/private"
    assert find_exclusion("https://my.bank.example/", patterns) == "*bank*"
    assert find_exclusion("https://example.com/public", patterns) is None


@pytest.mark.parametrize(
    "url",
    [
        "https://www.chase.com/personal",
        "https://secure.citibank.co.uk/x",
        "https://mail.google.com/mail/u/0/#inbox",
        "https://my.sparkasse-hannover.de/",
        "https://vault.bitwarden.com/",
        "https://www.paypal.com/myaccount",
        "https://mychart.hospital.example/",
        "https://first.bank/",
    ],
)
def test_private_places_are_left_out_by_default(url: str) -> None:
    assert find_exclusion(url, default_excluded_sites()) is not None


@pytest.mark.parametrize(
    "url",
    [
        "https://en.wikipedia.org/wiki/Bank",
        "https://www.bbc.co.uk/news/health-1234",
        "https://github.com/python/cpython",
        "https://www.theguardian.com/money/banks",
        "https://docs.python.org/3/library/email.html",
        "https://news.ycombinator.com/",
        "https://www.foodbanking.org/",
        "https://developing.example.org/",
    ],
)
def test_ordinary_reading_is_not_left_out_by_default(url: str) -> None:
    assert find_exclusion(url, default_excluded_sites()) is None


def test_the_default_list_has_no_pattern_twice() -> None:
    assert len(default_excluded_sites()) == len(set(default_excluded_sites()))


def test_a_hostile_pattern_is_judged_in_bounded_time() -> None:
    started = time.perf_counter()
    assert not matches("a*" * 100 + "b", f"https://{'a' * 240}.example/")
    assert time.perf_counter() - started < 1


@given(st.text(), st.text())
def test_no_pattern_and_no_url_raises(pattern: str, url: str) -> None:
    assert matches(pattern, url) in {True, False}


@given(st.from_regex(r"[a-z]{1,10}\.(com|org)", fullmatch=True))
def test_a_host_covers_itself_and_its_subdomains_and_nothing_that_only_ends_like_it(host: str) -> None:
    assert matches(host, f"https://{host}/a")
    assert matches(host, f"https://sub.{host}/a")
    assert not matches(host, f"https://not{host}/a")
