"""On what and with which numbers is trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from host.core.errors import ModelUnavailable
from host.models.lora import devices
from host.models.lora.devices import choose_way, run_trial
from host.models.lora.trial import try_training

if TYPE_CHECKING:
    from collections.abc import Callable


def answer(**speeds: float | None) -> Callable[[str, str], float | None]:
    return lambda device, precision: speeds.get(f"{device}_{precision}")


def test_the_fastest_that_works_is_taken() -> None:
    way = choose_way(["cpu"], "auto", "auto", answer(cpu_bfloat16=300.0, cpu_float32=100.0))
    assert (way.device, way.precision, way.tokens_per_s) == ("cpu", "bfloat16", 300.0)


def test_fewer_digits_must_be_worth_it() -> None:
    way = choose_way(["cpu"], "auto", "auto", answer(cpu_bfloat16=105.0, cpu_float32=100.0))
    assert way.precision == "float32"


def test_what_traps_is_passed_over() -> None:
    assert choose_way(["cpu"], "auto", "auto", answer(cpu_float32=100.0)).precision == "float32"
    way = choose_way(["cuda", "cpu"], "auto", "auto", answer(cpu_float32=100.0))
    assert (way.device, way.precision) == ("cpu", "float32")


def test_the_best_device_is_taken_even_when_another_has_more_choice() -> None:
    speeds = answer(cuda_bfloat16=9000.0, cuda_float32=4000.0, cpu_bfloat16=300.0, cpu_float32=100.0)
    assert choose_way(["cuda", "cpu"], "auto", "auto", speeds).device == "cuda"


@pytest.mark.parametrize(("device", "precision"), [("cuda", "auto"), ("cpu", "float16"), ("auto", "float16")])
def test_what_is_asked_for_and_does_not_work_is_told(device: str, precision: str) -> None:
    with pytest.raises(ModelUnavailable, match="does not work on this machine") as found:
        choose_way(["cpu"], device, precision, answer(cpu_float32=100.0))  # type: ignore[arg-type]
    assert found.value.fix


def test_full_precision_trains_in_a_child_process_on_any_machine() -> None:
    speed = run_trial("cpu", "float32")
    assert speed is not None
    assert speed > 0


def test_a_trial_that_fails_or_hangs_counts_as_not_working(monkeypatch: pytest.MonkeyPatch) -> None:
    assert run_trial("cpu", "no_such_precision") is None
    monkeypatch.setattr(devices, "TRIAL_TIMEOUT_S", 0.01)
    assert run_trial("cpu", "float32") is None


def test_numbers_that_are_none_fail_a_trial(monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    monkeypatch.setattr(torch, "isfinite", lambda _: torch.tensor(False))
    with pytest.raises(ArithmeticError):
        try_training("cpu", "float32")
