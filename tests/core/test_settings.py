from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.core.settings import Settings, describe_settings, load_defaults, merge_settings

if TYPE_CHECKING:
    from pathlib import Path

DEFAULTS = Settings.model_validate({})
KEYS = sorted(DEFAULTS.to_values())
_ANY = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.lists(st.text(max_size=9))
)


def test_every_setting_says_what_it_is_and_fits_its_own_default() -> None:
    for item in describe_settings(DEFAULTS, DEFAULTS):
        assert item["description"].endswith("."), item["key"]
        assert item["value"] == item["default"]
        assert item["type"] in {"boolean", "integer", "number", "string", "string_list", "choice"}
        if item["type"] == "choice":
            assert item["default"] in item["choices"]
        assert merge_settings(DEFAULTS, {item["key"]: item["default"]}) == DEFAULTS


def test_limits_are_told_to_those_who_draw_a_form() -> None:
    found = {item["key"]: item for item in describe_settings(DEFAULTS, DEFAULTS)}
    assert (found["retention.max_age_days"]["minimum"], found["retention.max_age_days"]["maximum"]) == (
        0,
        36500,
    )
    assert found["appearance.theme"]["choices"] == ["system", "light", "dark"]


def test_nothing_is_sent_anywhere_and_nothing_is_forgotten_unless_the_user_says_so() -> None:
    values = DEFAULTS.to_values()
    assert values["capture.enabled"] is True
    assert values["capture.local_addresses"] is False
    assert values["capture.password_pages"] is False
    assert values["search.cross_encoder"] is False
    assert values["retention.max_age_days"] == 0
    assert values["capture.excluded_sites"]


@given(key=st.sampled_from(KEYS), value=_ANY)
def test_a_value_is_taken_as_it_is_or_refused_with_the_name_of_its_setting(key: str, value: object) -> None:
    try:
        merged = merge_settings(DEFAULTS, {key: value})
    except InvalidInput as error:
        refused = error.message
        merged = None
    if merged is None:
        assert key in refused
    else:
        assert merged.to_values() == {**DEFAULTS.to_values(), key: value}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("capture.enabled", 1),
        ("capture.enabled", "true"),
        ("retention.max_age_days", 1.5),
        ("retention.max_age_days", -1),
        ("appearance.theme", "blue"),
        ("capture.excluded_sites", "a.example"),
        ("capture.excluded_sites", [""]),
        ("daemon.idle_exit_minutes", 0),
    ],
)
def test_a_value_of_the_wrong_kind_is_not_bent_into_shape(key: str, value: object) -> None:
    with pytest.raises(InvalidInput, match=key):
        merge_settings(DEFAULTS, {key: value})


def test_an_unknown_setting_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"no\.such"):
        merge_settings(DEFAULTS, {"no.such": 1})
    with pytest.raises(InvalidInput):
        merge_settings(DEFAULTS, {"capture_enabled": False})


def test_defaults_come_from_the_configuration_file(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    assert load_defaults(file) == DEFAULTS
    file.write_text('[retention]\nmax_age_days = 90\n\n[search]\nmode = "text"\n', encoding="utf-8")
    loaded = load_defaults(file)
    assert (loaded.max_age_days, loaded.search_mode) == (90, "text")


@pytest.mark.parametrize("text", ["[broken", "[search]\nmode = 1\n", "loose = 1\n", "[no]\nsuch = 1\n"])
def test_a_configuration_file_that_cannot_be_used_is_an_error_with_a_reason(
    tmp_path: Path, text: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput):
        load_defaults(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput):
        load_defaults(file)
