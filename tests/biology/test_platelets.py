"""Platelets: pooled by the spleen, made by a marrow that answers, eaten where coated."""

from collections import defaultdict

import numpy as np
import pytest

from immunarium import registry
from immunarium.biology.patient import Patient
from immunarium.biology.platelet_antibody import PlateletAntibody
from immunarium.biology.platelets import Platelets
from immunarium.core import Row, evaluate
from immunarium.dosing import Regimen
from immunarium.parameters import check_module
from immunarium.population import Population
from immunarium.trial.simulation import simulate

ITP = registry.disease("immune_thrombocytopenia")
COUNT = "platelets.billions"


def test_the_modules_pass_the_conformance_suite():
    check_module(Platelets(), Patient())
    check_module(PlateletAntibody("platelet_antibody"))


def at_start(person):
    """What the model knows of a person on the day that they are met."""
    graph = person.model.graph
    known = dict(zip(graph.states, person.initial().T, strict=True))
    return graph, known | dict(zip(graph.parameters, person.parameters().T, strict=True))


@pytest.fixture(scope="module")
def courses():
    """Counts of the same patients after each regimen, by regimen; shape (patients, times)."""
    regimens = {
        "none": "none",
        "half": "ivig 0.5 g/kg IV once",
        "one": "ivig 1 g/kg IV once",
        "five days": "ivig 0.4 g/kg IV daily x 5",
    }
    kept = ("spleen", "blood", "attack", "output", "spared")
    keep = ",".join(
        (COUNT, "fc_receptor.filled", "fc_receptor.phi", *(f"platelets.{k}" for k in kept))
    )
    return {
        name: simulate(
            ITP, registry.therapies(), Regimen.parse(text), n=30, days=35, keep=keep, workers=1
        )
        for name, text in regimens.items()
    }


def at(data, path, day):
    return data[path].sel(time=24 * day, method="nearest").to_numpy()


def test_on_the_day_that_patients_are_met_their_count_is_at_rest():
    graph, known = at_start(Population.sample(ITP, n=30, seed=1))
    undosed = defaultdict(float, known)
    for state in ("blood", "spleen", "megakaryocytes", "ripe"):
        path = f"platelets.{state}"
        (rate,) = evaluate([graph.rates[list(graph.states).index(path)]], undosed)
        assert rate * 24 == pytest.approx(0, abs=1e-9 * np.max(known[path]))


def test_untreated_counts_swing_and_most_come_up_from_the_bad_day_on_which_they_were_met(courses):
    fold = at(courses["none"], COUNT, 35) / at(courses["none"], COUNT, 0)
    assert 1 < np.median(fold) < 2
    assert fold.min() < 1


def test_phagocytes_are_blocked_without_the_inhibiting_receptor(courses):
    one = courses["one"]
    blocked = 1 - one["fc_receptor.filled"].to_numpy()
    assert one["fc_receptor.phi"].to_numpy() == pytest.approx(blocked, abs=1e-6)


def test_the_marrow_sheds_what_it_spared_days_before(courses):
    one = courses["one"]
    spared, shed = (one[f"platelets.{q}"].idxmax("time").to_numpy() for q in ("spared", "output"))
    assert np.median(shed - spared) > 24
    assert np.median(at(one, "platelets.output", 1)) < 0.8 * np.median(
        at(one, "platelets.spared", 1)
    )


def test_the_receptors_are_half_filled_for_three_to_four_weeks_after_2_g_per_kg(courses):
    filled = courses["five days"]["fc_receptor.filled"].median("patient")
    last = filled.time[filled > 0.5].max().item() / 24
    assert 18 < last < 30


def test_a_third_lies_in_the_spleen(courses):
    spleen, blood = (at(courses["none"], f"platelets.{p}", 0) for p in ("spleen", "blood"))
    assert np.median(spleen / (spleen + blood)) == pytest.approx(1 / 3, abs=0.03)


def test_at_a_third_of_the_healthy_count_life_and_production_are_those_of_stoll():
    row = Row(
        "platelets", "untreated_count", "= 0.334 * healthy_count", "cell/nL", None, "",
        "derived", "Stoll 1985", "", "", 1,
    )  # fmt: skip
    person = Population.typical(ITP, study=[row])
    graph, known = at_start(person)
    life, output = evaluate([graph.value(f"platelets.{q}") for q in ("mean_life", "output")], known)
    assert life[0] / 24 == pytest.approx(2.9, rel=0.01)
    assert output[0] == pytest.approx(0.92, rel=0.01)


def test_a_larger_dose_raises_the_count_higher(courses):
    peaks = [np.median(courses[r][COUNT].max("time")) for r in ("half", "one", "five days")]
    assert peaks == sorted(peaks)
    assert peaks[0] > np.median(at(courses["none"], COUNT, 0))


def test_the_count_rises_on_day_two_peaks_within_days_4_to_11_and_is_back_after_four_weeks(courses):
    treated = courses["five days"]
    assert np.median(at(treated, COUNT, 2) / at(treated, COUNT, 0)) > 2
    assert 4 < np.median(treated[COUNT].idxmax("time")) / 24 < 11
    severe = at(treated, COUNT, 0) < 30  # as those of the study that says so
    assert np.median(at(treated, COUNT, 28)[severe]) < 50


def test_who_loses_platelets_without_fc_receptors_gains_little(courses):
    treated = courses["five days"]
    left = treated["platelets.attack"].min("time").to_numpy()
    gain = treated[COUNT].max("time").to_numpy() - at(treated, COUNT, 0)
    assert gain[left > 0.6].max() < 0.5 * np.median(gain[left < 0.2])
