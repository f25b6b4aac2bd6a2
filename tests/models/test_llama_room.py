"""What fits where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from host.core.errors import InvalidInput
from host.models.llama_room import (
    choose_context,
    count_context_bytes,
    plan_offload,
    read_device,
    read_offload,
)

GIB = 1024**3
SMOLLM = {
    "general.architecture": "llama",
    "llama.block_count": 30,
    "llama.embedding_length": 576,
    "llama.attention.head_count": 9,
    "llama.attention.head_count_kv": 3,
}


def test_the_cache_of_a_token_is_keys_and_values_of_every_layer_in_half_precision() -> None:
    # llama.cpp says 90 MiB for 4096 tokens of this model.
    assert count_context_bytes(SMOLLM) * 4096 == 90 * 1024**2
    wide = SMOLLM | {"llama.attention.key_length": 128, "llama.attention.value_length": 64}
    assert count_context_bytes(wide) == 30 * 3 * (128 + 64) * 2


def test_a_file_that_says_nothing_of_its_layers_takes_no_room() -> None:
    assert count_context_bytes({"general.architecture": "unheard-of"}) == 0


@pytest.mark.parametrize(
    ("asked", "limit", "free", "expected"),
    [
        (None, 32_768, 8 * GIB, 8192),
        (None, 2048, 8 * GIB, 2048),
        (16_384, 32_768, 8 * GIB, 16_384),
        (64_000, 32_768, 8 * GIB, 32_768),
        (None, 32_768, 2 * 10_000 * 3000, 3000),
        (None, 32_768, 0, 512),
        (100, 32_768, 0, 100),
    ],
)
def test_the_context_is_what_is_asked_for_as_far_as_model_and_memory_go(
    asked: int | None, limit: int, free: int, expected: int
) -> None:
    assert choose_context(asked, limit, 10_000, free) == expected


def test_a_context_of_nothing_is_refused() -> None:
    with pytest.raises(InvalidInput):
        choose_context(0, 8192, 1, GIB)


def test_everything_goes_on_a_device_with_room_and_less_after_each_failure() -> None:
    assert plan_offload(32, 2 * GIB, 24 * GIB) == [32, 24, 16, 8, 0]


def test_without_a_device_only_the_processor_is_tried() -> None:
    assert plan_offload(32, 2 * GIB, 0) == [0]


@given(st.integers(1, 200), st.integers(1, 64 * GIB), st.integers(0, 200 * GIB))
def test_no_plan_asks_for_more_than_there_is_and_each_ends_on_the_processor(
    layers: int, weights: int, free: int
) -> None:
    plan = plan_offload(layers, weights, free)
    assert plan[-1] == 0
    assert plan == sorted(set(plan), reverse=True)
    assert plan[0] <= layers
    assert plan[0] == 0 or plan[0] / layers * weights <= free


def test_what_is_on_the_device_is_what_llama_cpp_said_and_not_what_was_asked_for() -> None:
    lines = [
        "load_tensors: offloading 12 repeating layers to GPU",
        "load_tensors: offloaded 12/33 layers to GPU",
        "load_tensors:   CPU_Mapped model buffer size =   380.00 MiB",
        "load_tensors:        CUDA0 model buffer size =  1200.00 MiB",
    ]
    assert read_offload(lines) == (12, 33)
    assert read_device(lines, 12) == "cuda"
    assert read_device([line.replace("CUDA0", "MTL0_Mapped") for line in lines], 12) == "metal"
    assert read_device([line.replace("CUDA0", "Metal") for line in lines], 12) == "metal"
    assert read_device([line.replace("CUDA0", "Vulkan0") for line in lines], 12) == "vulkan"


def test_a_build_without_accelerator_is_said_to_be_on_the_processor() -> None:
    lines = ["load_tensors:   CPU_Mapped model buffer size =    92.10 MiB"]
    assert read_offload(lines) == (0, None)
    assert read_device(lines, 0) == "cpu"
