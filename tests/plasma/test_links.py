"""Each way in which an immunoglobulin acts is one link, which a weight of 0 cuts."""

import numpy as np
import pytest

DAYS = np.array([0.0, 0.1, 1.0, 3.0, 5.0, 14.0, 28.0])
LINKS = ("a1", "a2", "a3", "b", "c1", "c2", "d", "e", "f", "g")
# what each link, and only it, moves: the value that it has without IgG
MOVED = {
    "a1": {"idiotype.free": 1.0},
    "a2": {"idiotype.b_cells": 1.0},
    "b": {"complement.scavenging": 1.0, "complement.c4_use": 0.0},
    "d": {"inflammation.spared": 1.0, "inflammation.il10": 1.0},
    "e": {"t_help.held": 0.0, "t_help.regulatory": 1.0},
    "g": {"dendritic.maturation": 1.0},
}


@pytest.fixture(scope="module")
def course(adult):
    return adult.ivig(0.4, range(5))


@pytest.fixture(scope="module")
def curves(adult, course):
    """No link cut, each one cut, and only it left, in the same adult with a superantigen."""
    none = {f"ivig_links.{x}": 0.0 for x in LINKS}
    ill = {"superantigen.exposure": 1.0}
    cut = [ill | {f"ivig_links.{x}": 0.0} for x in LINKS]
    return adult.follow(course, DAYS, ill, *cut, ill | none)


def variant(curves, link):
    return {path: curve[1 + LINKS.index(link)] for path, curve in curves.items()}


@pytest.mark.parametrize("link", MOVED)
def test_a_weight_of_0_cuts_the_link_exactly(curves, link):
    for path, untreated in MOVED[link].items():
        assert np.all(variant(curves, link)[path] == pytest.approx(untreated, abs=1e-12)), path
        assert np.any(np.abs(curves[path][0] - untreated) > 1e-3), "the link acts where it is left"


def test_without_competition_for_fcrn_infused_igg_speeds_no_catabolism(curves, adult):
    untreated = adult.usual.at_start("fcrn.catabolism")[0]
    rate = variant(curves, "a3")["fcrn.catabolism"]
    assert rate == pytest.approx(untreated, rel=1e-9)
    assert curves["fcrn.catabolism"][0].max() > 1.5 * untreated


def test_saturation_and_fcgriib_are_two_links_on_phagocytosis(curves, adult):
    most = adult.usual.table["fc_receptor.most"][0]
    weight = adult.usual.table["ivig_links.c2"][0]
    without_c1, without_c2 = variant(curves, "c1"), variant(curves, "c2")
    only_iib = 1 - weight * most * without_c1["fc_receptor.iib"]
    assert without_c1["fc_receptor.phi"] == pytest.approx(only_iib, rel=1e-12)
    only_filled = 1 - without_c2["fc_receptor.filled"]
    assert without_c2["fc_receptor.phi"] == pytest.approx(only_filled, rel=1e-12)


def test_a_superantigen_acts_in_full_where_its_antibodies_are_cut(curves, adult):
    alone = adult.follow([], DAYS, {"superantigen.exposure": 1.0})["superantigen.activated"][0]
    assert variant(curves, "f")["superantigen.activated"] == pytest.approx(alone, rel=1e-9)
    assert curves["superantigen.activated"][0, 3] < alone[3]


def test_without_exposure_there_is_no_superantigen(adult, course):
    assert np.all(adult.follow(course, DAYS)["superantigen.activated"] == 0.0)


def test_with_every_link_cut_an_immunoglobulin_is_only_there(curves, adult):
    alone = adult.follow([], DAYS, {"superantigen.exposure": 1.0})
    igg = ("igg", "fresh", "csf", "fc_receptor.filled", "fc_receptor.iib")
    for path in adult.paths:
        if not path.startswith(igg):
            assert curves[path][-1] == pytest.approx(alone[path][0], rel=1e-7, abs=1e-12), path


def test_cytokines_are_those_of_reuben_at_the_end_of_five_days(adult, course):
    ill = {"inflammation.tnf_0": 65.5e-6}  # pg/mL, in mg/L
    cut = ill | {f"ivig_links.{x}": 0.0 for x in ("c1", "c2", "d", "g")}
    treated, untouched = adult.follow(course, DAYS, ill, cut)["inflammation.tnf_plasma"] * 1e6
    assert treated[DAYS == 5.0] < 35  # what that assay calls raised is 35-182 pg/mL
    assert untouched[DAYS == 5.0] == pytest.approx(65.5)


def test_il10_rises_within_hours_while_tnf_falls(curves, adult):
    alone = adult.follow([], DAYS, {"superantigen.exposure": 1.0})
    assert curves["inflammation.il10"][0, 1] > 1.1
    assert curves["inflammation.il1b"][-1] == pytest.approx(curves["inflammation.tnf"][-1])
    markers = ("tgfb_mrna.level", "mhc1.level", "icam1.level", "lfa1.level")
    assert all(curves[m][0, 4] < 0.9 * alone[m][0, 4] for m in markers)
    assert all(alone[m][0, 4] > 1.01 for m in markers), "a superantigen raises what they induce"


def test_an_antibody_whose_idiotype_donors_do_not_know_is_left_alone(adult, course):
    known, unknown = ({"idiotype.known": x} for x in (1.0, 0.0))
    cut = {"ivig_links.a1": 0.0, "ivig_links.a2": 0.0}
    curves = adult.follow(course, DAYS, known, unknown, cut)
    for path in ("idiotype.free", "idiotype.b_cells", "autoantibody.plasma"):
        assert curves[path][1] == pytest.approx(curves[path][2], rel=1e-9), path
        assert np.any(np.abs(curves[path][0] - curves[path][1]) > 1e-4), path
