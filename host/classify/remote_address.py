"""Where a remote model is asked, and the key for it: from the environment or the system's keyring."""

from __future__ import annotations

import ipaddress
import os
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from host.core.errors import Forbidden, InvalidInput, ModelUnavailable

KEYRING_SERVICE = "ai-history"
# For an address that is none of those below, so that no key of one company goes to another.
OWN_KEY_VARIABLE = "AI_HISTORY_API_KEY"

# Each company documents an address that understands OpenAI's chat completions.
_PRESETS = {
    "deepseek": ("https://api.deepseek.com", "DEEPSEEK_API_KEY"),
    "openai": ("https://api.openai.com/v1", "OPENAI_API_KEY"),
    "gemini": ("https://generativelanguage.googleapis.com/v1beta/openai/", "GEMINI_API_KEY"),
    "claude": ("https://api.anthropic.com/v1/", "ANTHROPIC_API_KEY"),
}
PRESETS: tuple[str, ...] = tuple(_PRESETS)


@dataclass(frozen=True)
class RemoteAddress:
    """A place that answers as OpenAI's chat completions do.

    Attributes:
        name: of the preset, or the address's host.
        url: where its interface begins.
        key_variable: the environment variable that holds its key.
        at_home: whether it is this machine or one of a private network; it needs no key and no encryption.
    """

    name: str
    url: str
    key_variable: str
    at_home: bool = field(default=False)


def find_address(provider: str) -> RemoteAddress:
    """The address that a person named.

    Args:
        provider: one of `PRESETS`, or a URL.

    Raises:
        InvalidInput: it is neither.
        Forbidden: it would be asked without encryption over a public network.
    """
    if provider.lower() in _PRESETS:
        url, variable = _PRESETS[provider.lower()]
        return RemoteAddress(provider.lower(), url, variable)
    try:
        parts = urlsplit(provider)
        host = parts.hostname or ""
        parts.port  # noqa: B018 - it raises when it is not a number
    except ValueError as error:
        raise _unknown(provider) from error
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment:
        raise _unknown(provider)
    if parts.username or parts.password:
        message = "An address must not hold a name or a password."
        raise InvalidInput(message, fix=f"Put the key into {OWN_KEY_VARIABLE}.")
    at_home = _is_at_home(host)
    if parts.scheme == "http" and not at_home:
        message = f"{host} would be asked without encryption."
        raise Forbidden(message, fix="Use its https address.")
    return RemoteAddress(host, provider, OWN_KEY_VARIABLE, at_home)


def find_key(address: RemoteAddress, variable: str | None = None) -> str:
    """The key for an address. It is for the request's header, and is never shown or logged.

    Args:
        address: where it is sent to.
        variable: the environment variable to look in, instead of the usual one.

    Returns:
        The key; an empty text where none is needed.

    Raises:
        ModelUnavailable: there is none.
    """
    name = variable or address.key_variable
    key = os.environ.get(name, "").strip() or (None if variable else _ask_keyring(address.name))
    if key:
        return key
    if address.at_home and not variable:
        return ""
    raise ModelUnavailable(
        f"There is no key for {address.name}.",
        fix=f"Set {name}, or keep it in the system's keyring: keyring set {KEYRING_SERVICE} {address.name}",
    )


def _ask_keyring(name: str) -> str | None:
    try:
        import keyring
        from keyring.errors import KeyringError
    except ImportError:
        return None
    try:
        return keyring.get_password(KEYRING_SERVICE, name)
    except KeyringError:
        # A machine without a keyring, or one that is locked: as good as no key.
        return None


def _is_at_home(host: str) -> bool:
    if host == "localhost" or host.endswith((".localhost", ".local")):
        return True
    try:
        return ipaddress.ip_address(host).is_private
    except ValueError:
        return False


def _unknown(provider: str) -> InvalidInput:
    return InvalidInput(
        f"{provider} is no provider.",
        fix=f"Use {', '.join(PRESETS)}, or an address such as http://localhost:8080/v1",
    )
