"""What antibody and complement do to a motor endplate, and what removing them gives back."""

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from immunarium.biology.endplate import Endplate
from immunarium.biology.myasthenia_scores import MyastheniaScores
from immunarium.core import Constant, Disease, Model, Needs, Row, evaluate
from immunarium.parameters import check_module
from immunarium.population import Population

DAYS = np.arange(0.0, 183.0)


def row(path, value, unit="1"):
    instance, name = path.split(".")
    return Row(instance, name, value, unit, 0.0, "", "assumed", "test", "", "test", 1)


def followed(module, needs, of, rows=()):
    """Return a quantity of the typical patient by day, while what it needs stays at a level."""
    levels = {"fluctuation": 0.0} | needs
    wires = {n: Constant(levels.get(n.thing.name, 1.0), n.unit) for n in module.declared(Needs)}
    disease = Disease("one", "For tests.", lambda: Model(module, wires=wires))
    patient = Population.typical(disease, study=rows)
    graph = patient.graph
    known = dict(zip(graph.parameters, patient.parameters()[0], strict=True))

    def values(y, laws):
        return np.array(evaluate(laws, known | dict(zip(graph.states, y, strict=True))), float)

    start, rates = patient.initial()[0], list(graph.rates)
    hours = 24 * DAYS
    got = solve_ivp(lambda t, y: values(y, rates), hours[[0, -1]], start, "LSODA", hours, rtol=1e-8)
    law = graph.value(f"{module.name}.{of}")
    return np.array([values(y, [law])[0] for y in got.y.T])


def gained(rows=(), **needs):
    """Transmission, of the untreated patient."""
    treated, untreated = (
        followed(Endplate(), n, "potential", rows) for n in (needs, {})
    )  # the block changes at once
    return treated / untreated


@pytest.mark.parametrize("module", [Endplate(), MyastheniaScores("myasthenia_scores")])
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module)


def test_an_untreated_endplate_stays_as_it_is():
    course = followed(Endplate(), {}, "transmission")
    assert course == pytest.approx(np.ones(len(DAYS)), abs=1e-6)


def test_half_of_what_blocking_c5_gives_comes_within_a_week():
    course = gained(attack=0.03)
    assert 0.05 < course[182] - 1 < 0.3, "complement is the smaller part of the attack"
    assert course[7] - 1 > 0.5 * (course[182] - 1)


def test_less_antibody_gives_more_than_blocked_c5_but_later():
    course, c5 = gained(antibody=0.43), gained(attack=0.03)
    assert course[56] > c5[56]
    assert (course[7] - 1) / (course[182] - 1) < (c5[7] - 1) / (c5[182] - 1)


def test_receptors_come_back_with_the_half_life_of_those_that_antibody_spares():
    none = followed(Endplate(), {"antibody": 0.0}, "receptor")
    gap = (1 - none) / (1 - none[0])
    assert np.interp(0.5, gap[::-1], DAYS[::-1]) == pytest.approx(12.4, rel=0.01)


def test_a_neutralised_antibody_counts_as_one_that_is_not_there():
    assert gained(unneutralised=0.7) == pytest.approx(gained(antibody=0.7))


def test_an_igg4_that_fixes_no_complement_is_deaf_to_complement():
    musk = [row("endplate.complement_share", "0")]
    assert gained(musk, attack=0.03) == pytest.approx(np.ones(len(DAYS)), abs=1e-6)
    assert gained(musk, antibody=0.43)[56] > 1.2


def test_better_transmission_lowers_mg_adl_and_qmg_and_raises_mms():
    for of, sign in (("mg_adl", -1), ("qmg", -1), ("mms", 1)):
        scores = MyastheniaScores("myasthenia_scores")
        before, after = (followed(scores, {"transmission": x}, of)[0] for x in (1.0, 1.5))
        assert sign * (after - before) > 1


def test_a_fixed_deficit_does_not_improve():
    rows = [row("myasthenia_scores.fixed", "1"), row("myasthenia_scores.adl_rest", "8")]
    scores = MyastheniaScores("myasthenia_scores")
    course = followed(scores, {"transmission": 3.0}, "mg_adl", rows)
    assert course == pytest.approx(np.full(len(DAYS), 8.0))


def test_who_fixes_more_complement_has_flatter_folds_and_gains_more_from_blocked_c5():
    shares = ("0.05", "0.3", "0.8")
    rows = [[row("endplate.complement_share", share)] for share in shares]
    folds = [followed(Endplate(), {}, "fold", r)[0] for r in rows]
    assert folds == sorted(folds, reverse=True)
    gains = [gained(r, attack=0.03)[182] for r in rows]
    assert gains[0] < 1.1
    assert gains[2] > 2


def test_in_a_bad_week_transmission_is_lower_and_scores_are_worse():
    bad, good = (followed(Endplate(), {"fluctuation": x}, "transmission")[0] for x in (1.0, -1.0))
    assert bad < 1 < good
    assert bad * good == pytest.approx(1)
    scores = MyastheniaScores("myasthenia_scores")
    assert followed(scores, {"transmission": bad}, "worsening")[0] > 0
    assert followed(scores, {"transmission": good}, "worsening")[0] < 0
