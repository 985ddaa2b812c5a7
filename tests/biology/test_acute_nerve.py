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
CLOSED, STRIPPED = "acute_nerve.closed", "acute_nerve.stripped"
AXONS = "acute_nerve.axon_loss"
FREE = dict.fromkeys([need.thing.name for need in NERVE.declared(Needs)], 1.0)


LOSS = "acute_nerve.extra_loss"


def course(alone, **changed):
    person = alone(NERVE, Patient(), **(FREE | changed))
    return person.follow([], 24 * DAYS, CLOSED, STRIPPED, AXONS, LOSS)


def block(found):
    """Conduction block, closed and stripped together."""
    return found[CLOSED] + found[STRIPPED]


def number(name):
    """Median of a number of the nerve, in days where it has a time."""
    per_day = 24 if name in ("amplitude", "reopening", "repair", "regrowth", "loss") else 1
    value = TYPICAL[f"acute_nerve.{name}"] * per_day
    return value / 24 if name in ("rise", "wane", "presentation", "lead_in") else value


def model():
    wires = {n: Constant(1.0, n.unit) for n in NERVE.declared(Needs)}
    return Model(NERVE, GRADE, Patient(), wires=wires | {GRADE.strength: NERVE.strength})


MODEL = model()
TYPICAL: dict[str, Any] = {
    str(path): float(value)
    for path, value in Population.typical(Disease("graded", "For tests.", lambda: MODEL))
    .table.iloc[0]
    .drop("histology")
    .items()
}


def graded(strength, age=50.0, diarrhoea=0.0, breathing=None):
    """Readings of many strengths at once."""
    values = dict(TYPICAL)
    points = 0.5 * (age > 40) + 0.5 * (age > 60)
    values |= {"gbs_disability.age_points": points, "gbs_disability.diarrhoea_points": diarrhoea}
    values |= {CLOSED: 1 - np.asarray(strength), STRIPPED: 0.0, AXONS: 0.0}
    if breathing is not None:
        values["gbs_disability.breathing"] = breathing
    paths = [f"gbs_disability.{q}" for q in ("disability", "mrc", "egos", "megos")]
    return [np.asarray(v) for v in evaluate([MODEL.graph.value(p) for p in paths], values)]


@pytest.mark.parametrize("module", [NERVE, GRADE, VentilatedDeath("survival")])
def test_the_modules_pass_the_conformance_suite(module):
    check_module(module, *{NERVE, Patient()} - {module})


def written_out(reached=1.0, membrane=1.0):
    """Closed and stripped fibres and axon loss by the equations of the module, from day 0."""
    a0, kc, kr, kax = (number(n) for n in ("amplitude", "reopening", "repair", "regrowth"))
    strip, cut = number("stripping"), number("cut")
    onset = number("lead_in") - number("presentation")

    def rates(y, t):
        ill = max(t - onset, 0)
        a = a0 * np.exp(-ill / number("wane")) * (1 - np.exp(-ill / number("rise")))
        closing, axons = reached * a, cut * membrane * a
        closed, stripped, lost = y
        return (
            closing * (1 - sum(y)) - (kc + strip * closing + axons) * closed,
            strip * closing * closed - (kr + axons) * stripped,
            axons * (closed + stripped) - kax * lost,
        )

    return odeint(rates, [0, 0, 0], DAYS, rtol=1e-10, atol=1e-12, tcrit=[onset])


def test_untreated_nerve_follows_the_equations_written_out(alone):
    found, wanted = course(alone), written_out()
    followed = np.transpose([found[CLOSED], found[STRIPPED], found[AXONS]])
    assert followed == pytest.approx(wanted, abs=1e-6)
    assert 1 - wanted.sum(axis=1).max() < TYPICAL["gbs_disability.walking"], (
        "the typical patient does not walk unaided"
    )


def test_what_is_blocked_late_is_stripped_and_what_opens_early_was_closed(alone):
    found = course(alone)
    early, late = DAYS < 14, DAYS > 60
    assert (found[CLOSED][early] >= found[STRIPPED][early]).all()
    assert (found[CLOSED][late] < 0.7 * found[STRIPPED][late]).all()


def test_the_loss_of_igg_comes_with_weakness_and_ends_with_it(alone):
    found = course(alone)
    weak = block(found) + found[AXONS]
    assert found[LOSS] == pytest.approx(TYPICAL["acute_nerve.loss"] * weak, abs=1e-9)
    assert not found[LOSS][weak == 0].any()
    assert found[LOSS][-1] < 0.5 * found[LOSS].max()


def test_nothing_is_wrong_before_the_onset(alone):
    found = course(alone)
    onset = number("lead_in") - number("presentation")
    assert not block(found)[onset > DAYS].any()
    assert block(found)[onset < DAYS].all()


def test_c5_block_spares_axons_and_not_block(alone):
    untreated, blocked = course(alone), course(alone, c5_free=0.0)
    assert not blocked[AXONS].any()
    assert untreated[AXONS].max() > 0.01
    assert (block(blocked) >= block(untreated)).all()


def test_a_share_of_the_attack_needs_no_antibody(alone):
    helpless = course(alone, phi=0.0, scavenging=0.0)
    without = course(alone, ab=0.0)
    wanted = written_out(reached=number("cellular"), membrane=0)
    for found in (helpless, without):
        assert block(found) == pytest.approx(wanted[:, :2].sum(axis=1), abs=1e-6)
        assert not found[AXONS].any()


def test_less_antibody_helps_less_than_in_proportion(alone):
    half, untreated = block(course(alone, ab=0.5)).max(), block(course(alone)).max()
    assert 0.5 * untreated < half < untreated


def test_rounding_the_grade_gives_the_cut_points_of_strength():
    strength = np.linspace(0, 1, 1001)
    grade = graded(strength)[0]
    names = ("minor", "running", "walking", "standing", "breathing")
    cuts = [TYPICAL[f"gbs_disability.{n}"] for n in names]
    off = np.rint(grade) != (strength[:, None] < cuts).sum(axis=1)
    at_a_cut = np.abs(strength[:, None] - cuts).min(axis=1) < 0.01
    assert np.all(at_a_cut | ~off)
    assert np.all(np.diff(grade) <= 0)
    assert grade[-1] == 0
    assert grade[0] < 5.5, "nobody dies by rounding"


def test_who_needs_more_strength_to_breathe_is_ventilated_earlier():
    breathing, walking = (TYPICAL[f"gbs_disability.{n}"] for n in ("breathing", "walking"))
    strength = np.array([breathing, walking])
    most, frail = graded(strength)[0], graded(strength, breathing=walking + 0.05)[0]
    assert most[1] < 3 < most[0]
    assert (np.rint(frail) == 5).all()


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
    assert hazard(5.0) == pytest.approx(10 * 0.0015)
