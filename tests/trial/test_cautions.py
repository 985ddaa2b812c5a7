"""Patients who are better not given a product are warned of, and may be given it."""

import numpy as np

from immunarium import registry
from immunarium.core import Row
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial.chart import Chart
from immunarium.trial.decisions import WARNED, Log
from immunarium.trial.notices import note

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
    note(log, chart.columns, everyone, 0, chart.cautions())
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
