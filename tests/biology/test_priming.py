"""Responders are patients whose effectors come to grow; nothing labels them."""

from copy import copy

import numpy as np

from immunarium.biology.antigen import Antigen
from immunarium.biology.priming import Priming
from immunarium.biology.survival import Survival
from immunarium.biology.tumour import Tumour
from immunarium.core import evaluate
from immunarium.parameters import check_module

DAY = 24.0
HALF = 0.05  # nmol/L
WATCHED = ("priming.memory", "priming.effectors", "priming.drive", "tumour.burden")


def with_values(person, **values):
    twin = copy(person)
    columns = {k: np.array([v]) for k, v in values.items()}
    twin.population = person.population.with_values(**columns)
    return twin


def two_cycles(person):
    cycle = person.high_dose(10)
    return cycle + [(at + 14 * DAY, *rest) for at, *rest in cycle]


def occupancy(person, first, last):
    hours = np.linspace(first, last, 2001)
    il2 = person.follow(person.high_dose(int(last // 8)), hours, "il2.organ_free")["il2.organ_free"]
    return np.mean(il2 / (il2 + HALF))


def test_the_modules_pass_the_conformance_suite():
    for module in (Priming(), Antigen(), Tumour(), Survival()):
        check_module(module)


def test_primed_cells_would_be_four_fifths_occupied_if_nobody_ate_il2(cell_free):
    assert 0.75 < occupancy(cell_free, 56.0, 64.0) < 0.87


def test_cells_that_eat_il2_leave_primed_cells_less_with_every_day(person):
    first, fourth = occupancy(person, 0.0, 8.0), occupancy(person, 72.0, 80.0)
    assert fourth < first - 0.1 < 0.6


def test_the_stem_like_pool_outlasts_il2_by_months(patient):
    days = np.array([0.0, 20.0, 110.0])
    memory = patient.follow(two_cycles(patient), days * DAY, *WATCHED)["priming.memory"]
    assert memory[0] == 1.0
    assert memory[1] > 1.5
    assert memory[2] - 1 > 0.6 * (memory[1] - 1)


def test_a_tumour_shrinks_where_il2_carries_the_drive_past_one_and_not_elsewhere(patient):
    days = np.array([0.0, 20.0, 200.0])
    runs = {}
    for name, u in (("seen", 2.2), ("ignored", 0.5)):
        person = with_values(patient, priming__immunogenicity=u)
        runs[name] = person.follow(two_cycles(person), days * DAY, *WATCHED)
    assert runs["seen"]["priming.drive"][0] < 1 < runs["seen"]["priming.drive"][1]
    assert runs["ignored"]["priming.drive"][1] < 1
    assert runs["seen"]["tumour.burden"][2] < 0.5 * runs["seen"]["tumour.burden"][0]
    assert runs["ignored"]["tumour.burden"][2] > 0.9 * runs["ignored"]["tumour.burden"][0]


def test_effectors_stay_below_their_limit(patient):
    person = with_values(patient, priming__immunogenicity=20.0)
    days = np.linspace(0, 100, 101)
    effectors = person.follow(two_cycles(person), days * DAY, *WATCHED)["priming.effectors"]
    limit = person.population.table["priming.effector_limit"].iloc[0]
    assert 0.8 * limit < effectors.max() <= limit


def test_treg_hold_effectors_back_and_pd1_more(patient):
    table = patient.population.table
    values = {c: table[c].to_numpy()[0] for c in table.columns if c != "histology"}
    values |= {"treg.organ": 2 * values["treg.organ"], "priming.treg_0": values["treg.organ"]}
    (reach,) = evaluate([patient.graph.value("priming.reach")], values)
    free = 1 - values["priming.checkpoint"]
    assert 0.6 * free < reach < 0.9 * free
