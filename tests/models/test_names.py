from __future__ import annotations

import pytest

from host.core.errors import InvalidInput
from host.models.names import check_model_name, is_model_name
from host.models.registry import load_registry


def test_every_model_that_is_shipped_has_a_name_that_can_be_one() -> None:
    assert [name for name in load_registry() if not is_model_name(name)] == []


@pytest.mark.parametrize(
    "name", ["added.json", "ADDED.json", "cache.json", "choices.json", "aux", "lpt9.gguf"]
)
def test_names_with_another_meaning_are_refused_with_the_way_out(name: str) -> None:
    with pytest.raises(InvalidInput, match="files of that name have another meaning") as caught:
        check_model_name(name)
    assert "--id NAME" in str(caught.value.fix)


@pytest.mark.parametrize(
    "name", [None, 3, "", ".partial", "../up", "a/b", "a\\b", "a\0", "x.removed-1", "a."]
)
def test_what_is_no_folders_name_is_no_models_name(name: object) -> None:
    assert not is_model_name(name)


@pytest.mark.parametrize("name", ["a", "console", "my-added.json", "model.v2", "X" * 100])
def test_other_names_are_fine(name: str) -> None:
    check_model_name(name)
