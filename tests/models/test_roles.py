from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput, NotFound
from host.models.registry import load_registry
from host.models.roles import (
    CHOICES_FILE,
    ROLE_TYPES,
    ROLES,
    Choices,
    Role,
    check_role,
    find_model,
    not_installed,
)

if TYPE_CHECKING:
    from pathlib import Path

REGISTRY = load_registry()
ALL = tuple(REGISTRY.values())


def named(role: Role, choice: str | None, *names: str) -> str | None:
    found = find_model(role, choice, [REGISTRY[name] for name in names])
    return found.id if found else None


def test_a_choice_is_remembered_and_taken_back(tmp_path: Path) -> None:
    choices = Choices(tmp_path / "models")
    assert choices.read() == {}
    choices.choose("search", "bge-m3")
    choices.choose("chat", "qwen2.5-0.5b-instruct")
    assert Choices(tmp_path / "models").read() == {"search": "bge-m3", "chat": "qwen2.5-0.5b-instruct"}
    choices.choose("search", None)
    choices.choose("rerank", None)
    assert choices.read() == {"chat": "qwen2.5-0.5b-instruct"}
    assert [file.name for file in (tmp_path / "models").iterdir()] == [CHOICES_FILE]


@pytest.mark.parametrize("text", ["", "{", "[]", '"search"', '{"search": 3, "cooking": "bge-m3"}'])
def test_choices_that_cannot_be_read_are_none_at_all(tmp_path: Path, text: str) -> None:
    (tmp_path / CHOICES_FILE).write_text(text, encoding="utf-8")
    assert Choices(tmp_path).read() == {}


def test_nothing_installed_does_no_job() -> None:
    assert [find_model(role, "all-minilm-l6-v2", []) for role in ROLES] == [None] * len(ROLES)


@pytest.mark.parametrize("role", ROLES)
def test_the_chosen_model_does_the_job_whatever_else_is_there(role: Role) -> None:
    for entry in ALL:
        expected = entry.type in ROLE_TYPES[role]
        found = find_model(role, entry.id, ALL)
        assert found is not None
        assert (found.id == entry.id) == expected or found.type in ROLE_TYPES[role]
        if expected:
            assert found.id == entry.id


def test_a_choice_that_is_not_installed_any_more_is_passed_over() -> None:
    assert named("search", "bge-m3", "all-minilm-l6-v2") == "all-minilm-l6-v2"


def test_a_choice_of_another_type_is_passed_over() -> None:
    assert named("search", "smollm2-135m-instruct", "smollm2-135m-instruct") is None


def test_search_stays_with_the_starter_until_another_is_chosen() -> None:
    # Another embedding model means hours of new vectors.
    assert named("search", None, "bge-m3", "all-minilm-l6-v2") == "all-minilm-l6-v2"
    assert named("search", None, "bge-m3", "multilingual-e5-small") == "bge-m3"


def test_chat_takes_the_most_able_that_is_installed() -> None:
    installed = ("smollm2-135m-instruct", "qwen2.5-1.5b-instruct", "qwen2.5-0.5b-instruct")
    assert named("chat", None, *installed) == "qwen2.5-1.5b-instruct"


def test_categories_use_the_model_of_the_search_that_is_loaded_anyway() -> None:
    assert named("categories", None, "smollm2-135m-instruct", "all-minilm-l6-v2") == "all-minilm-l6-v2"
    assert named("categories", None, "mdeberta-v3-base-mnli-xnli") == "mdeberta-v3-base-mnli-xnli"
    assert named("categories", None, "ms-marco-minilm-l6-v2") is None


def test_reordering_needs_a_cross_encoder() -> None:
    assert named("rerank", None, "all-minilm-l6-v2") is None
    assert named("rerank", None, "all-minilm-l6-v2", "ms-marco-minilm-l6-v2") == "ms-marco-minilm-l6-v2"


@pytest.mark.parametrize("role", ROLES)
def test_a_model_of_the_wrong_type_is_refused_with_where_to_look(role: Role) -> None:
    for entry in ALL:
        if entry.type in ROLE_TYPES[role]:
            check_role(role, entry)
            continue
        with pytest.raises(InvalidInput) as caught:
            check_role(role, entry)
        assert entry.type in caught.value.message
        assert ROLE_TYPES[role][0] in (caught.value.fix or "")


def test_a_model_that_is_not_here_says_how_to_get_it() -> None:
    error = not_installed("bge-m3")
    assert isinstance(error, NotFound)
    assert error.message == "Model 'bge-m3' is not installed. Download it first."
    assert error.fix == "classify model download bge-m3"


def test_an_added_model_does_a_job_too() -> None:
    own = replace(REGISTRY["bge-m3"], id="own", added=True)
    found = find_model("search", "own", [REGISTRY["all-minilm-l6-v2"], own])
    assert found is own
