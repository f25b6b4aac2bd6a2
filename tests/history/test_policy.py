from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.clock import now_ms
from host.core.settings import default_excluded_sites
from host.history.policy import find_refusal

if TYPE_CHECKING:
    from host.history.profiles import Profile


@pytest.mark.parametrize(
    "url",
    [
        "https://www.paypal.com/activity",
        "https://mail.google.com/mail/u/0/",
        "https://outlook.live.com/mail/",
    ],
)
def test_payment_and_mail_are_left_out_unless_the_user_says_otherwise(profile: Profile, url: str) -> None:
    assert find_refusal(profile, url) == "excluded"
    profile.update_settings({"capture.excluded_sites": []})
    assert find_refusal(profile, url) is None


def test_an_ordinary_page_is_not_left_out(profile: Profile) -> None:
    assert default_excluded_sites()
    for url in ("https://en.wikipedia.org/wiki/Bank", "https://news.example/health", "http://example.org/"):
        assert find_refusal(profile, url) is None


@pytest.mark.parametrize(
    "url",
    ["http://10.0.0.1/", "http://[::1]/", "http://127.0.0.1:9000/", "http://nas.local/", "http://router/"],
)
def test_addresses_of_this_computer_and_network_are_left_out(profile: Profile, url: str) -> None:
    assert find_refusal(profile, url) == "local"


def test_a_pause_ends_by_itself(profile: Profile) -> None:
    profile.update_settings({"capture.paused_until": now_ms() + 60_000})
    assert find_refusal(profile, "https://a.example/") == "paused"
    profile.update_settings({"capture.paused_until": now_ms() - 1})
    assert find_refusal(profile, "https://a.example/") is None


def test_incognito_is_left_out_whatever_else_is_set(profile: Profile) -> None:
    profile.update_settings({"capture.excluded_sites": [], "capture.password_pages": True})
    assert find_refusal(profile, "https://a.example/", incognito=True) == "incognito"
