"""Platelets: pooled by the spleen, made by a marrow that answers, eaten where coated."""

import numpy as np
import pytest

from immunarium import registry
from immunarium.biology.patient import Patient
from immunarium.biology.platelets import Platelets
from immunarium.core import Row, evaluate
from immunarium.dosing import Regimen
from immunarium.parameters import check_module
from immunarium.population import Population
from immunarium.trial.simulation import simulate

ITP = registry.disease("immune_thrombocytopenia")
COUNT = "platelets.billions"


def test_the_module_passes_the_conformance_suite():
    check_module(Platelets(), Patient())


@pytest.fixture(scope="module")
def courses():
    """Counts of the same patients after each regimen, by regimen; shape (patients, times)."""
    regimens = {
        "none": "none",
        "half": "ivig 0.5 g/kg IV once",
        "one": "ivig 1 g/kg IV once",
        "five days": "ivig 0.4 g/kg IV daily x 5",
    }
    keep = f"{COUNT},platelets.spleen,platelets.blood,platelets.attack"
    return {
        name: simulate(
            ITP, registry.therapies(), Regimen.parse(text), n=30, days=35, keep=keep, workers=1
        )
        for name, text in regimens.items()
    }


def at(data, path, day):
    return data[path].sel(time=24 * day, method="nearest").to_numpy()


def test_untreated_the_count_stays(courses):
    start, end = (at(courses["none"], COUNT, day) for day in (0, 35))
    assert end == pytest.approx(start, rel=1e-4)


def test_a_third_lies_in_the_spleen(courses):
    spleen, blood = (at(courses["none"], f"platelets.{p}", 0) for p in ("spleen", "blood"))
    assert np.median(spleen / (spleen + blood)) == pytest.approx(1 / 3, abs=0.03)


def test_at_a_third_of_the_healthy_count_life_and_production_are_those_of_stoll():
    row = Row(
        "platelets", "untreated_count", "= 0.334 * healthy_count", "cell/nL", None, "",
        "derived", "Stoll 1985", "", "", 1,
    )  # fmt: skip
    person = Population.typical(ITP, study=[row])
    graph = person.model.graph
    known = dict(zip(graph.states, person.initial().T, strict=True))
    known |= dict(zip(graph.parameters, person.parameters().T, strict=True))
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
    assert np.median(at(treated, COUNT, 28)) < 50


def test_who_loses_platelets_without_fc_receptors_gains_little(courses):
    treated = courses["five days"]
    left = treated["platelets.attack"].min("time").to_numpy()
    gain = treated[COUNT].max("time").to_numpy() - at(treated, COUNT, 0)
    assert gain[left > 0.6].max() < 0.5 * np.median(gain[left < 0.2])
