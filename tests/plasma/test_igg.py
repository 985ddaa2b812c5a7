"""IgG: made, saved, distributed and given (document 002, P7 to P13; facts of its section 1)."""

import numpy as np
import pytest

from immunarium.core import evaluate

DAYS = np.round(np.arange(0.0, 60.01, 0.05), 2)
C0 = 11.0  # g/L


def at(curve, day):
    return curve[..., round(day / 0.05)]


def total(curves):
    return curves["igg.total"][0] / 1e3


@pytest.fixture(scope="module")
def one_pool(adult):
    """Bolus, two and five days of 2 g/kg where all subclasses are alike."""
    courses = {
        "bolus": adult.ivig(2, hours=2.4),
        "two days": adult.ivig(1, range(2)),
        "five days": adult.ivig(0.4, range(5)),
    }
    off = {f"ivig_links.{x}": 0.0 for x in ("a2", "e", "g")}
    return {k: adult.follow(v, DAYS, off, adult=adult.one_pool) for k, v in courses.items()}


@pytest.mark.parametrize(
    ("course", "peak", "gain"),
    [("bolus", 56.7, None), ("two days", 45.2, 7.2), ("five days", 34.0, 8.1)],
)
def test_the_reduced_case_has_the_peaks_and_day_14_of_the_reference(one_pool, course, peak, gain):
    igg = total(one_pool[course])
    assert igg.max() == pytest.approx(peak, abs=0.1)  # printed to 0.1
    if gain is not None:
        assert at(igg, 14) - C0 == pytest.approx(gain, abs=0.05)


def test_two_grams_fall_by_half_in_three_days(one_pool):
    for course in ("bolus", "two days"):
        igg = total(one_pool[course])
        left = at(igg, DAYS[igg.argmax()] + 3) / igg.max()
        assert 0.40 < left < 0.60


@pytest.mark.parametrize(("course", "share"), [("bolus", 0.63), ("two days", 0.53)])
def test_more_than_half_of_that_fall_is_redistribution(adult, one_pool, course, share):
    curves = one_pool[course]
    plasma, tissue = (
        np.sum([curves[f"{s}.{pool}"][0] for s in adult.subclasses], axis=0)
        for pool in ("infused", "infused_tissue")
    )
    top = DAYS[plasma.argmax()]
    moved = at(tissue, top + 3) - at(tissue, top)
    found = moved / (at(plasma, top) - at(plasma, top + 3))
    assert found == pytest.approx(share, abs=0.02)  # document 002 and its facts, P9
    assert found >= 0.5


def test_only_catabolism_that_rises_with_igg_brings_it_near_baseline_in_four_weeks(adult, one_pool):
    igg = total(one_pool["bolus"])
    assert at(igg, 21) / C0 - 1 == pytest.approx(0.42, abs=0.01)
    assert at(igg, 28) / C0 - 1 == pytest.approx(0.28, abs=0.01)
    linear = {"fcrn.kup": adult.one_pool.table["fcrn.fcr0"][0], "fcrn.capacity": 0.0}
    slow = adult.follow(adult.ivig(2, hours=2.4), DAYS, linear, adult=adult.one_pool)
    assert at(total(slow), 21) / C0 - 1 == pytest.approx(0.95, abs=0.02)
    assert at(total(slow), 28) / C0 - 1 == pytest.approx(0.76, abs=0.02)


def test_csf_doubles_in_two_days_and_stays_double_at_seven(one_pool):
    csf = one_pool["bolus"]["csf.igg"][0]
    assert 1.6 < at(csf, 2) / csf[0] < 2.4
    # the document's "normal at one week" cannot hold beside it: plasma itself is double then
    assert at(csf, 7) / csf[0] > 1.9


def test_a_bystander_antibody_falls_by_a_fifth_in_three_weeks(one_pool):
    curve = one_pool["five days"]["autoantibody.plasma"][0]
    assert 1 - curve.min() == pytest.approx(0.22, abs=0.01)
    assert 18 < DAYS[curve.argmin()] < 30


def laws(adult, igg, *paths):
    """Values of quantities where plasma holds so much IgG, all of it the patient's own."""
    graph, person = adult.graph, adult.one_pool
    values = dict(zip(graph.states, person.initial().T, strict=True))
    values |= dict(zip(graph.parameters, person.parameters().T, strict=True))
    values |= dict.fromkeys(graph.inputs, 0.0)
    for s in adult.subclasses:
        values[f"{s}.endo"] = values[f"{s}.endo"] * np.asarray(igg) / C0
    return evaluate([graph.value(p) for p in paths], values)


def test_catabolism_follows_concentration(adult):
    levels = [0.5, 1, 2, 5, 11, 20, 30, 45, 60, 70]
    (rate,) = laws(adult, levels, "fcrn.catabolism")
    wanted = [1.8, 2.1, 2.7, 4.3, 7.2, 10.8, 14.2, 18.3, 21.4, 23.2]  # %/d, facts 1.2
    assert rate * 2400 == pytest.approx(wanted, abs=0.05)


def test_half_life_is_long_where_igg_is_low_and_short_where_it_is_high(adult):
    (rate,) = laws(adult, [5.0, 11.0, 30.0, 45.0], "fcrn.catabolism")
    half_life = np.log(2) / (0.45 * rate * 24)
    assert half_life == pytest.approx([36, 21.5, 10.8, 8.4], rel=0.01)


def test_igg3_is_gone_three_times_faster_and_the_mixture_is_not_changed(adult):
    person = adult.usual
    rates = [person.at_start(f"{s}.catabolism")[0] * 24 for s in adult.subclasses]
    made = [person.table[f"{s}.synthesis"][0] * 24 for s in adult.subclasses]
    plasma = [person.at_start(f"{s}.endo")[0] for s in adult.subclasses]
    assert np.log(2) / (0.45 * rates[2]) == pytest.approx(7.0, rel=0.02)  # Morell 1970
    assert sum(made) / sum(plasma) == pytest.approx(0.0715, rel=1e-9)
    assert sum(made) / adult.weight == pytest.approx(34, rel=0.15)  # mg/kg/d, Ein 1969
    assert sum(plasma) / 1e3 / (0.042 * adult.weight) == pytest.approx(C0)


def test_subclasses_change_the_course_of_total_igg_by_less_than_its_assay(adult, one_pool):
    split = total(adult.follow(adult.ivig(0.4, range(5)), DAYS))
    assert np.abs(split / total(one_pool["five days"]) - 1).max() < 0.03  # assay: about 3 %


def test_igg_under_the_skin_arrives_slowly_and_in_part(adult):
    whole = {f"{s}.skin": 28_000 * 0.66 / 4 for s in adult.subclasses}
    curves = adult.follow([], DAYS, whole)
    igg = curves["igg.infused"][0]
    assert 2 < DAYS[igg.argmax()] < 8
    veins = adult.follow(adult.ivig(0.4 * 0.66), DAYS)["igg.infused"][0]
    assert igg.max() < 0.5 * veins.max()
    assert at(igg, 21) == pytest.approx(at(veins, 21), rel=0.2)


def test_untreated_nothing_moves_for_a_year(adult):
    curves = adult.follow([], [0.0, 365.0])
    for path, curve in curves.items():
        assert curve[0, 1] == pytest.approx(curve[0, 0], rel=1e-6, abs=1e-9), path


def test_low_igg_has_the_clearance_that_a_linear_model_with_its_own_level_finds(adult):
    """Clearance of Cheng 2026 (0.308 L/d) is dose over the area above the own level."""
    person, own = adult.one_pool, 5.67 / C0
    rate = float(laws(adult, 5.67, "fcrn.catabolism")[0][0])
    made = {f"{s}.synthesis": own * rate * person.table[f"{s}.endo"][0] for s in adult.subclasses}
    start = {
        f"{s}.{pool}": person.table[f"{s}.{pool}"][0] * own
        for s in adult.subclasses
        for pool in ("endo", "endo_tissue")
    }
    days = np.round(np.arange(0.0, 336.01, 0.05), 2)
    given = adult.ivig(0.5, range(0, 336, 28))
    igg = total(adult.follow(given, days, made | start, adult=person))
    last = days >= 308
    area = np.trapezoid(igg[last] - 5.67, days[last])
    assert 0.22 < 0.5 * adult.weight / area < 0.43
    assert rate * 24 * 0.042 * adult.weight < 0.22  # the whole clearance of IgG is less
