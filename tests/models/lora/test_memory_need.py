"""The memory of a training, before it starts."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from host.models.lora.memory_need import Shape, estimate_memory

SMALL = Shape(parameters=139_000_000, trained=4_900_000, layers=30, width=576, vocabulary=49_152)


def estimate(shape: Shape = SMALL, **changes: object) -> int:
    plain = {
        "precision": "bfloat16",
        "quantised": "none",
        "batch_tokens": 1280,
        "batch_rows": 32,
        "checkpointing": False,
    }
    return estimate_memory(shape, **{**plain, **changes})  # type: ignore[arg-type]


def test_what_was_measured_lies_below_the_estimate_and_not_far() -> None:
    # SmolLM2-135M in bfloat16, at most 32 rows of 70 tokens: the process took 4.4 GB.
    assert 4.4e9 < estimate(batch_tokens=32 * 70) < 6.5e9


def test_smaller_batches_checkpoints_and_fewer_bits_need_less() -> None:
    assert estimate(batch_tokens=640, batch_rows=16) < estimate()
    assert estimate(checkpointing=True) < estimate()
    assert estimate(quantised="4bit") < estimate(quantised="8bit") < estimate()
    assert estimate(precision="float32") > estimate()


@given(st.integers(1, 100_000), st.integers(1, 500))
def test_more_of_anything_never_needs_less(tokens: int, rows: int) -> None:
    assert estimate(batch_tokens=tokens + 1, batch_rows=rows) >= estimate(
        batch_tokens=tokens, batch_rows=rows
    )
    assert estimate(replace(SMALL, layers=40), batch_tokens=tokens) >= estimate(batch_tokens=tokens)
