"""A visit may stand for the baseline: patients are drawn to their arms after a run-in."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from immunarium.core import ImmunoError
from immunarium.trial import Observable, Target
from immunarium.trial.endpoint import STOPPED, Endpoint, Estimand
from immunarium.trial.observe_rated import among, rating, reached, time_to
from immunarium.trial.probes import Raters
from immunarium.trial.protocol import TrialError
from immunarium.trial.rated import read_score
from immunarium.trial.ratings import Ratings
from immunarium.trial.watch import _change

WEEK = 7 * 24.0
PLANNED = (0.0, 70.0, 84.0, 98.0)
INCAT = np.array([[5.0, 2, 3, 3], [5, 3, 3, 2], [4, 2, 2, 3]])
RATERS = Raters("CIDP", {"INCAT": "chronic_nerve.incat"}, PLANNED)


class Followed(SimpleNamespace):
    """As much of a cohort as endpoints of scores ask for."""

    def __len__(self):
        return len(self.ended)


@pytest.fixture(scope="module")
def cohort():
    days = np.broadcast_to(PLANNED, INCAT.shape)
    came = np.ones(INCAT.shape, bool)
    rated = Ratings(PLANNED, days, came, {"INCAT": INCAT}, np.full(3, np.inf))
    return Followed(ratings=rated, ended=np.full(3, np.nan))


def target(**observable):
    return Target(
        "", "", "a", Observable(**observable), 1.0, "1", "memory", "report", "from memory"
    )


def values(probe, cohort):
    assert probe.read is not None
    return probe.read(cohort).tolist()


def worse(cohort, **when):
    text = "INCAT worsened by 1"
    said = read_score(text)
    assert said is not None
    made = target(statistic="share", take=text, **when)
    return values(reached(made, said, RATERS), cohort)


def test_getting_worse_is_counted_from_the_visit_that_stands_for_the_baseline(cohort):
    assert worse(cohort, by=14 * WEEK) == [0, 0, 0]
    assert worse(cohort, by=14 * WEEK, since=10 * WEEK) == [1, 0, 1]
    assert worse(cohort, by=14 * WEEK, since=10 * WEEK, running=2) == [1, 0, 0]
    assert worse(cohort, at=14 * WEEK, since=12 * WEEK) == [0, 0, 1]


@pytest.mark.parametrize(
    ("take", "wanted"), [("value", [3, 2, 3]), ("change", [1, -1, 1]), ("fold", [1.5, 2 / 3, 1.5])]
)
def test_scores_are_read_against_that_visit(cohort, take, wanted):
    made = target(statistic="mean", take=take, of="INCAT", at=14 * WEEK, since=10 * WEEK)
    assert values(rating(made, RATERS), cohort) == pytest.approx(wanted)


def test_a_baseline_without_a_visit_and_a_time_since_are_refused():
    wrong = target(statistic="mean", take="fold", of="INCAT", at=14 * WEEK, since=11 * WEEK)
    with pytest.raises(Exception, match="Nobody is rated on day 77"):
        rating(wrong, RATERS)
    wrong = target(statistic="median", take="time to", of="INCAT <= 2", since=10 * WEEK)
    with pytest.raises(TrialError, match="counted from day 0"):
        time_to(replace(wrong, unit="d"), RATERS)


def test_who_stopped_treatment_before_that_visit_has_no_change_while_on_treatment(cohort):
    on = Estimand(strategies={STOPPED: "while on treatment"})
    endpoint = Endpoint("INCAT", "mean", "INCAT", 14 * WEEK, estimand=on, since=10 * WEEK)
    days = {STOPPED: np.array([15.0, 85.0, np.nan])}
    stays = np.full(3, np.inf)
    changes = _change(cohort, endpoint, days, stays)
    np.testing.assert_array_equal(changes, [np.nan, 0, 1])


def test_who_left_before_that_visit_does_not_count(cohort):
    left = np.array([15.0, 85.0, np.inf])
    gone = np.array([[0, 1, 1, 1], [0, 0, 0, 1], [0, 0, 0, 0]], bool)
    seen = np.where(gone, np.nan, INCAT)
    ratings = replace(cohort.ratings, scores={"INCAT": seen}, left=left)
    some = Followed(ratings=ratings, ended=cohort.ended)
    for text, wanted in (("worsened by 1", [np.nan, 1, 1]), ("improved by 1", [np.nan, 0, 0])):
        said = read_score(f"INCAT {text}{' or drop-out' * ('worse' in text)}")
        assert said is not None
        made = target(statistic="share", take=said.text, by=14 * WEEK, since=10 * WEEK)
        np.testing.assert_array_equal(values(reached(made, said, RATERS), some), wanted)
    early = target(statistic="share", take=said.text, by=14 * WEEK)
    assert values(reached(early, said, RATERS), some) == [0, 1, 1]


def test_until_and_since_go_in_either_order(cohort):
    asked = "INCAT worsened by 1 at 12 week"
    one, other = (
        among(f"{asked} {a} {b}", RATERS)(cohort).tolist()
        for a, b in (("until 14 week", "since 10 week"), ("since 10 week", "until 14 week"))
    )
    assert one == other == [True, False, False]
    with pytest.raises(ImmunoError, match="Cannot read"):
        among(f"{asked} since 10 week since 12 week", RATERS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("INCAT improved by 1", "write when, like 'INCAT improved by 1 at 98 d'"),
        ("INCAT <= 2", "write when, like 'INCAT <= 2 at 0 d'"),
        ("INCAT improved by 1 at 0 d", "is day 0, the baseline itself"),
        ("INCAT worsened by 1 at 10 week since 10 week", "is day 70, the baseline itself"),
        ("INCAT <= 2 at 10 week and", "'and' is followed by nothing"),
        ("and INCAT <= 2 at 10 week", "'and' is preceded by nothing"),
    ],
)
def test_who_counts_is_said_of_a_visit_at_which_it_can_be(text, said):
    with pytest.raises(TrialError, match=said):
        among(text, RATERS)


def test_a_score_at_the_baseline_is_as_found_and_has_not_moved_yet(cohort):
    assert among("INCAT <= 4 at 0 d", RATERS)(cohort).tolist() == [False, False, True]
    with pytest.raises(TrialError, match="the baseline itself"):
        worse(cohort, at=10 * WEEK, since=10 * WEEK)
