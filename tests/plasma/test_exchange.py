"""Plasma exchange in a healthy adult, against document 002 and its facts, 3.1 to 3.7."""

from __future__ import annotations

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import Procedure
from immunarium.dosing import Regimen, resolve
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run

PATHS = (
    "igg.total", "igg.infused", "autoantibody.plasma", "igm.plasma", "iga.plasma", "albumin.plasma",
    "fibrinogen.plasma", "complement.c3", "platelets.count", "citrate.ionised_calcium",
    "hes.plasma", "hes.stored", "exchange_circuit.drawn", "fviii.plasma", "fix.plasma",
    "fc_receptor.phi",
)  # fmt: skip
VOLUME = 0.042 * 70  # L, of this adult
ALTERNATE = "plasma_exchange 1 PV over 150 min every other day x 5 with albumin 5 %"
END = 194.5  # h, of the fifth


@pytest.fixture(scope="module")
def after(adult):
    """Follow the adult of 70 kg under a regimen, and return curves at some hours by path."""
    who, graph = adult.one_pool, adult.graph
    kernel = compile_model(graph, {p: graph.value(p) for p in PATHS}, {})
    table = who.table.assign(**{"patient.plasma_volume": VOLUME, "patient.weight": 70.0})
    known, numbers = graph.parameters, who.parameters().copy()
    for link in ("a2", "e", "g"):
        numbers[:, known.index(f"ivig_links.{link}")] = 0.0

    def follow(text, *hours):
        doses = resolve(Regimen.parse(text), registry.therapies(), table, graph)
        ticks = np.rint(np.array([0.0, *hours]) * TICKS_PER_HOUR).astype(np.int64)
        events = [
            Dose(d.tick, d.duration, d.target, d.amounts, d.drug)
            for d in doses
            if d.tick <= ticks[-1]
        ]
        plan = Plan(tuple(events), (), int(ticks[-1]) + 1, ticks, (), None)
        result = run(kernel, who.initial(), numbers, plan, rtol=1e-6)
        assert not result.status.any(), result.status_text(0)
        return {path: result.recorded[0, :, i] for i, path in enumerate(PATHS)}

    return follow


def left(curves, path):
    """Percent of the start at the hours asked for."""
    return 100 * curves[path][1:] / curves[path][0]


def test_five_on_alternate_days_leave_and_give_back_what_the_reference_says(after):
    antibody = left(after(ALTERNATE, END, END + 48, END + 21 * 24), "autoantibody.plasma")
    # printed 14.8, 35, 70: at once; in 2.5 h up to 4 points flow in (facts 3.1)
    assert antibody == pytest.approx([14.8, 35, 70], abs=2)


@pytest.mark.parametrize(
    ("sessions", "rows"),
    [
        ("once", {0: 36.8, 24: 63, 48: 73, 7 * 24: 82}),
        ("every other day x 3", {0: 21.3, 24: 40, 48: 48, 7 * 24: 60}),
        ("daily x 5", {0: 12.3, 24: 28, 48: 35, 7 * 24: 49}),
    ],
)
def test_courses_of_antibody_as_in_the_table_of_the_facts(after, sessions, rows):
    ends = {"once": 2.5, "every other day x 3": 98.5, "daily x 5": 98.5}[sessions]
    text = f"plasma_exchange 1 PV over 150 min {sessions} with albumin 5 %"
    antibody = left(after(text, *(ends + h for h in rows)), "autoantibody.plasma")
    assert antibody == pytest.approx(list(rows.values()), abs=4)  # facts 3.1: 1-4 points less


def test_what_is_removed_in_milligrams_is_the_volume_by_what_it_carried(after):
    curves = after("plasma_exchange 1 PV over 60 min once with albumin 5 %", 1.0)
    gone = VOLUME * (curves["igg.total"][0] - curves["igg.total"][1])
    whole = VOLUME * curves["igg.total"][0] * (1 - np.exp(-1))
    assert 0.94 * whole < gone < whole  # influx makes the measured removal 1-4 points lower
    assert curves["exchange_circuit.drawn"][1] == pytest.approx(VOLUME)


def test_selective_exchange_keeps_what_is_large(after):
    curves = after("selective_plasma_exchange 1.1 PV over 150 min once with albumin 5 %", 2.5)
    for path, gone in (("igg.total", 53.1), ("iga.plasma", 30.1), ("igm.plasma", 3.6),
                       ("fibrinogen.plasma", 19.0)):  # fmt: skip
        assert 100 - left(curves, path)[0] == pytest.approx(gone, abs=5), path  # target 16


@pytest.mark.parametrize("name", ["selective_plasma_exchange", "immunoadsorption"])
def test_antibodies_of_every_origin_are_drawn_as_their_class(name):
    procedure = registry.therapy(name)
    assert isinstance(procedure, Procedure)
    drawn = procedure.sieving
    for antibody in ("red_cells.isoagglutinin", "ravulizumab.plasma", "nipocalimab.plasma"):
        assert drawn(antibody) == drawn("igg1.infused"), antibody
    assert drawn("monoclonal_igm.plasma") == drawn("igm.plasma")
    assert drawn("iga_deficiency.product_iga") == drawn("iga.plasma")


def test_donor_plasma_keeps_total_igg_and_lowers_the_autoantibody_as_albumin_does(after):
    course = "plasma_exchange 1 PV over 150 min every other day x 5 with {}"
    plasma, albumin = (after(course.format(f), END) for f in ("FFP", "albumin 5 %"))
    assert left(plasma, "igg.total")[0] > 80
    assert left(albumin, "igg.total")[0] < 20
    both = [left(c, "autoantibody.plasma")[0] for c in (plasma, albumin)]
    assert both[0] == pytest.approx(both[1], abs=3)  # more IgG is burnt faster, a little
    assert left(plasma, "fibrinogen.plasma")[0] > 80


def test_donor_plasma_is_no_immunoglobulin_to_phagocytes(after):
    course = "plasma_exchange 1 PV over 150 min every other day x 5 with FFP"
    assert after(course, END)["fc_receptor.phi"][1] == pytest.approx(1.0)
    assert after("ivig 1 g/kg IV daily x 2", END)["fc_receptor.phi"][1] < 0.5


def test_albumin_falls_with_fluid_that_has_none_and_starch_stays_for_weeks(after):
    kept = left(after(ALTERNATE, END), "albumin.plasma")[0]
    saline = left(after(ALTERNATE.replace("albumin 5 %", "saline"), END), "albumin.plasma")[0]
    assert saline < 40 < 95 < kept
    starch = after(ALTERNATE.replace("albumin 5 %", "HES 6 %"), END, END + 28 * 24)
    assert starch["hes.plasma"][1] > 1e4
    assert starch["hes.plasma"][2] < 1
    assert starch["hes.stored"][2] > 1e3


def test_a_column_spares_what_it_does_not_bind(after):
    curves = after("immunoadsorption 2.5 PV over 5 h once", 5.0)
    assert left(curves, "igg.total")[0] < 25
    assert left(curves, "albumin.plasma")[0] == pytest.approx(100, abs=0.1)
    assert 50 < left(curves, "iga.plasma")[0] < 80


def test_a_centrifuge_takes_half_of_the_platelets_and_a_membrane_a_tenth(after):
    for procedure, gone, near in (("plasma_exchange", 50, 5), ("membrane_plasma_exchange", 10, 5)):
        text = f"{procedure} 1 PV over 150 min once with albumin 5 %"
        assert 100 - left(after(text, 3.0), "platelets.count")[0] == pytest.approx(gone, abs=near)


def test_the_vessel_wall_gives_factors_eight_and_nine_back_within_hours(after):
    curves = after("plasma_exchange 1 PV over 150 min once with albumin 5 %", 6.5, 26.5)
    for factor in ("fviii", "fix"):
        four, day = left(curves, f"{factor}.plasma")
        assert four > 70, factor  # normal 4 h and 24 h after (facts 3.3: Flaum 1979)
        assert day > 80, factor
    assert left(curves, "fibrinogen.plasma")[0] < 50  # slower


@pytest.mark.parametrize(("day", "share"), [(0, 56), (1, 40), (2, 31), (3, 27.5), (14, 27.5)])
def test_an_exchange_after_ivig_takes_so_much_of_what_is_left_of_it(adult, after, day, share):
    """Of all of it that is in the body: facts 3.7, derived there with sessions at once."""
    start = 2.0 + 24 * day
    ivig = "ivig 0.4 g/kg IV over 2 h once"  # for the whole dose its tissue is still empty
    text = f"{ivig}; plasma_exchange 1 PV over 60 min once with albumin 5 % from {start + 0.1:g} h"
    before, with_it = after(ivig, start + 1.1), after(text, start + 1.1)
    taken = before["igg.infused"][1] - with_it["igg.infused"][1]
    body = before["igg.infused"][1] * _body(adult, day)
    assert 100 * taken / body == pytest.approx(share, abs=6)


def _body(adult, day):
    """Infused IgG in the body over that in plasma."""
    course = adult.follow(
        adult.ivig(0.4, hours=2.0), [0.0, 2.0 / 24 + day + 0.046], adult=adult.one_pool
    )
    plasma = sum(course[f"{s}.infused"][0, 1] for s in adult.subclasses)
    tissue = sum(course[f"{s}.infused_tissue"][0, 1] for s in adult.subclasses)
    return (plasma + tissue) / plasma


def test_a_course_of_exchange_halves_the_exposure_to_ivig_before_it(after):
    ivig, hours = "ivig 0.4 g/kg IV daily x 5", np.arange(0.0, 40 * 24 + 1, 12.0)[1:]

    def exposure(more):
        return np.trapezoid(after(f"{ivig}{more}", *hours)["igg.infused"][1:])

    alone = exposure("")
    course = "; plasma_exchange 1 PV over 150 min every other day x 5 with albumin 5 % from day {}"
    assert exposure(course.format(5)) / alone == pytest.approx(0.49, abs=0.06)  # facts 3.7
    assert exposure(course.format(14)) / alone == pytest.approx(0.70, abs=0.06)


def test_calcium_in_albumin_spares_ionised_calcium(after):
    one = "plasma_exchange 0.5 PV over 75 min once with"
    hours = np.arange(0.1, 5.0, 0.1)
    lows = [
        after(f"{one} {fluid}; {one} FFP from 75 min", *hours)["citrate.ionised_calcium"].min()
        / 1e6
        for fluid in ("albumin 5 %", "albumin 5 % with calcium")
    ]
    assert lows == pytest.approx([0.78, 0.92], abs=0.06)  # target 23
