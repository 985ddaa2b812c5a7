"""After a reaction an infusion is stopped for half an hour and goes on at half the rate."""

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import Row
from immunarium.dosing import Regimen
from immunarium.population import Population
from immunarium.trial import Arm, Trial
from immunarium.trial.bench import Bench

REACTED = "infusion_reaction.chills > draw.chills"
PARTS = "ivig 0.1 g/kg IV over 1 h once; ivig 0.3 g/kg IV over 2 h once from 1 h"
RULES = f"delay ivig by 30 min when {REACTED} at most 1 time; slow ivig to 50 % when {REACTED}"


@pytest.fixture(scope="module")
def arms():
    """Thirty adults who react easily, with the rule and without."""
    disease, therapies = registry.content("healthy")
    often = Row("infusion_reaction", "hazard_0", "4", "1/h", 0.0, "", "assumed", "test", "", "", 1)
    patients = Population.sample(disease, 30, seed=1, study=[often])
    texts = {"ruled": f"{PARTS}; {RULES}", "plain": PARTS}
    arms = tuple(Arm(name, name, Regimen.parse(text), 30) for name, text in texts.items())
    trial = Trial(
        "reactions", "", disease, therapies, arms, disease.shares, (0.0, 6.0, 24.0), 24.0, (),
        rules_see="state",
    )  # fmt: skip
    bench = Bench.of(trial, patients.graph)
    return [bench.follow(arm.regimen, patients, workers=1) for arm in arms]


def test_only_who_reacts_in_the_first_part_is_stopped_and_slowed(arms):
    ruled, plain = arms
    early = np.flatnonzero(plain.events["Chills"] < 1.0)
    assert 3 < len(early) < 30
    for action in ("delayed", "slowed"):
        mine = ruled.decisions[ruled.decisions["action"] == action]
        assert mine["patient"].tolist() == early.tolist()
    slowed = ruled.decisions[ruled.decisions["action"] == "slowed"]
    assert np.allclose(slowed["day"], 1.5 / 24), "half an hour after the first part"


def test_nothing_of_the_dose_is_lost_and_it_takes_twice_as_long(arms):
    ruled, _ = arms
    second = ruled.doses[ruled.doses["day"] > 0.03]
    assert (second["share"] == 1).all()
    assert set(np.round(second["hours"], 2)) >= {2 * second["hours"].min()}
