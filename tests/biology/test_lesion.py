"""Large lesions grow slowly, lose what effectors see, and never regrow from less than a cell."""

from copy import copy

import numpy as np
import pytest

from immunarium.biology.lesion import Lesion
from immunarium.biology.tumour import Tumour
from immunarium.core import evaluate
from immunarium.parameters import check_module

DAY = 24.0
CLONES = ("lesion_1.sensitive", "lesion_1.resistant", "lesion_1.volume", "lesion_12.volume")


def values_of(person):
    table = person.population.table
    known = {c: table[c].to_numpy()[0] for c in table.columns if c != "histology"}
    return known | dict(
        zip(person.graph.parameters, person.population.parameters()[0], strict=True)
    )


def value(person, path, **changed):
    known = values_of(person) | {k.replace("__", ".", 1): v for k, v in changed.items()}
    (got,) = evaluate([person.graph.value(path)], known)
    return float(got)


def with_values(person, **values):
    twin = copy(person)
    columns = {k: np.array([v]) for k, v in values.items()}
    twin.population = person.population.with_values(**columns)
    return twin


def test_the_module_passes_the_conformance_suite():
    check_module(Lesion("lesion_1"), Tumour())


def test_a_30_mm_lesion_grows_at_the_quoted_rate_and_larger_ones_more_slowly(patient):
    quoted = values_of(patient)["lesion_1.growth"]
    rates = [
        value(patient, "lesion_1.growth_rate", lesion_1__sensitive=v, lesion_1__resistant=0.0)
        for v in (1e-6, 14e-3, 0.5, 2.9)
    ]
    assert rates[1] == pytest.approx(quoted, rel=1e-6)
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] > 0


def test_no_tumour_grows_faster_than_the_fastest(patient):
    fastest = values_of(patient)["lesion_1.fastest"]
    rate = value(patient, "lesion_1.growth_rate", lesion_1__growth=10 * fastest)
    assert 0.95 * fastest < rate < fastest


def test_an_empty_slot_stays_exactly_empty(patient):
    assert values_of(patient)["lesion_12.start"] == 0
    volume = patient.follow(patient.high_dose(10), [0.0, 300 * DAY], *CLONES)["lesion_12.volume"]
    assert volume.tolist() == [0.0, 0.0]


@pytest.mark.parametrize(("cells", "grows"), [(0.9, False), (3.0, True)])
def test_a_clone_of_less_than_one_cell_never_comes_back(patient, cells, grows):
    clone = cells * values_of(patient)["lesion_1.one_cell"]
    person = with_values(patient, lesion_1__sensitive=0.0, lesion_1__resistant=clone)
    years = person.follow([], [0.0, 2000 * DAY], *CLONES)["lesion_1.resistant"]
    assert bool(years[1] > 2 * years[0]) is grows


@pytest.mark.parametrize(("called", "name"), [(3.0, "k_arrive"), (0.25, "k_leave")])
def test_t_cells_come_fast_and_go_slowly(patient, called, name):
    known = values_of(patient)
    effectors = called * known["priming.effectors"]
    rate = patient.graph.rates[patient.graph.states.index("lesion_1.infiltrate")]
    (got,) = evaluate([rate], known | {"priming.effectors": effectors})
    assert got == pytest.approx(known[f"lesion_1.{name}"] * (called - 1), rel=0.01)


def test_infused_killers_reach_lung_lesions_four_times_as_much_and_the_hosts_do_not(patient):
    for cells, ratio in (("lak__tissue", 4.0), ("lak__host", 1.0)):
        lung, liver = (
            value(patient, "lesion_1.killing_LAK", **{cells: 1e10, "lesion_1__in_lung": place})
            for place in (1.0, 0.0)
        )
        assert lung == pytest.approx(ratio * liver)


def test_infused_killers_alone_cannot_shrink_a_lesion(patient):
    lak = [(48.0 * i, 0.5, "lak.lung", 2e10) for i in range(4)]
    person = with_values(patient, lesion_1__potency=0.0)
    volume = person.follow(person.high_dose(10) + lak, np.linspace(0, 90, 31) * DAY, *CLONES)[
        "lesion_1.volume"
    ]
    assert volume.min() > 0.97 * volume[0]
