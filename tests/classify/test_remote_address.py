from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring

from host.classify.remote_address import OWN_KEY_VARIABLE, PRESETS, find_address, find_key
from host.core.errors import Forbidden, InvalidInput, ModelUnavailable

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend


@pytest.fixture(autouse=True)
def no_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "DEEPSEEK_API_KEY",
        "OPENAI_API_KEY",
        "GEMINI_API_KEY",
        "ANTHROPIC_API_KEY",
        OWN_KEY_VARIABLE,
    ):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(keyring, "get_password", lambda _service, _name: None)


def test_the_known_providers_are_asked_with_encryption() -> None:
    assert PRESETS == ("deepseek", "openai", "gemini", "claude")
    assert all(find_address(name).url.startswith("https://") for name in PRESETS)
    assert not any(find_address(name).at_home for name in PRESETS)
    assert find_address("DeepSeek") == find_address("deepseek")


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:8080/v1",
        "http://127.0.0.1:11434/v1",
        "http://[::1]:8000/v1",
        "http://192.168.1.20:8000/v1",
        "http://10.0.0.3/v1",
        "http://workstation.local/v1",
    ],
)
def test_a_server_at_home_needs_neither_encryption_nor_key(url: str) -> None:
    address = find_address(url)
    assert address.url == url
    assert address.at_home
    assert find_key(address) == ""


@pytest.mark.parametrize(
    "url", ["http://example.com/v1", "http://8.8.8.8/v1", "http://localhost.example.com/"]
)
def test_a_public_address_is_refused_without_encryption(url: str) -> None:
    with pytest.raises(Forbidden):
        find_address(url)


@pytest.mark.parametrize(
    "url",
    ["", "chatty", "ftp://example.com/", "https://", "https://example.com:port/", "https://e.com/?key=1"],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(InvalidInput):
        find_address(url)


def test_a_key_in_the_address_is_refused_without_repeating_it() -> None:
    with pytest.raises(InvalidInput) as found:
        find_address("https://user:sk-4711@example.com/v1")
    assert "4711" not in f"{found.value.message} {found.value.fix}"


def test_each_provider_has_a_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEEPSEEK_API_KEY", " sk-deep ")
    assert find_key(find_address("deepseek")) == "sk-deep"
    for other in ("openai", "claude", "https://example.com/v1"):
        with pytest.raises(ModelUnavailable) as found:
            find_key(find_address(other))
        assert "sk-deep" not in f"{found.value.message} {found.value.fix}"


def test_an_address_of_ones_own_takes_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(OWN_KEY_VARIABLE, "sk-own")
    assert find_key(find_address("https://example.com/v1")) == "sk-own"
    assert find_key(find_address("http://localhost:1/v1")) == "sk-own"
    with pytest.raises(ModelUnavailable):
        find_key(find_address("openai"))


def test_a_key_can_be_in_a_variable_that_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WORK_KEY", "sk-work")
    assert find_key(find_address("openai"), "WORK_KEY") == "sk-work"
    with pytest.raises(ModelUnavailable, match="no key"):
        find_key(find_address("http://localhost:1/v1"), "OTHER_KEY")


def test_the_keyring_is_asked_where_the_environment_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = {("ai-history", "gemini"): "sk-ring", ("ai-history", "example.com"): "sk-host"}
    monkeypatch.setattr(keyring, "get_password", lambda service, name: kept.get((service, name)))
    assert find_key(find_address("gemini")) == "sk-ring"
    assert find_key(find_address("https://example.com/v1")) == "sk-host"
    monkeypatch.setenv("GEMINI_API_KEY", "sk-env")
    assert find_key(find_address("gemini")) == "sk-env"


def test_a_machine_without_a_keyring_is_as_good_as_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    backend: KeyringBackend = NoKeyring()  # type: ignore[no-untyped-call]
    monkeypatch.setattr(keyring, "get_password", backend.get_password)
    with pytest.raises(ModelUnavailable):
        find_key(find_address("openai"))
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(ModelUnavailable) as found:
        find_key(find_address("openai"))
    assert "OPENAI_API_KEY" in (found.value.fix or "")


def test_the_library_for_remote_models_may_be_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    from host.classify import remote_classifier

    monkeypatch.setitem(sys.modules, "openai", None)
    with pytest.raises(ModelUnavailable) as found:
        remote_classifier.RemoteClassifier("https://example.com/v1", "m", "k")
    assert "ai-history[remote]" in (found.value.fix or "")
