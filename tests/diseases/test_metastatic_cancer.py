"""Patients with metastatic cancer: at rest but for their tumour, and plausible."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import UnknownNameError, evaluate, read_rows
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.population import Population

YEAR = 365 * 24 * TICKS_PER_HOUR
DAY = 24 * TICKS_PER_HOUR
# exempt from rest: what only adds up over time
INTEGRALS = ("kidney.urine", "survival.cumulative", "treatment_death.cumulative")
DISEASE = registry.disease("metastatic_cancer")
EQUAL = dict.fromkeys(DISEASE.histologies, 1.0)


@pytest.fixture(scope="module")
def patients():
    return Population.sample(DISEASE, 60, seed=4, shares=EQUAL)


@pytest.fixture(scope="module")
def tumour_free():
    rows = read_rows(Path(__file__).with_name("no_tumour.tsv"))
    anybody = replace(DISEASE, plausible=())
    return Population.sample(anybody, 50, seed=4, shares=EQUAL, study=rows)


def values(population):
    graph = population.model.graph
    known = dict(zip(graph.parameters, population.parameters().T, strict=True))
    known |= dict(zip(graph.states, population.initial().T, strict=True))
    return known | {i: np.zeros(len(population)) for i in graph.inputs}


def follow(population, doses, ticks, *paths):
    graph = population.model.graph
    kernel = compile_model(graph, {p: graph.value(p) for p in paths}, {})
    plan = Plan(tuple(doses), (), int(ticks[-1]), np.asarray(ticks, np.int64), (), None)
    result = run(kernel, population.initial(), population.parameters(), plan)
    assert not result.status.any(), [result.status_text(i) for i in range(len(population))]
    return dict(zip(paths, np.moveaxis(result.recorded, 2, 0), strict=True))


def lesions(population, name):
    slots = int(population.table["tumour.slots"].iloc[0])
    return np.stack([population.table[f"lesion_{k}.{name}"] for k in range(1, slots + 1)], axis=1)


def test_everything_but_the_tumour_is_at_rest_in_every_patient(patients):
    graph = patients.model.graph
    rates = evaluate(list(graph.rates), values(patients))
    for path, rate, scale, start in zip(
        graph.states, rates, graph.scales, patients.initial().T, strict=True
    ):
        grows = path.startswith("lesion_") and not path.endswith(".infiltrate")
        if not grows and path not in INTEGRALS:
            a_year = np.max(np.abs(rate) * 8760 / np.maximum(np.abs(start), scale))
            assert a_year < 1e-8, path


def test_an_untreated_year_without_tumour_changes_nothing(tumour_free):
    graph = tumour_free.model.graph
    paths = [p for p in graph.states if p not in INTEGRALS]
    year = follow(tumour_free, (), [0, YEAR], *paths)
    scales = dict(zip(graph.states, graph.scales, strict=True))
    for path in paths:
        start, end = year[path].T
        assert np.all(np.abs(end - start) < 1e-3 * np.maximum(np.abs(start), scales[path])), path


def test_a_patient_without_tumour_has_none(tumour_free):
    assert not lesions(tumour_free, "start").any()
    assert not tumour_free.table["antigen.helper"].any()


def test_every_patient_keeps_the_bounds_of_the_disease(patients):
    known = values(patients)
    for bound in DISEASE.plausible:
        (got,) = evaluate([patients.model.graph.value(bound.path)], known)
        assert np.all(got >= bound.at_least), bound.why
        assert np.all(got <= bound.at_most), bound.why


def test_lesions_fill_their_slots_in_order(patients):
    filled = lesions(patients, "start") > 0
    count = patients.table["tumour.lesions"] + patients.table["tumour.occult"]
    assert np.array_equal(filled.sum(axis=1), count)
    assert np.array_equal(filled, np.sort(filled, axis=1)[:, ::-1])
    assert patients.table["tumour.lesions"].between(1, 5).all()


def test_occult_lesions_cannot_be_seen(patients):
    table = patients.table
    slot = np.arange(filled_slots := int(table["tumour.slots"].iloc[0]))
    hidden = slot >= table["tumour.lesions"].to_numpy()[:, None]
    seen = lesions(patients, "start") > table["tumour.detectable"].to_numpy()[:, None]
    assert hidden.shape == (len(patients), filled_slots)
    assert not (hidden & seen).any()


def test_tumours_of_every_histology_sit_in_several_organs(patients):
    for _, table in patients.table.groupby("histology"):
        organs = table[[c for c in table.columns if c.endswith(".organ") and "lesion" in c]]
        assert len(np.unique(organs)) >= 4


def test_lak_cells_alone_cause_neither_hypotension_nor_leak(patients):
    few = patients.keep(slice(0, 16))
    lak = [
        Dose(2 * i * DAY, TICKS_PER_HOUR, "lak.lung", np.full(16, 2e10), "lak_cells", 1)
        for i in range(3)
    ]
    days = np.arange(0, 11) * DAY
    seen = follow(few, lak, days, "haemodynamics.MAP", "leak.permeability", "lak.product")
    assert np.allclose(seen["haemodynamics.MAP"], seen["haemodynamics.MAP"][:, :1], rtol=1e-3)
    assert np.abs(seen["leak.permeability"]).max() < 1e-3
    assert seen["lak.product"].max() > 1e10


def test_an_unknown_disease_or_therapy_is_answered_with_the_nearest():
    with pytest.raises(UnknownNameError, match="Did you mean metastatic_cancer"):
        registry.disease("metastatic_canser")
    with pytest.raises(UnknownNameError, match="Did you mean aldesleukin"):
        registry.therapy("aldesleukine")
