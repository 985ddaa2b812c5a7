"""How well a reading foretells: area under the curve, and hazard ratio between quarters."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from lifelines import CoxPHFitter
from scipy.stats import mannwhitneyu

from immunarium import registry
from immunarium.core import ImmunoError
from immunarium.inference.outputs import outputs
from immunarium.literature import load_study
from immunarium.literature.vocabulary.comparison import ObservableOfFile
from immunarium.trial import Observable, Target
from immunarium.trial.foretell import area_under_curve, ratio_of_quarters
from immunarium.trial.observe import probe
from immunarium.trial.probes import Raters
from immunarium.trial.ratings import Ratings
from immunarium.trial.score import Replicates, score

DAY = 24.0
PLANNED = (0.0, 14.0, 35.0, 49.0)
RATERS = Raters("GBS", {"GBS disability": "g.d", "EGOS": "g.e", "serum IgG": "g.i"}, PLANNED)
GRAPH = registry.disease("healthy").model.graph
AUC = {"auc": "GBS disability >= 3", "at": "49 d", "of": "EGOS", "when": "14 d"}
RATIO = {
    "hazard_ratio": "GBS disability <= 2", "of": "serum IgG", "read": "change", "when": "14 d",
}  # fmt: skip


def target(made: Observable, unit: str = "1") -> Target:
    return Target("t", "t", "a", made, 0.8, unit, "memory", "report", "for tests")


def asks(asked: dict[str, str], unit: str = "1"):
    made = ObservableOfFile.model_validate(asked).made()
    return probe(target(made, unit), GRAPH, {}, 60 * DAY, RATERS)


def values(asked, cohort, unit="1"):
    found = asks(asked, unit)
    assert found.read is not None
    return found.counted(cohort, found.read(cohort))


def pairs(reading, came):
    return np.array([reading, came], dtype=np.float64).T


@pytest.fixture(scope="module")
def cohort():
    """Five patients: the fourth has died after two weeks, the fifth before."""
    scores = {
        "GBS disability": [[4, 3, 2, 1], [4, 4, 3, 3], [3, 3, 2, 2], [5, 5, 6, 6], [5, 6, 6, 6]],
        "EGOS": [[5, 3, 2, 1], [6, 5, 4, 4], [4, 3, 3, 3], [7, 7, None, None], [7, *[None] * 3]],
        "serum IgG": [[10, 20, 14, 19], [11, 15, 12, 18], [9, 12, 10, 12], [9, 11, 9, 9], [9] * 4],
    }  # fmt: skip
    values = {name: np.array(rows, dtype=np.float64) for name, rows in scores.items()}
    days = np.broadcast_to(PLANNED, (5, 4))
    came, died = ~np.isnan(values["EGOS"]), np.arange(5) >= 3
    rated = Ratings(PLANNED, days, came, values, np.full(5, np.inf), died)
    return SimpleNamespace(ratings=rated, failed=np.zeros(5, dtype=bool))


def test_the_area_under_the_curve_is_that_of_mann_and_whitney() -> None:
    rng = np.random.default_rng(1)
    reading, has = rng.integers(1, 8, 80).astype(float), rng.random(80) < 0.3
    u = mannwhitneyu(reading[has], reading[~has]).statistic
    unknown = np.array([[np.nan, 1.0], [3.0, np.nan]])
    found = area_under_curve(np.stack([np.vstack([pairs(reading, has), unknown])] * 2))
    assert found == pytest.approx(np.full(2, u / (has.sum() * (~has).sum())))


def test_readings_that_are_alike_foretell_nothing_and_one_outcome_has_no_area() -> None:
    same = pairs(np.full(6, 3), np.arange(6) % 2)
    assert area_under_curve(same) == 0.5
    assert np.isnan(area_under_curve(np.array([[1.0, 0.0], [2.0, 0.0]])))
    assert np.isnan(ratio_of_quarters(same))
    assert np.isnan(ratio_of_quarters(np.full((3, 2), np.nan)))


def test_the_hazard_ratio_is_that_of_cox_between_the_quarters() -> None:
    rng = np.random.default_rng(2)
    reading = rng.normal(size=100)
    time, event = np.ceil(rng.exponential(20 * np.exp(-reading))), rng.random(100) < 0.8
    table = pd.DataFrame({"time": time, "event": event, "reading": reading})
    low, high = np.quantile(reading, (0.25, 0.75))
    table = table[(reading <= low) | (reading >= high)]
    table = table.assign(high=(table.pop("reading") >= high).astype(float))
    wanted = CoxPHFitter().fit(table, "time", "event").hazard_ratios_["high"]
    assert wanted > 1
    assert ratio_of_quarters(pairs(reading, np.where(event, time, -time))) == pytest.approx(
        wanted, rel=1e-4
    )


def test_who_has_died_since_the_reading_does_not_walk_and_who_died_before_it_does_not_count(cohort):
    found = values(AUC, cohort)
    assert found[:4].tolist() == [[3, 0], [5, 1], [3, 0], [7, 1]]
    assert np.isnan(found[4, 0])
    assert area_under_curve(found) == 1


def test_a_change_foretells_when_patients_walk(cohort):
    found = values(RATIO, cohort)
    assert found.tolist() == [[10, 35], [4, -49], [3, 35], [2, -49], [0, -49]]
    low = values({**RATIO, "read": "fold"}, cohort)
    assert low[0].tolist() == [2, 35]


def test_trials_are_drawn_with_each_reading_beside_its_outcome() -> None:
    """Width by Hanley and McNeil 1982 of normal readings, and of a pool four times as large."""
    rng = np.random.default_rng(3)
    has = np.arange(400) % 2
    each = pairs(rng.normal(size=400) + has, has)
    made = ObservableOfFile.model_validate(AUC).made()
    found = score(target(made), each, 100, Replicates(1, 400))
    a, n = found.simulated, 50
    assert a == area_under_curve(each)
    q1, q2 = a / (2 - a) - a**2, 2 * a**2 / (1 + a) - a**2
    error = np.sqrt((a * (1 - a) + (n - 1) * (q1 + q2)) / n**2 * (1 + 100 / 400))
    low, high = found.interval90
    assert low < a < high
    assert (high - low) / (2 * 1.645) == pytest.approx(error, rel=0.15)


def test_a_variation_is_within_a_patient_over_the_turns(cohort):
    asked = {"mean": "variation", "of": "serum IgG", "since": "0 d", "at": "14 d", "every": "35 d"}
    found = values(asked, cohort, "%")
    changes = np.array([[10, 5], [4, 6], [3, 2], [2, 0]])
    wanted = 100 * changes.std(axis=1, ddof=1) / changes.mean(axis=1)
    assert found[:4] == pytest.approx(wanted)
    assert np.isnan(found[4])


@pytest.mark.parametrize(
    ("asked", "unit", "why"),
    [
        ({**AUC, "when": "15 d"}, "1", "Nobody is rated on day 15"),
        (AUC, "%", "The unit of auc is 1, not '%'"),
        ({**AUC, "of": "EGOSS"}, "1", "Did you mean EGOS"),
        ({**AUC, "auc": "death"}, "1", "said of a score, not 'death'"),
        ({k: v for k, v in AUC.items() if k != "when"}, "1", "write when = '2 week'"),
        ({k: v for k, v in AUC.items() if k != "at"}, "1", "write 'at' or 'by'"),
        ({**RATIO, "at": "49 d"}, "1", "leave at, by, until and since out"),
        ({"mean": "value", "of": "EGOS", "at": "14 d", "when": "14 d"}, "1", "of what foretells"),
        ({"mean": "variation", "of": "EGOS", "at": "14 d"}, "%", "write since = '0 d'"),
        (
            {"mean": "variation", "of": "EGOS", "since": "0 d", "at": "14 d", "every": "45 d"},
            "%",
            "does not come again",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused(asked: dict[str, str], unit: str, why: str) -> None:
    with pytest.raises((ImmunoError, ValueError), match=why):
        asks(asked, unit)


def test_no_patient_has_a_value_of_what_compares_patients() -> None:
    study = load_study("vankoningsveld-2007")
    with pytest.raises(ImmunoError, match="compares patients with each other"):
        outputs(["D36.auc"], study, study.disease.model.graph, "ivig")
