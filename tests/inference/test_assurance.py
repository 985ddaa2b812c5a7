"""Assurance: power over draws of what is not known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium.dosing import Regimen
from immunarium.inference.assurance import assurance
from immunarium.inference.indices import SensitivityError
from immunarium.literature import load_study
from immunarium.trial import Arm, TrialError
from immunarium.trial.endpoint import Endpoint


@pytest.fixture(scope="module")
def study():
    return load_study("konrad-1990")


def test_numbers_that_nothing_reads_leave_the_power_as_it_is(study):
    first = study.arms[0]
    none = Arm("none", "Nothing", Regimen.none, 12)
    drug = Endpoint("drug", "mean", "il2.plasma", at=1.0)
    plan = replace(study, arms=(first, none), targets=(), endpoints=(drug,))
    still = assurance(
        plan, sizes=(4,), over="fever.chill_threshold = ±1 %", draws=2, replicates=50, pool=12
    )
    assert still.sizes["assurance"].iloc[0] == still.sizes["power"].iloc[0]
    moved = assurance(
        plan, sizes=(4,), over="il2.V_central = 20..500 %", draws=4, replicates=50, pool=12
    )
    assert moved.draws["first"].max() > 2 * moved.draws["first"].min()
    assert (moved.sizes["low"] <= moved.sizes["assurance"]).all()
    assert np.isfinite(moved.sizes.to_numpy()).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"draws": 1}, TrialError, "two draws"),
        ({"sizes": ()}, TrialError, "--n 100"),
        ({"within": 1.5}, TrialError, "0 to 100"),
        ({"over": "dose"}, SensitivityError, "not the regimen"),
    ],
)
def test_what_cannot_be_asked_is_refused(study, change, error, message):
    with pytest.raises(error, match=message):
        assurance(study, **({"sizes": (10,), "pool": 4, "draws": 2} | change))
