"""What may be remembered at all. The extension asks the same before it reads a page: two locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from host.core.exclusions import find_exclusion
from host.core.urls import is_capturable, is_local_address

if TYPE_CHECKING:
    from host.core.settings import Settings
    from host.history.profiles import Profile

Refusal = Literal["excluded", "paused", "disabled", "password", "incognito", "local", "unsupported_url"]


def find_refusal(
    profile: Profile, url: str, *, incognito: bool = False, has_password: bool = False
) -> Refusal | None:
    """Why a page must not be remembered, or None when it may."""
    settings = profile.settings
    if incognito:
        return "incognito"
    if not is_capturable(url):
        return "unsupported_url"
    if not settings.capture_enabled:
        return "disabled"
    if profile.capture_paused:
        return "paused"
    if has_password and not settings.password_pages:
        return "password"
    return find_omission(settings, url)


def find_omission(settings: Settings, url: str) -> Refusal | None:
    """Why the pages of an address are left out whenever they are visited; None when they are not."""
    if not settings.local_addresses and is_local_address(url):
        return "local"
    return "excluded" if find_exclusion(url, settings.excluded_sites) else None
