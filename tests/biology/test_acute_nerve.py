"""One attack: block comes and goes, axons are cut, and the grade follows strength."""

from typing import Any

import numpy as np
import pytest
from scipy.integrate import odeint

from immunarium.biology.acute_nerve import AcuteNerve
from immunarium.biology.gbs_disability import GBSDisability
from immunarium.biology.patient import Patient
from immunarium.biology.ventilated_death import VentilatedDeath
from immunarium.core import Constant, Disease, Model, Needs, evaluate
from immunarium.parameters import check_module
from immunarium.population import Population

NERVE, GRADE = AcuteNerve("acute_nerve"), GBSDisability("gbs_disability")
DAYS = np.arange(0.0, 120.0, 2.0)
BLOCK, AXONS = "acute_nerve.block", "acute_nerve.axon_loss"
FREE = dict.fromkeys([need.thing.name for need in NERVE.declared(Needs)], 1.0)


def course(alone, **changed):
    return alone(NERVE, Patient(), **(FREE | changed)).follow([], 24 * DAYS, BLOCK, AXONS)


def graded(strength, age=50.0, diarrhoea=0.0):
    """Readings of many strengths at once."""
    wires = {n: Constant(1.0, n.unit) for n in NERVE.declared(Needs)}
    model = Model(NERVE, GRADE, Patient(), wires=wires | {GRADE.strength: NERVE.strength})
    typical = Population.typical(Disease("graded", "For tests.", lambda: model))
    values: dict[str, Any] = {
        str(p): float(v) for p, v in typical.table.iloc[0].drop("histology").items()
    }
    points = 0.5 * (age > 40) + 0.5 * (age > 60)
    values |= {"gbs_disability.age_points": points, "gbs_disability.diarrhoea_points": diarrhoea}
    values |= {BLOCK: 1 - np.asarray(strength), AXONS: 0.0}
    paths = [f"gbs_disability.{q}" for q in ("disability", "mrc", "egos", "megos")]
    return [np.asarray(v) for v in evaluate([model.graph.value(p) for p in paths], values)]


@pytest.mark.parametrize("module", [NERVE, GRADE, VentilatedDeath("survival")])
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module, *{NERVE, Patient()} - {module})


def reference(reached=1.0, membrane=1.0):
    """Block and axon loss by the equations of the reference, with the numbers as fitted."""
    tau, a0, kr, kx, kax, onset = 8.505, 0.3978, 0.03955, 0.09546, 0.004, 7

    def rates(y, t):
        ill = max(t - onset, 0)
        a = a0 * np.exp(-ill / tau) * (1 - np.exp(-ill))
        cut = kx * membrane * a * y[0]
        return reached * a * (1 - y[0] - y[1]) - kr * y[0] - cut, cut - kax * y[1]

    return odeint(rates, [0, 0], DAYS, rtol=1e-10, atol=1e-12, tcrit=[onset])


def test_untreated_nerve_follows_the_equations_of_the_reference(alone):
    found, wanted = course(alone), reference()
    assert np.transpose([found[BLOCK], found[AXONS]]) == pytest.approx(wanted, abs=1e-6)
    assert 1 - wanted.sum(axis=1).max() < 0.44, (
        "the typical patient is bound to bed, if not ventilated"
    )


def test_nothing_is_wrong_before_the_onset(alone):
    found = course(alone)
    assert not found[BLOCK][DAYS <= 7].any()
    assert found[BLOCK][DAYS > 7].all()


def test_c5_block_spares_axons_and_not_block(alone):
    untreated, blocked = course(alone), course(alone, c5_free=0.0)
    assert not blocked[AXONS].any()
    assert untreated[AXONS].max() > 0.01
    assert (blocked[BLOCK] >= untreated[BLOCK]).all()


def test_a_share_of_the_attack_needs_no_antibody(alone):
    helpless = course(alone, phi=0.0, scavenging=0.0)
    without = course(alone, ab=0.0)
    wanted = reference(reached=0.2595, membrane=0)[:, 0]
    for found in (helpless, without):
        assert found[BLOCK] == pytest.approx(wanted, abs=1e-6)
        assert not found[AXONS].any()


def test_less_antibody_helps_less_than_in_proportion(alone):
    half, untreated = course(alone, ab=0.5)[BLOCK].max(), course(alone)[BLOCK].max()
    assert 0.5 * untreated < half < untreated


def test_rounding_the_grade_gives_the_cut_points_of_strength():
    strength = np.linspace(0, 1, 1001)
    grade = graded(strength)[0]
    wanted = (strength[:, None] < [0.97, 0.86, 0.62, 0.44, 0.2626]).sum(axis=1)
    off = np.rint(grade) != wanted
    assert np.all(np.isin(strength[off].round(3), [0.97, 0.86, 0.62, 0.44, 0.2626]))
    assert np.all(np.diff(grade) < 0)
    assert grade[-1] == 0
    assert grade[0] < 5.5, "nobody dies by rounding"


def test_outcome_scores_have_the_points_of_their_papers():
    _, mrc, egos, megos = graded([1.0, 0.9, 0.7, 0.5, 0.3, 0.1])
    assert egos == pytest.approx([1.5, 1.5, 2.5, 3.5, 4.5, 5.5])
    assert megos == pytest.approx([1, 1, 4, 4, 7, 10])
    assert (mrc[0], mrc[-1]) == pytest.approx((60, 19), abs=0.1)
    assert graded([0.1], age=65, diarrhoea=1.0)[2] == pytest.approx(7), "the most"


def test_death_threatens_only_on_the_ventilator(alone):
    def hazard(disability):
        death = VentilatedDeath("survival")
        person = alone(death, Patient(), disability=disability)
        return person.follow([], [240.0], "survival.cumulative")["survival.cumulative"][0]

    assert hazard(4.0) == 0
    assert hazard(5.0) == pytest.approx(0.012)
