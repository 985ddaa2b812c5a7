"""Why patients had an outcome: what differs is not always what made it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from immunarium.core import ImmunoError, Row
from immunarium.inference import Explanation, SensitivityError, explain
from immunarium.inference.association import differences
from immunarium.population import stream
from immunarium.report import why
from immunarium.trial import Trial

ROWS = "lesion_*.kill"


@pytest.fixture
def trial(trial: Trial) -> Trial:
    """The tiny trial, with lesions that a drug may kill."""
    kill = (
        Row(lesion, "kill", "0.02", "L/(mg h)", 1.0, "", "assumed", "a test", "", "test", 1)
        for lesion in ("lesion_1", "lesion_2")
    )
    return replace(trial, rows=tuple(kill))


@pytest.fixture(scope="module")
def held() -> dict[str, Explanation]:
    return {}


@pytest.fixture
def found(trial: Trial, held: dict[str, Explanation]) -> Explanation:
    if not held:  # the same for every test
        held["it"] = explain(trial, pool=80, patient=3)
    return held["it"]


def test_responders_have_lesions_that_grow_slowly_and_die_easily(found: Explanation) -> None:
    assert 0 < found.share < 100
    growth = found.differences.loc["lesion_*.growth"].to_dict()
    assert found.differences.index[0] == "lesion_*.growth"
    assert growth["smd"] < -0.5
    assert growth["auc"] < 0.4
    assert growth["p"] <= growth["p_adjusted"] < 0.05
    assert found.swapped.index[0] == ROWS  # no large difference, and yet what costs most
    assert found.swapped["lost"][ROWS] > 0


def test_what_the_outcome_does_not_read_costs_nobody_anything(trial: Trial) -> None:
    found = explain(trial, "drug.plasma > 2.5 mg/L", pool=40)
    assert list(found.swapped.T["lesion_*.growth"]) == [0.0, 0.0]
    assert found.swapped.T["drug.space"].max() > 0


def test_if_everybody_had_more_of_it_more_would_respond(found: Explanation) -> None:
    forced = found.forced[found.forced["number"] == ROWS]
    assert forced["share"].is_monotonic_increasing
    assert forced["share"].iloc[-1] > forced["share"].iloc[0]
    fifths = found.observed[found.observed["number"] == ROWS]
    assert fifths["patients"].sum() == 80
    assert (fifths["share_low"] <= fifths["share"]).all()


def test_one_patient_is_run_again_with_each_median(trial: Trial, found: Explanation) -> None:
    case = found.case
    assert case is not None
    assert not case.outcomes.loc["none", "outcome"]
    assert bool(case.outcomes.loc["full", "outcome"]) == case.outcome
    own = case.swaps.loc["patient.weight"].to_dict()
    assert own["median"] == pytest.approx(70.0)
    assert 0 <= own["percentile"] <= 100
    assert (case.swaps["flips"] == (case.swaps["outcome"] != case.outcome)).all()
    flipped = case.swaps["flips"].to_numpy()
    assert (np.diff(flipped.astype(int)) <= 0).all()  # those that flip it come first


def test_the_same_seed_says_the_same(trial: Trial, found: Explanation) -> None:
    again = explain(trial, pool=80, patient=3, workers=1)
    assert again.as_dict() == found.as_dict()


def test_a_patient_who_is_not_there_is_refused(trial: Trial) -> None:
    with pytest.raises(SensitivityError, match="no patient 999 among these 20"):
        explain(trial, pool=20, patient=999)


def test_an_outcome_that_nobody_has_cannot_be_explained(trial: Trial) -> None:
    with pytest.raises(SensitivityError, match="0 of 20 patients had the outcome"):
        explain(trial, arm="none", pool=20)


def test_a_reading_is_no_outcome(trial: Trial) -> None:
    with pytest.raises(ImmunoError, match="no yes or no"):
        explain(trial, "peak of drug.plasma", pool=20)


def test_a_trial_without_visits_has_no_response(trial: Trial) -> None:
    blind = replace(trial, visits=None, targets=())
    with pytest.raises(ImmunoError, match="no visits"):
        explain(blind, pool=20)


def test_the_page_tells_of_the_patient_and_warns_of_causes(
    found: Explanation, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    why.write(found, "immunarium explain tiny", page)
    text = page.read_text(encoding="utf-8")
    assert "Patient 3" in text
    assert "is no cause" in text
    assert text.count("<svg") >= 5
    assert "src=" not in text


# ---------------------------------------------------------------------------------- associations


def noise(n: int, numbers: int) -> pd.DataFrame:
    draws = stream(1, "noise of a test").standard_normal((n, numbers))
    return pd.DataFrame(draws, columns=[f"x{i}" for i in range(numbers)])


def test_the_largest_of_many_differences_by_chance_is_not_significant() -> None:
    had = (np.arange(200) % 4 == 0).astype(float)
    table = differences(noise(200, 100), had, seed=1)
    assert table["p"].min() < 0.05  # of a hundred, some are
    assert table["p_adjusted"].min() > 0.05


def test_a_true_difference_is_found_among_many_and_measured() -> None:
    numbers, had = noise(200, 100), (np.arange(200) % 4 == 0).astype(float)
    numbers["true"] = numbers["x0"] * 0.5 + had
    table = differences(numbers, had, seed=1)
    assert table.index[0] == "true"
    assert table["p_adjusted"].iloc[0] < 0.01
    a, b = numbers["true"][had == 1], numbers["true"][had == 0]
    pooled = np.sqrt((a.var() + b.var()) / 2)
    assert table.loc["true", "smd"] == pytest.approx((a.mean() - b.mean()) / pooled)
    wins = np.mean([x > y for x in a for y in b])
    assert table.loc["true", "auc"] == pytest.approx(wins)
