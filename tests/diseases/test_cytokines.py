"""Cytokines, dendritic cells and superantigens reach the diseases in which they act."""

from functools import cache

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import symbols
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run
from immunarium.population import Population

DAY = 24 * TICKS_PER_HOUR
READERS = {
    "guillain_barre": "acute_nerve.strength",
    "cidp": "chronic_nerve.incat",
    "dermatomyositis": "muscle_capillary.mrc",
    "stiff_person": "inhibition.stiffness",
    "polymyositis": "cytotoxic_muscle.score",
    "crps": "cytokine_pain.pain",
    "post_polio": "cytokine_pain.pain",
}
WITHOUT = {
    "post_polio": ("strength.score", "fatigue.score"),
    "multiple_sclerosis": ("disability.score", "relapses.expected"),
    "alzheimer": ("cognition.score", "function.score"),
    "anti_mag_neuropathy": ("monoclonal_igm.incat",),
    "inclusion_body_myositis": ("strength.score",),
}
SOURCES = ("superantigen.activated", "dendritic.maturation")


@cache
def typical(disease):
    return Population.typical(registry.disease(disease))


def causes(disease, of):
    """Every state on which a quantity depends, over any number of steps."""
    graph = typical(disease).graph
    states = set(graph.states)
    reads = {s: symbols(r) & states for s, r in zip(graph.states, graph.rates, strict=True)}
    left = symbols(graph.value(of)) & states
    found: set[str] = set()
    while left:
        found |= left
        left = {cause for state in left for cause in reads[state]} - found
    return found


@pytest.mark.parametrize("disease", READERS)
def test_dendritic_cells_and_superantigens_reach_a_disease_through_cytokines(disease):
    found = causes(disease, READERS[disease])
    assert found >= set(SOURCES)
    assert found & {"inflammation.tnf", "inflammation.il1b"}


@pytest.mark.parametrize("disease", WITHOUT)
def test_no_cytokine_reaches_what_immunoglobulin_does_not(disease):
    for score in WITHOUT[disease]:
        found = causes(disease, score)
        assert not {p for p in found if p.startswith(("inflammation.", *SOURCES))}, score


@cache
def kernel_of(disease):
    graph, path = typical(disease).graph, READERS[disease]
    return compile_model(graph, {path: graph.value(path)}, {})


@cache
def after(disease, cut="", exposure=0.0, given=True):
    """Score of the typical patient at the start, and four weeks after 2 g/kg."""
    adult, kernel = typical(disease), kernel_of(disease)
    parameters, known = adult.parameters().copy(), adult.graph.parameters
    parameters[:, known.index("superantigen.exposure")] = exposure
    for link in cut:
        parameters[:, known.index(f"ivig_links.{link}")] = 0.0
    share = registry.therapy("ivig").number
    doses = tuple(
        Dose(day * DAY, DAY // 5, f"{s}.infused", 2.8e4 * share(s, "mg/mg") * np.ones(1), "drug", 1)
        for day in range(5 * given)
        for s in ("igg1", "igg2", "igg3", "igg4")
    )
    times = np.array([0, 28 * DAY])
    plan = Plan(doses, (), int(times[-1]), times, (), None)
    return run(kernel, adult.initial(), parameters, plan, rtol=1e-9).recorded[0, :, 0]


@pytest.mark.parametrize("disease", ["polymyositis", "crps", "post_polio"])
def test_where_only_cytokines_and_t_cells_are_read_their_links_carry_everything(disease):
    before, treated = after(disease)
    assert abs(treated / before - 1) > 0.001
    assert after(disease, cut="defg")[1] == pytest.approx(before, rel=1e-6)


@pytest.mark.parametrize("disease", ["dermatomyositis", "polymyositis"])
def test_dendritic_cells_act_by_cytokines_and_t_help(disease):
    assert after(disease)[1] > after(disease, cut="g")[1]


def test_a_superantigen_harms_and_its_antibodies_spare_some_of_it():
    alone, treated, cut = (
        after("polymyositis", cut=cut, exposure=1.0, given=given)[1]
        for cut, given in (("", False), ("", True), ("f", True))
    )
    assert alone < cut < treated
