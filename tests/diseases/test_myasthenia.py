"""Myasthenia gravis and Lambert-Eaton syndrome under immunoglobulin, exchange and blockers."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from immunarium import registry
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial.simulation import simulate

MG, LEMS = registry.disease("myasthenia_gravis"), registry.disease("lambert_eaton")
MUSK = replace(MG, shares={"AChR": 0.0, "MuSK": 1.0})
IVIG = "ivig 1 g/kg IV daily x 2"
EXCHANGE = "plasma_exchange 1.0 PV over 2.5 h every other day x 5 with albumin 5 %"
EFGARTIGIMOD = "efgartigimod 10 mg/kg IV over 1 h on days 0, 7, 14, 21"
RAVULIZUMAB = "ravulizumab 2700 mg IV over 2 h once; ravulizumab 3300 mg IV over 2 h on days 14"
ZILUCOPLAN = "zilucoplan 0.3 mg/kg SC daily x 28"
SCORES = "myasthenia_scores.qmg,myasthenia_scores.mg_adl,myasthenia_scores.worsening"
STRENGTH = "presynaptic.limb_strength,presynaptic.vital_capacity,presynaptic.drinking_time"


@cache
def followed(which, regimen):
    disease = {"AChR": MG, "MuSK": MUSK, "LEMS": LEMS}[which]
    keep = f"{STRENGTH if disease is LEMS else SCORES},autoantibody.plasma"
    days = 70 if disease is LEMS else 28
    return simulate(
        disease, registry.therapies(), Regimen.parse(regimen), n=60, days=days, keep=keep, workers=1
    )


def at(data, path, day):
    return data[path].sel(time=24 * day, method="nearest").to_numpy()


def gained(which, regimen, day, path="myasthenia_scores.qmg"):
    """Return points by which each patient is better than the same patient untreated."""
    return at(followed(which, "none"), path, day) - at(followed(which, regimen), path, day)


def test_immunoglobulin_gives_more_to_who_has_more_than_10_points():
    severe = at(followed("AChR", "none"), "myasthenia_scores.qmg", 0) > 10.5
    gain = gained("AChR", IVIG, 14)
    assert gain[severe].mean() > 1.3 * gain[~severe].mean() > 0


def test_exchange_is_ahead_of_immunoglobulin_in_the_first_week():
    assert gained("AChR", EXCHANGE, 7).mean() > 1.2 * gained("AChR", IVIG, 7).mean() > 0


def test_a_blocker_of_c5_has_half_of_its_effect_within_a_week():
    early, late = (gained("AChR", RAVULIZUMAB, d, "myasthenia_scores.mg_adl") for d in (7, 28))
    assert early.mean() > 0.5 * late.mean() > 0


def test_a_blocker_of_fcrn_gives_most_after_its_last_dose():
    gains = [
        gained("AChR", EFGARTIGIMOD, d, "myasthenia_scores.mg_adl").mean() for d in (7, 14, 28)
    ]
    assert gains == sorted(gains)


def test_patients_with_musk_antibodies_gain_nothing_from_a_blocker_of_c5():
    assert gained("MuSK", RAVULIZUMAB, 28) == pytest.approx(np.zeros(60), abs=1e-6)
    assert gained("MuSK", EFGARTIGIMOD, 28).mean() > 1


def test_a_peptide_that_holds_c5_gives_what_an_antibody_to_it_gives():
    peptide, antibody = (
        gained("AChR", drug, 28, "myasthenia_scores.mg_adl").mean()
        for drug in (ZILUCOPLAN, RAVULIZUMAB)
    )
    assert peptide == pytest.approx(antibody, rel=0.05)


def test_more_of_an_antibody_to_fcrn_under_the_skin_takes_more_antibody_away():
    left = [
        at(
            followed("AChR", f"rozanolixizumab {dose} mg/kg SC over 2 d on days 0, 7, 14, 21"),
            "autoantibody.plasma",
            28,
        ).mean()
        for dose in (7, 10)
    ]
    assert left[1] < 0.9 * left[0] < 0.5


def test_untreated_who_enters_in_a_bad_week_improves_and_who_enters_in_a_good_one_does_not():
    untreated = followed("AChR", "none")
    at_entry = at(untreated, "myasthenia_scores.worsening", 0)
    change = at(untreated, "myasthenia_scores.mg_adl", 28) - at(
        untreated, "myasthenia_scores.mg_adl", 0
    )
    assert change[at_entry > 1].mean() < -0.5
    assert change[at_entry < 0].mean() > 0


def test_patients_are_adults():
    for disease in (MG, LEMS):
        ages = Population.sample(disease, 200, 1).at_start("patient.age", "year")
        assert np.min(ages) >= 18
        assert np.max(ages) <= 88


def test_channel_antibodies_fall_late_and_strength_is_best_in_weeks_two_to_four():
    treated = followed("LEMS", IVIG)
    lowest = treated["autoantibody.plasma"].mean("patient").idxmin("time") / 24
    best = treated["presynaptic.limb_strength"].mean("patient").idxmax("time") / 24
    assert 14 < lowest < 35
    assert 14 < best < 28
    strength = [at(treated, "presynaptic.limb_strength", d).mean() for d in (0, 21, 56)]
    assert strength[0] < strength[2] < strength[1], "it is waning by eight weeks"


def test_limbs_breathing_and_drinking_all_gain():
    treated = followed("LEMS", IVIG)
    for path, sign in zip(STRENGTH.split(","), (1, 1, -1), strict=True):
        assert np.all(sign * (at(treated, path, 21) - at(treated, path, 0)) > 0), path
