"""How patients differ in a reading: its coefficient of variation."""

import numpy as np
import pytest

from immunarium import registry
from immunarium.trial import Observable, Target
from immunarium.trial.observe import probe
from immunarium.trial.protocol import TrialError
from immunarium.trial.score import summarise


def test_a_coefficient_of_variation_is_the_sd_over_the_mean():
    values = np.array([[8.0, 10.0, 12.0, np.nan], [-8.0, -10.0, -12.0, np.nan]])
    assert summarise(values, "sd").tolist() == pytest.approx([2, 2])
    assert summarise(values, "cv").tolist() == pytest.approx([20, 20])


def test_it_is_asked_in_per_cent():
    change = Observable("cv", "change", of="igg.total", at=5.0)
    wrong = Target("x", "x", "a", change, 20.0, "g/L", "verified", "report", "for tests")
    with pytest.raises(TrialError, match="A cv is in %, not in 'g/L'"):
        probe(wrong, registry.disease("healthy").build().graph, {}, 24.0)
