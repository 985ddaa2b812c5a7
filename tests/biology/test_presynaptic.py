"""What antibody to calcium channels does to release and strength."""

import numpy as np
import pytest

from immunarium.biology.presynaptic import Presynaptic
from immunarium.core import Constant, Disease, Model, Needs, evaluate
from immunarium.parameters import check_module
from immunarium.population import Population

QUANTITIES = ("release", "limb_strength", "vital_capacity", "drinking_time")


@pytest.fixture(scope="module")
def terminal():
    """Return what a terminal does with so many channels, in the model's units."""
    module = Presynaptic()
    wires = {n: Constant(1.0, n.unit) for n in module.declared(Needs)}
    patient = Population.typical(Disease("one", "For tests.", lambda: Model(module, wires=wires)))
    graph = patient.graph
    known = dict(zip(graph.parameters, patient.parameters()[0], strict=True))
    start = patient.initial()[0][0]

    def at(channels=start):
        laws = [graph.value(f"presynaptic.{q}") for q in QUANTITIES] + list(graph.rates)
        got = evaluate(laws, known | {"presynaptic.channel": channels})
        return dict(zip((*QUANTITIES, "rate"), map(float, got), strict=True))

    return at


def test_the_module_passes_the_conformance_suite():
    check_module(Presynaptic())


def test_an_untreated_terminal_stays_as_it_is(terminal):
    assert terminal()["rate"] == pytest.approx(0, abs=1e-12)


def test_all_channels_make_a_healthy_patient(terminal):
    healthy = terminal(1.0)
    assert healthy["limb_strength"] == pytest.approx(1)
    assert healthy["vital_capacity"] == pytest.approx(4)
    assert healthy["drinking_time"] * 3600 == pytest.approx(15)


def test_two_fifths_fewer_channels_release_far_less_than_three_fifths(terminal):
    assert terminal()["release"] < 0.25


def test_limbs_are_weaker_than_breathing_and_drinking_takes_longer(terminal):
    ill, healthy = terminal(), terminal(1.0)
    assert ill["limb_strength"] < 0.8
    assert ill["limb_strength"] < ill["vital_capacity"] / healthy["vital_capacity"] < 1
    assert ill["drinking_time"] > healthy["drinking_time"]


def test_a_few_more_channels_bring_much_strength(terminal):
    ill, better = terminal(), terminal(0.64)
    assert better["release"] > 1.2 * ill["release"]
    assert better["limb_strength"] > 1.1 * ill["limb_strength"]


def test_strength_rises_with_channels_throughout(terminal):
    strengths = [terminal(x)["limb_strength"] for x in np.linspace(0.1, 1.0, 10)]
    assert np.all(np.diff(strengths) > 0)
