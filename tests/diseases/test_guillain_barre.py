"""Guillain-Barré syndrome: who enters a trial, what foretells the outcome, what C5 has to do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import indicator, symbols
from immunarium.dosing import Regimen
from immunarium.literature import load_study
from immunarium.population import Eligible, Population
from immunarium.population.checks import checks
from immunarium.trial import run_trial
from immunarium.trial.simulation import simulate

DISEASE = registry.disease("guillain_barre")


@pytest.fixture(scope="module")
def treated():
    """Patients after IVIg, rated; a row for each, columns by scale and day."""
    study = load_study("vankoningsveld-2007")
    study = replace(study, targets=study.targets[:1], assumed=())
    result = run_trial(study, pool=200, replicates=2, workers=1, sweep=False)
    ratings = next(iter(result.arms.values())).ratings
    return ratings.pivot(index="patient", columns=["score", "planned_day"], values="value")


def test_the_lead_in_of_the_disease_is_that_of_the_nerve():
    typical = Population.typical(DISEASE).table.iloc[0]
    assert typical["acute_nerve.lead_in"] == DISEASE.lead_in


def test_a_condition_on_what_is_infused_finds_nothing_infused_at_the_start():
    infused = "igg.infused_now"
    none = Eligible("nothing", indicator(1.0 - DISEASE.model.graph.value(infused)))
    (check,) = checks((), (none,), DISEASE.model, led=True)
    assert not symbols(check.value)
    assert Population.typical(registry.disease("healthy")).at_start(infused) == 0


def test_who_enters_cannot_walk_unaided(treated):
    assert (treated["GBS disability"][0.0] >= 3).all()


def test_the_score_at_two_weeks_tells_who_will_not_walk(treated):
    """Area under its curve at least 0.80, as van Koningsveld 2007 has it in both of its sets."""
    score, walks = treated["EGOS"][14.0], treated["GBS disability"][182.0] <= 2
    lame, well = score[~walks].dropna().to_numpy(), score[walks].dropna().to_numpy()
    above = (lame[:, None] > well).mean() + (lame[:, None] == well).mean() / 2
    assert above >= 0.80


def test_a_small_rise_of_igg_goes_with_slow_recovery(treated):
    """Direction of Kuitwaard 2009: fewer walk in the lowest quarter."""
    rise = treated["serum IgG"][14.0] - treated["serum IgG"][0.0]
    walks = treated["GBS disability"][56.0] <= 2
    low, high = np.nanquantile(rise, [0.25, 0.75])
    assert walks[rise < low].mean() < walks[rise > high].mean()


def test_igg_of_the_untreated_falls_with_the_illness_and_comes_back():
    data = simulate(
        DISEASE, registry.therapies(), Regimen.parse("none"), n=24, days=360, workers=1,
        keep="igg.fold,acute_nerve.strength,survival.cumulative",
    )  # fmt: skip
    igg, strength = data["igg.fold"], data["acute_nerve.strength"].isel(time=-1).to_numpy()
    lowest = igg.min("time").median()
    strong = strength > 0.9
    assert strong.any()
    assert lowest < 0.95
    assert np.median(igg.isel(time=-1).to_numpy()[strong]) == pytest.approx(1, abs=0.05)


def test_miller_fisher_syndrome_is_refused():
    with pytest.raises(ValueError, match="no claim is made"):
        registry.disease("miller_fisher")
