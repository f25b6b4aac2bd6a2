"""What is refused before hours of training that could come to nothing."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from host.core.errors import InvalidInput
from host.finetune.dataset import LEAST_ROWS
from host.improvement.readiness import NEEDED_OF_OWN, Readiness
from tests.improvement.conftest import PROFILE

if TYPE_CHECKING:
    from tests.improvement.conftest import World


def test_a_category_that_could_not_be_taught_is_said_at_once(world: World) -> None:
    short = ["My cats"]
    readiness = Readiness(
        world.store,
        lambda *_: Counter({"dev": 30}),
        find_short=lambda _: short,
        has_package=lambda: True,
    )
    with pytest.raises(InvalidInput, match="Too little is known of My cats") as caught:
        readiness.require(PROFILE, None)
    assert "switch it off" in str(caught.value.fix)
    assert "My cats" in str(readiness.explain(PROFILE))
    short.clear()
    assert readiness.require(PROFILE, None) == "smollm"


def test_it_asks_for_as_many_as_a_dataset_needs() -> None:
    assert NEEDED_OF_OWN == LEAST_ROWS
