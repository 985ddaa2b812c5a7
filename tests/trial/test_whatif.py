"""Other doses, and other choices, on the same patients."""

from __future__ import annotations

from dataclasses import replace

import pytest

from immunarium.core import ImmunoError
from immunarium.dosing import Regimen
from immunarium.trial import Alternative, Assumed, Trial, run_trial


def test_the_window_shows_response_and_toxicity_over_dose(trial: Trial) -> None:
    def dose(mg: float) -> Regimen:
        return Regimen.parse(f"pill {mg} mg/kg IV over 1 h q8h x 9; rest 4 d; repeat 1")

    doses = {f"{mg} mg/kg": dose(mg) for mg in (0.02, 0.2, 1.0)}
    window = run_trial(replace(trial, window=doses), pool=60, replicates=10).window
    assert window["dose"].tolist() == [0.02, 0.2, 1.0]
    assert window["response"].is_monotonic_increasing
    assert window["severe"].is_monotonic_increasing
    assert window["severe"].iloc[-1] > window["severe"].iloc[0]


def test_the_same_choice_has_no_effect_and_another_has_one(trial: Trial) -> None:
    same, none = trial.arms[0].regimen, Regimen.none
    choices = (
        Alternative("the same", regimens={"full": same}),
        Alternative("nothing", regimens={"full": none}),
        Alternative("the same patients", shares={"": 3.0}),
    )
    asked = replace(trial, assumed=(Assumed("dose", "full", "a test", choices),))
    table = run_trial(asked, pool=60, replicates=10).assumptions.set_index("alternative")
    assert table["effect"]["the same"] == table["severe"]["the same"] == 0.0
    assert table["effect"]["the same patients"] == pytest.approx(0.0)
    assert table["effect"]["nothing"] < 0
    assert table["severe"]["nothing"] < 0


def test_patients_whom_the_pool_lacks_are_missed(trial: Trial) -> None:
    other = Alternative("all rare", shares={"rare": 1.0})
    asked = replace(trial, assumed=(Assumed("mix", "none", "a test", (other,)),))
    with pytest.raises(ImmunoError, match="rare, and the pool has none"):
        run_trial(asked, pool=20, replicates=5)
