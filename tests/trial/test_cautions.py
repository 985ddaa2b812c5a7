"""Doses that harm or are lost are warned of, where they were given, and may be given."""

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import Row
from immunarium.dosing import Regimen
from immunarium.dosing.ticks import HOUR
from immunarium.population import Population
from immunarium.trial.chart import GIVEN, HELD, Chart
from immunarium.trial.decisions import STRETCHED, WARNED, Log
from immunarium.trial.notices import note
from immunarium.trial.simulation import Simulation

DEFICIENT = "iga_deficiency.deficient"


def warned(regimen):
    """Return patients whom the log warns of, and all who lack IgA, of ten with half without."""
    disease, therapies = registry.content("healthy")
    half = Row(
        "iga_deficiency", "deficient", "0.5", "1", 0.0, "bernoulli", "assumed", "test", "", "", 1
    )
    patients = Population.sample(disease, 10, seed=1, study=[half])
    chart = Chart(therapies, patients.table, patients.graph)
    everyone, log = np.arange(10), Log(np.arange(10))
    chart.begin(("arm", 0, 0), Regimen.parse(regimen), everyone, 0)
    chart.code[:] = GIVEN
    note(log, chart)
    table = log.table()
    lacking = np.flatnonzero(patients.table[DEFICIENT].to_numpy() > 0)
    return table[table["action"] == WARNED]["patient"].tolist(), lacking.tolist()


def test_those_without_iga_are_warned_of_when_given_a_product_rich_in_it():
    told, lacking = warned("ivig_sucrose 0.4 g/kg IV daily x 5")
    assert 0 < len(lacking) < 10
    assert told == lacking


def test_a_product_with_little_iga_is_given_without_a_warning():
    told, lacking = warned("ivig 0.4 g/kg IV daily x 5")
    assert lacking
    assert told == []


EXCHANGE = "plasma_exchange 1 PV over 2 h once with albumin 5 %"


@pytest.fixture(scope="module")
def healthy():
    disease, therapies = registry.content("healthy")
    return therapies, Population.sample(disease, 2, seed=1)


def told(healthy, first, second, hours, outcome=GIVEN):
    """Return the log where another regimen begins so many hours after the first."""
    therapies, patients = healthy
    chart, log, both = Chart(therapies, patients.table, patients.graph), Log(np.arange(2)), [0, 1]
    chart.begin(("arm", 0, 0), Regimen.parse(first), np.array(both), 0)
    if second:
        chart.begin(("rule", 0, 0), Regimen.parse(second), np.array(both), round(hours * HOUR))
    chart.code[:] = outcome
    note(log, chart)
    return log.table()


@pytest.mark.parametrize(
    ("hours", "why"), [(1, "runs while ivig is infused"), (20, "after ivig and removes much of it")]
)
def test_an_exchange_of_one_regimen_is_warned_of_where_it_takes_a_drug_of_another(
    healthy, hours, why
):
    table = told(healthy, "ivig 0.4 g/kg IV once", EXCHANGE, hours)
    assert table["patient"].tolist() == [0, 1]
    assert set(table["action"]) == {WARNED}
    assert table["reason"].str.contains(why).all()
    assert table["day"].to_numpy() == pytest.approx(hours / 24)


@pytest.mark.parametrize("hours", [60, 200])
def test_an_exchange_long_after_a_drug_is_not_warned_of(healthy, hours):
    assert told(healthy, "ivig 0.4 g/kg IV once", EXCHANGE, hours).empty


def test_a_drug_that_was_held_is_neither_taken_by_an_exchange_nor_stretched(healthy):
    both = f"ivig 1 g/kg IV over 30 min once; {EXCHANGE} from 1 h"
    assert set(told(healthy, both, "", 0)["action"]) == {WARNED, STRETCHED}
    assert told(healthy, both, "", 0, HELD).empty


def test_infusions_that_overlap_are_warned_of_as_faster_than_labelled(healthy):
    table = told(healthy, "ivig 1 g/kg IV q2h x 2", "ivig 0.4 g/kg IV once", 100)
    assert table["patient"].tolist() == [0, 1]
    assert table["day"].to_numpy() == pytest.approx(2 / 24)
    assert table["reason"].str.contains("faster than labelled").all()
    assert told(healthy, "ivig 0.4 g/kg IV daily x 2", "ivig 0.4 g/kg IV once", 100).empty
    assert len(told(healthy, "ivig 0.4 g/kg IV once", "ivig 0.4 g/kg IV once", 1)) == 2


def test_a_regimen_whose_infusions_overlap_says_so_before_it_is_run():
    disease, therapies = registry.content("healthy")
    once, overlap = (
        Simulation(disease, therapies, Regimen.parse(text), days=2, keep="igg.total").attributes()
        for text in ("ivig 1 g/kg IV daily x 2", "ivig 1 g/kg IV q2h x 2")
    )
    assert "faster than labelled" in overlap["warnings"]
    assert not once["warnings"]


@pytest.mark.parametrize("other", ["SC over 3 d once", "IV over 5 h once"])
def test_a_dose_under_the_skin_has_no_label_that_it_could_outrun(other):
    disease, therapies = registry.content("healthy")
    text = f"ivig 1 g/kg SC over 3 d once; ivig 1 g/kg {other} from 1 d"
    run = Simulation(disease, therapies, Regimen.parse(text), days=2, keep="igg.total")
    assert not run.attributes()["warnings"]
