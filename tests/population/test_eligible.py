"""Who is taken: plausible, eligible, counted by what refused the others."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from immunarium.core import Disease, UnitError, const, indicator, symbol
from immunarium.population import (
    Eligible,
    Marginal,
    Population,
    PopulationError,
    Sampler,
    baseline_graph,
)

YOUNG = Eligible("person.age < 60 year", indicator(const(60.0) - symbol("person.age")))


def test_only_eligible_patients_are_taken_and_keep_their_draws(person: Disease) -> None:
    everybody = Population.sample(person, 200, 5).table
    taken = Population.sample(person, 60, 5, eligible=[YOUNG]).table
    assert taken["person.age"].max() < 60
    assert everybody.loc[everybody["person.age"] < 60].head(60).equals(taken)


def test_each_refused_draw_is_counted_once_by_what_refused_it(
    make: Callable[..., Disease],
) -> None:
    disease = make(at_most=1.5)
    taken = Population.sample(disease, 80, 5, eligible=[YOUNG])
    assert sum(taken.reasons.values()) == taken.refused
    drawn = len(taken) + taken.refused
    everybody = Sampler(make(at_most=1e9), 5).table(0, drawn)
    assert len(everybody) == drawn
    implausible = everybody["person.normal"] / everybody["person.lognormal"] > 1.5
    old = everybody["person.age"] >= 60
    bound = next(name for name in taken.reasons if name.startswith("person.ratio"))
    assert taken.reasons[bound] == implausible.sum() > 0
    assert taken.reasons[YOUNG.text] == (old & ~implausible).sum() > 0


def test_a_condition_that_nobody_meets_is_named(person: Disease) -> None:
    never = Eligible("person.age < 0 year", const(0.0))
    with pytest.raises(PopulationError, match=r"plausible and eligible.*person.age < 0 year"):
        Population.sample(person, 5, 1, eligible=[never])


def test_conditions_at_the_start_may_name_covariates(person: Disease) -> None:
    graph = baseline_graph(person.build())
    assert graph.units["person.age"] == "year"
    assert graph.value("person.age") is symbol("person.age")
    assert graph.value("person.ratio") is person.build().graph.value("person.ratio")


def test_a_new_covariate_moves_nobody(make: Callable[..., Disease]) -> None:
    before = Population.sample(make(), 50, 5).table
    after = Population.sample(make(taller=True), 50, 5).table
    assert after["person.height"].nunique() == 50
    assert after[before.columns].equals(before)


def test_what_is_at_the_start_is_read_in_any_unit(person: Disease) -> None:
    patients = Population.sample(person, 5, 5)
    years, days = patients.at_start("person.age"), patients.at_start("person.age", "day")
    assert days / years == pytest.approx(365.25)
    ratio = patients.table["person.normal"] / patients.table["person.lognormal"]
    assert (patients.at_start("person.ratio") == ratio).all()
    with pytest.raises(UnitError):
        patients.at_start("person.age", "kg")
    with pytest.raises(PopulationError, match=r"no 'person.aeg'.* Did you mean person.age"):
        patients.at_start("person.aeg")


def test_values_for_weights_are_in_the_units_of_what_was_published(person: Disease) -> None:
    patients = Population.sample(person, 5, 5)
    months = Marginal("person.age", "x", "month", mean=600, sd=100)
    values = patients.values([months, Marginal("histology", "x", shares={"young": 1, "old": 0})])
    assert list(values) == ["person.age", "histology"]
    assert (values["person.age"] == patients.table["person.age"] * 12).all()
