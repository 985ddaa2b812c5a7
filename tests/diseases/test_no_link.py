"""What immunoglobulin cannot reach in a model: the links themselves, not how strong they are."""

from collections import deque

import pytest

from immunarium import registry
from immunarium.core import symbols
from immunarium.population import Population

IMMUNOGLOBULINS = ("ivig", "ivig_sucrose", "ivig_maltose")
WITHOUT = {
    "multiple_sclerosis": ("disability.score", "relapses.expected"),
    "alzheimer": ("cognition.score", "function.score"),
    "anti_mag_neuropathy": ("monoclonal_igm.incat",),
    "inclusion_body_myositis": ("strength.score",),
    "post_polio": ("strength.score", "fatigue.score"),
}
WITH = {
    "post_polio": "cytokine_pain.pain",
    "guillain_barre": "acute_nerve.strength",
    "myasthenia_gravis": "myasthenia_scores.qmg",
    "polymyositis": "cytotoxic_muscle.score",
    "neuromyelitis_optica": "antibody_lesion.score",
    "crps": "cytokine_pain.pain",
}


def entries():
    """Every species that a dose of any immunoglobulin enters, by any route."""
    routes = [r for name in IMMUNOGLOBULINS for r in registry.therapy(name).routes.values()]
    return {path for r in routes for path in (r.path, *(e.path for e in r.also))}


def links(graph):
    """Which states each state's rate reads."""
    states = set(graph.states)
    return {s: symbols(r) & states for s, r in zip(graph.states, graph.rates, strict=True)}


def way(graph, of) -> tuple[str, ...]:
    """Return the shortest way from a dose of immunoglobulin to a quantity; empty where none is."""
    reads = links(graph)
    ends = symbols(graph.value(of)) & set(graph.states)
    back: dict[str, tuple[str, ...]] = {end: (end,) for end in ends}
    queue = deque(ends)
    while queue:
        here = queue.popleft()
        if here in entries():
            return back[here]
        for cause in reads[here] - back.keys():
            back[cause] = (cause, *back[here])
            queue.append(cause)
    return ()


def graph_of(disease):
    return Population.typical(registry.disease(disease)).graph


@pytest.mark.parametrize("disease", WITHOUT)
def test_no_way_leads_from_immunoglobulin_to_the_score(disease):
    graph = graph_of(disease)
    assert entries() & set(graph.states), "a dose does enter this model"
    for score in WITHOUT[disease]:
        assert way(graph, score) == (), f"{score} is reached"


@pytest.mark.parametrize("disease", WITHOUT)
def test_every_score_of_a_disease_without_effect_is_either_reached_by_nothing_or_named(disease):
    scores = set(registry.disease(disease).scores.values())
    linked = {WITH[disease]} if disease in WITH else set()
    assert scores <= set(WITHOUT[disease]) | linked


@pytest.mark.parametrize("disease", WITH)
def test_a_way_is_found_where_there_is_one(disease):
    found = way(graph_of(disease), WITH[disease])
    assert found, "the search finds nothing at all"
    assert found[0] in entries()


def test_pain_after_polio_is_reached_by_cytokines_only():
    found = way(graph_of("post_polio"), "cytokine_pain.pain")
    assert found[1:] == ("inflammation.il1b", "cytokine_pain.sensitised")


@pytest.mark.parametrize("disease", WITHOUT)
def test_the_evidence_of_these_diseases_is_class_i_not_effective(disease):
    assert registry.disease(disease).evidence_class == "I, not effective"
