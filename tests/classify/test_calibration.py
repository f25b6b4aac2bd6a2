from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from host.classify.calibration import fit_temperature, measure_calibration_error, softmax


@given(arrays(np.float64, (3, 4), elements=st.floats(-1e6, 1e6)), st.floats(0.01, 100))
def test_probabilities_sum_to_one_whatever_the_scores(scores: np.ndarray, temperature: float) -> None:
    found = softmax(scores, temperature)
    assert np.all(found >= 0)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_a_higher_temperature_makes_less_sure() -> None:
    scores = np.array([1.0, 2.0, 4.0])
    assert softmax(scores, 5.0).max() < softmax(scores, 1.0).max() < softmax(scores, 0.2).max()


def test_the_fitted_temperature_makes_confidence_as_high_as_accuracy() -> None:
    # 8 of 10 are right, with scores that claim to be quite sure of all ten.
    scores = np.tile([10.0, 0.0], (10, 1))
    labels = [0] * 8 + [1] * 2
    assert softmax(scores[0]).max() > 0.999
    fitted = fit_temperature(scores, labels)
    assert softmax(scores[0], fitted).max() == pytest.approx(0.8, abs=1e-3)


def test_the_calibration_error_is_the_distance_of_confidence_and_accuracy() -> None:
    assert measure_calibration_error([0.9] * 10, [True] * 9 + [False]) == pytest.approx(0.0)
    assert measure_calibration_error([0.9] * 10, [True] * 5 + [False] * 5) == pytest.approx(0.4)
    # Half of them 0.1 too low, half 0.25 too high.
    mixed = measure_calibration_error([0.9] * 4 + [0.25] * 4, [True] * 4 + [False] * 4)
    assert mixed == pytest.approx((0.1 + 0.25) / 2)
    assert measure_calibration_error([1.0], [True]) == 0.0
