"""What may be remembered at all. The extension asks the same before it reads a page: two locks."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from host.core.exclusions import find_exclusion
from host.core.urls import is_capturable, is_local_address

if TYPE_CHECKING:
    from host.history.profiles import Profile

Refusal = Literal["excluded", "paused", "disabled", "password", "incognito", "local", "unsupported_url"]


def find_refusal(  # noqa: PLR0911 - one answer a line
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
    if not settings.local_addresses and is_local_address(url):
        return "local"
    if find_exclusion(url, settings.excluded_sites):
        return "excluded"
    return None
