from __future__ import annotations

from dataclasses import replace

import pytest

from host.chat.engine_choice import SMALLEST_WRITER, choose_engine
from host.models.registry import ModelEntry, load_registry

ADDED = ModelEntry("own", "Own", "instruction", "gguf", "MIT", 4096, SMALLEST_WRITER, 0, (), (), added=True)


@pytest.mark.parametrize("entry", [None, ADDED, replace(ADDED, writes=False)])
def test_what_a_reader_sets_holds(entry: ModelEntry | None) -> None:
    assert choose_engine("written", entry) == "written"
    assert choose_engine("extractive", entry) == "extractive"


def test_without_a_model_sentences_are_quoted() -> None:
    assert choose_engine("auto", None) == "extractive"


def test_what_was_measured_of_a_model_decides() -> None:
    assert choose_engine("auto", replace(ADDED, writes=False)) == "extractive"
    assert choose_engine("auto", replace(ADDED, size=1, writes=True)) == "written"


def test_a_model_that_nobody_measured_goes_by_its_size() -> None:
    assert choose_engine("auto", ADDED) == "written"
    assert choose_engine("auto", replace(ADDED, size=SMALLEST_WRITER - 1)) == "extractive"


def test_the_starter_model_quotes_and_larger_ones_write() -> None:
    registry = load_registry()
    chosen = {one.id: choose_engine("auto", one) for one in registry.values() if one.type == "instruction"}
    assert chosen["smollm2-135m-instruct"] == "extractive"
    assert chosen["smollm2-360m-instruct"] == "extractive"
    assert chosen["qwen2.5-0.5b-instruct"] == "extractive"
    assert chosen["llama-3.2-1b-instruct"] == "written"
    assert chosen["qwen3-4b-instruct-2507"] == "written"
