"""The order in which rows are taught."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from host.models.lora.batches import plan_batches

LENGTHS = st.lists(st.integers(1, 60), min_size=1, max_size=300)


@given(LENGTHS, st.integers(1, 40), st.integers(0, 9))
def test_each_row_is_taught_once_an_epoch_in_batches_that_are_not_too_large(
    lengths: list[int], size: int, seed: int
) -> None:
    batches = plan_batches(lengths, size, seed)
    assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
    assert all(1 <= len(batch) <= size for batch in batches)


@given(LENGTHS, st.integers(1, 40), st.integers(0, 9))
def test_the_same_seed_gives_the_same_plan(lengths: list[int], size: int, seed: int) -> None:
    assert plan_batches(lengths, size, seed) == plan_batches(lengths, size, seed)


def test_rows_of_like_length_stand_together_and_another_seed_mixes_them_anew() -> None:
    lengths = [1 + row % 50 for row in range(400)]
    first, second = plan_batches(lengths, 8, 1), plan_batches(lengths, 8, 2)
    assert first != second
    spread = [max(lengths[row] for row in batch) - min(lengths[row] for row in batch) for batch in first]
    assert sum(spread) / len(spread) < 10
