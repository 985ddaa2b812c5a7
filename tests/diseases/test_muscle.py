"""Dermatomyositis and stiff-person syndrome under immunoglobulin and a blocker of C5."""

from functools import cache

import numpy as np
import pytest

from immunarium import registry
from immunarium.biology.inhibition import Inhibition
from immunarium.biology.muscle_capillary import MuscleCapillary
from immunarium.biology.total_improvement import TotalImprovement
from immunarium.dosing import Regimen
from immunarium.parameters import check_module
from immunarium.trial.simulation import simulate

MONTHLY = "ivig 1 g/kg IV on days 0, 1, 28, 29, 56, 57"
C5 = "eculizumab 900 mg IV over 35 min on days 0, 7, 14, 21, 28, 42, 56, 70"
KEEP = {
    "dermatomyositis": "muscle_capillary.mac,muscle_capillary.capillaries,muscle_capillary.mrc,"
    "muscle_capillary.activity,total_improvement.score,total_improvement.expectation",
    "stiff_person": "inhibition.stiffness,autoantibody.plasma",
}


@cache
def followed(disease, regimen):
    return simulate(
        registry.disease(disease), registry.therapies(), Regimen.parse(regimen),
        n=24, days=84 if disease == "dermatomyositis" else 330, keep=KEEP[disease], workers=1,
    )  # fmt: skip


def at(regimen, path, day, disease="dermatomyositis"):
    return followed(disease, regimen)[path].sel(time=24 * day, method="nearest").to_numpy()


def test_the_modules_pass_the_conformance_suite():
    for module in (
        MuscleCapillary("muscle_capillary"),
        TotalImprovement("total_improvement"),
        Inhibition(),
    ):
        check_module(module)


def test_half_of_the_membrane_attack_complex_is_gone_a_week_after_an_infusion():
    before, after = (at(MONTHLY, "muscle_capillary.mac", day) for day in (0, 8))
    assert np.median(after / before) < 0.5


def test_capillaries_grow_back_and_strength_follows():
    for path in ("muscle_capillary.capillaries", "muscle_capillary.mrc"):
        gain = at(MONTHLY, path, 84) - at("none", path, 84)
        assert np.all(gain > 0), path


def test_untreated_strength_stays():
    start, end = (at("none", "muscle_capillary.mrc", day) for day in (0, 84))
    assert end == pytest.approx(start, rel=1e-4)


def test_what_being_in_a_trial_hides_is_alike_in_every_arm():
    path = "total_improvement.expectation"
    assert at(MONTHLY, path, 84) == pytest.approx(at("none", path, 84), rel=1e-4)
    assert np.all(at("none", path, 0) == 0)


def test_nobody_has_improved_at_the_start_and_the_score_stays_within_its_range():
    score = followed("dermatomyositis", MONTHLY)["total_improvement.score"]
    assert score.isel(time=0).to_numpy() == pytest.approx(np.zeros(24), abs=1e-9)
    assert 0 <= float(score.min()) < float(score.max()) <= 100


def test_a_blocker_of_c5_spares_capillaries_too():
    gain = at(C5, "muscle_capillary.capillaries", 84) - at(
        "none", "muscle_capillary.capillaries", 84
    )
    assert np.all(gain > 0)


def test_stiffness_falls_over_weeks_and_is_back_within_the_year():
    days = (0, 7, 84, 330)
    middle = [np.median(at(MONTHLY, "inhibition.stiffness", d, "stiff_person")) for d in days]
    assert middle[2] < middle[1] < middle[0] == pytest.approx(1)
    assert middle[3] > 0.9


def test_anti_gad_falls_and_untreated_it_stays():
    treated, none = (
        np.median(at(r, "autoantibody.plasma", 84, "stiff_person")) for r in (MONTHLY, "none")
    )
    assert treated < 0.8
    assert none == pytest.approx(1, abs=1e-4)
