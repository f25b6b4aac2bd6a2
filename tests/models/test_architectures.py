from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.models.architectures import is_translated, translate_settings
from host.models.remote_code import find_remote_code
from tests.tiny_gte import write_gte

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(name="settings")
def _settings(tmp_path: Path) -> dict[str, Any]:
    write_gte(tmp_path)
    read: dict[str, Any] = json.loads((tmp_path / "config.json").read_text(encoding="utf-8"))
    return read


def test_what_needed_code_is_said_in_the_librarys_own_words(settings: dict[str, Any]) -> None:
    made = translate_settings(settings, {"gte"})
    assert made is not None
    assert made["model_type"] == "gte"
    assert "auto_map" not in made
    assert made["vocab_size"] == settings["vocab_size"]
    assert made["hidden_size"] == settings["hidden_size"]


def test_stretched_positions_keep_their_angles(settings: dict[str, Any]) -> None:
    made = translate_settings(settings)
    assert made is not None
    # Heads of 16 numbers, a factor of 8.
    assert made["rope_parameters"] == {
        "rope_type": "linear",
        "rope_theta": 160_000.0,
        "factor": pytest.approx(8 ** (1 / 8)),
    }


def test_positions_that_are_not_stretched_stay_so(settings: dict[str, Any]) -> None:
    made = translate_settings({**settings, "rope_scaling": None})
    assert made is not None
    assert made["rope_parameters"] == {"rope_type": "default", "rope_theta": 20_000.0}


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "bert"},
        {"position_embedding_type": "absolute"},
        {"layer_norm_type": "rms_norm"},
        {"pack_qkv": False},
        {"logn_attention_scale": True},
        {"rope_scaling": {"type": "dynamic", "factor": 2.0}},
        {"rope_scaling": {"type": "ntk", "factor": 2.0, "mixed_b": 0.5}},
    ],
)
def test_another_form_is_not_taken_for_the_known_one(
    settings: dict[str, Any], change: dict[str, object]
) -> None:
    assert translate_settings({**settings, **change}) is None


def test_an_older_library_without_the_class_cannot_help(settings: dict[str, Any]) -> None:
    assert translate_settings(settings, {"bert", "xlm-roberta"}) is None


def test_whether_code_is_needed_is_told_from_the_file(settings: dict[str, Any]) -> None:
    assert is_translated(json.dumps(settings).encode())
    assert not is_translated(json.dumps({**settings, "model_type": "tiny-of-our-own"}).encode())


def test_a_users_own_model_of_that_architecture_needs_no_permission(settings: dict[str, Any]) -> None:
    content = json.dumps(settings).encode()
    assert find_remote_code("config.json", content, "owner/own") is None
    other = json.dumps({**settings, "layer_norm_type": "rms_norm"}).encode()
    assert find_remote_code("config.json", other, "owner/own") == "Alibaba-NLP/new-impl"


@given(
    content=st.one_of(
        st.binary(max_size=50),
        st.recursive(st.none() | st.integers() | st.text(), st.lists).map(
            lambda value: json.dumps(value).encode()
        ),
    )
)
def test_a_file_that_is_no_configuration_translates_to_nothing(content: bytes) -> None:
    assert not is_translated(content)
