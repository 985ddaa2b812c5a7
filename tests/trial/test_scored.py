"""A disease that is scored: weakness that heals, a drug that helps and gives chills, and death."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from lifelines import KaplanMeierFitter

from immunarium.core import (
    Bound,
    Covariate,
    Disease,
    ImmunoError,
    Model,
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    quantity,
    reaction,
)
from immunarium.core.therapy import RouteTarget, Therapy
from immunarium.dosing import Regimen
from immunarium.inference.moved import Mover
from immunarium.population import Population
from immunarium.report import html, markdown, terminal
from immunarium.report.figures import summary_figure
from immunarium.report.warned import warned
from immunarium.trial import (
    Arm,
    Observable,
    Target,
    Trial,
    TrialResult,
    Visits,
    run_trial,
    score_targets,
)
from immunarium.trial.endpoint import Dropout, Endpoint
from immunarium.trial.enrolment import enrol
from immunarium.trial.powered import study_power
from immunarium.trial.rated import read_score
from immunarium.trial.ratings import Ratings
from immunarium.trial.score import Other, Replicates, score, summarise

DAY = 24.0
LEAD_IN = 5 * DAY


class Patient(Module):
    weight = Covariate("kg")


class Drug(Module):
    amount = Species("mg", doseable=True, scale=10.0)
    clearance = Parameter("1/h")

    @reaction(amount >> nothing)
    def cleared(self):
        return self.clearance * self.amount


class Nerve(Module):
    weakness = Species("1", scale=1.0)
    drug = Needs("mg")
    worst = Parameter("1")
    heals = Parameter("1/h")
    help = Parameter("1/mg")

    @quantity("1")
    def grade(self):
        return self.worst * self.weakness

    @reaction(weakness >> nothing)
    def better(self):
        return self.heals * (1 + self.help * self.drug) * self.weakness


class Death(Module):
    cumulative = Species("1", scale=0.1)
    rate = Parameter("1/h")

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.rate


class Reaction(Module):
    chills = Species("1", scale=0.1)
    drug = Needs("mg")
    per_dose = Parameter("1/(mg h)")

    @reaction(nothing >> chills)
    def adds_up(self):
        return self.per_dose * self.drug


def build() -> Model:
    drug, nerve, reacts = Drug(), Nerve(), Reaction("infusion_reaction")
    wires = {nerve.drug: drug.amount, reacts.drug: drug.amount}
    return Model(Patient(), drug, nerve, Death("survival"), reacts, wires=wires)


WEAK = Disease(
    "weak", "A nerve that heals.", build, plausible=(Bound("nerve.grade", 1.0, 5.4),),
    scores={"GBS disability": "nerve.grade"}, lead_in=LEAD_IN,
)  # fmt: skip
PILL = Therapy("pill", "The drug.", "mg", {"IV": RouteTarget("drug.amount")})
IMPROVED, WORSE = "GBS disability improved by 1", "GBS disability worsened by 1"


def target(name: str, statistic: str, take: str, unit: str, **more) -> Target:
    own = {k: more.pop(k) for k in ("arm", "among", "against", "ratio_to") if k in more}
    return Target(
        id=name, name=name, observable=Observable(statistic, take, **more), observed=0.3, unit=unit,
        tier="memory", role="report", source="invented", **{"arm": "pill", **own},
    )  # fmt: skip


TARGETS = (
    target("at", "share", IMPROVED, "1", at=28 * DAY),
    target("less", "share", IMPROVED, "1", at=28 * DAY, against="none"),
    target("times", "mean", "value", "1", of="GBS disability", at=28 * DAY, ratio_to="none"),
    target("some", "mean", "change", "1", of="GBS disability", at=28 * DAY,
           among="GBS disability >= 4 at 0 d"),
    target("ran in", "mean", "change", "1", of="GBS disability", at=28 * DAY,
           among=f"{IMPROVED} at 7 d until 14 d and {WORSE} at 28 d since 14 d"),
    target("spread", "sd", "fold", "1", of="nerve.weakness", at=28 * DAY),
    target("walks", "median", "time to", "d", of="GBS disability <= 2"),
    target("chills", "share", "event: chills", "1"),
)  # fmt: skip


@pytest.fixture(scope="module")
def trial() -> Trial:
    return Trial(
        name="weak-2000", title="A trial of weakness", disease=WEAK, therapies={"pill": PILL},
        arms=(
            Arm("pill", "Pill", Regimen.parse("pill 50 mg IV daily x 5"), 40),
            Arm("none", "Nothing", Regimen.none, 40),
        ),
        shares={"": 1.0}, record=tuple(map(float, range(0, 57 * 24, 24))), until=56 * DAY,
        courses=("nerve.grade", "drug.amount"), eligible=("GBS disability >= 3",),
        visits=Visits(days=(7.0, 14.0, 28.0, 56.0)), targets=TARGETS,
        dropout=Dropout(0.1, 56 * DAY),
    )  # fmt: skip


@pytest.fixture(scope="module")
def result(trial: Trial) -> TrialResult:
    return run_trial(trial, pool=200, replicates=300)


def scores(result: TrialResult, arm: str = "pill") -> np.ndarray:
    """Ratings of an arm, shape (patients, 1 + visits)."""
    table = result.arms[arm].ratings
    return table.pivot_table(
        index="patient", columns="visit", values="value", dropna=False
    ).to_numpy()


def simulated(result: TrialResult, name: str) -> float:
    return next(s.simulated for s in result.scores if s.id == name)


# ------------------------------------------------------------------------------- the lead-in


def test_the_trial_starts_where_the_lead_in_ends(result: TrialResult) -> None:
    patients = result.population
    assert patients is not None
    heals = patients.table["nerve.heals"].to_numpy()
    assert (patients.table["nerve.weakness"] == 1).all()
    now = patients.initial()[:, patients.model.graph.states.index("nerve.weakness")]
    assert now == pytest.approx(np.exp(-heals * LEAD_IN), rel=1e-5)
    assert patients.at_start("nerve.weakness") == pytest.approx(now)
    first = result.arms["none"].courses["nerve.grade"].sel(quantile=0.5)[0]
    assert float(first) == pytest.approx(np.median(patients.at_start("nerve.grade")), rel=1e-6)


def test_day_0_is_the_same_in_any_company_and_found_again_when_numbers_move(
    result: TrialResult,
) -> None:
    patients = result.population
    assert patients is not None
    some = patients.keep(slice(3, 7))
    assert (some.initial() == patients.initial()[3:7]).all()
    assert (some.with_table(some.table).initial() == some.initial()).all()
    moved, _ = Mover(some).move(some, {"nerve.heals": lambda centre, rows: 2 * centre})
    now = moved.initial()[:, moved.model.graph.states.index("nerve.weakness")]
    assert now == pytest.approx(np.exp(-2 * some.table["nerve.heals"] * LEAD_IN), rel=1e-5)


def test_patients_enter_by_what_the_rater_wrote_down(trial: Trial, result: TrialResult) -> None:
    assert (scores(result)[:, 0] >= 3).all()
    patients = enrol(replace(trial, eligible=()), 100, 1)
    kept = enrol(trial, 50, 1).table.index
    grade = np.round(patients.at_start("nerve.grade"))  # the scale has no error
    taken = patients.table.index[grade >= 3]
    assert list(kept[: len(taken)]) == list(taken[: len(kept)])
    assert len(taken) < 100


def test_bounds_look_at_day_0() -> None:
    late = replace(WEAK, plausible=(Bound("nerve.weakness", at_most=0.85),))
    patients = Population.sample(late, 40, 1)
    assert (patients.at_start("nerve.weakness") <= 0.85).all()
    assert patients.refused > 0


# ---------------------------------------------------------------------------- what is said


PLANNED = (0.0, 7.0, 14.0, 28.0, 56.0)


def rated(*rows: list[float], left: float = np.inf) -> Ratings:
    values = np.array(rows, dtype=float)
    days = np.tile(PLANNED, (len(rows), 1))
    came = ~np.isnan(values)
    return Ratings(PLANNED, days, came, {"QMG": values}, np.full(len(rows), left))


@pytest.mark.parametrize(
    ("said", "how", "wanted"),
    [
        ("QMG improved by 3", {"at": 14.0}, [1, 0, 0]),
        ("QMG improved by 3", {"by": 14.0}, [1, 1, 0]),
        ("QMG improved by 3", {"by": 14.0, "running": 2}, [1, 0, 0]),
        ("QMG improved by 3", {}, [1, 1, 1]),
        ("QMG improved by 3", {"running": 2}, [1, 0, 0]),
        ("QMG improved by 3", {"by": 14.0, "until": 56.0}, [0, 0, 0]),
        ("QMG improved by 3", {"by": 14.0, "until": 28.0}, [1, 0, 0]),
        ("QMG worsened by 2", {}, [0, 1, 0]),
        ("QMG <= 6", {"at": 28.0}, [1, 0, 0]),
        ("QMG improved by 50 %", {"by": 28.0}, [1, 0, 0]),
        ("QMG worsened by 2 or QMG <= 6", {}, [1, 1, 0]),
    ],
)
def test_what_is_said_of_a_score_is_so(said: str, how: dict, wanted: list[int]) -> None:
    seen = rated([12, 9, 8, 6, 10], [12, 9, 10, 14, 11], [12, np.nan, 12, 12, 8])
    reached = read_score(said)
    assert reached is not None
    assert reached.share(seen, **how).tolist() == wanted


def test_who_has_left_counts_where_it_is_said() -> None:
    seen = rated([12, 12, np.nan, np.nan, np.nan], left=10.0)
    for said, wanted in (("QMG worsened by 1", 0), ("QMG worsened by 1 or drop-out", 1)):
        reached = read_score(said)
        assert reached is not None
        assert reached.share(seen, by=28.0).tolist() == [wanted]
    plain = read_score("QMG improved by 3")
    assert plain is not None
    assert plain.time(seen).tolist() == [-7.0]  # censored where last seen


def test_who_is_never_there_is_censored_at_the_last_visit_made_and_the_dead_at_their_last() -> None:
    seen = rated([12, 9, 9, 9, 9], [12, 12, 12, 12, np.nan], [12, 12, 12, np.nan, np.nan])
    days = seen.days + np.array([[0.0], [2.0], [-1.0]]) * (seen.days > 0)  # in their windows
    seen = replace(seen, days=days, died=np.array([False, False, True]))
    reached = read_score("QMG improved by 3")
    assert reached is not None
    assert reached.time(seen).tolist() == [7.0, -30.0, -55.0]


def test_the_median_time_is_that_of_kaplan_and_meier() -> None:
    rng = np.random.default_rng(3)
    for share in (0.2, 0.6, 0.95):
        time, event = rng.integers(1, 30, 61).astype(float), rng.random(61) < share
        wanted = KaplanMeierFitter().fit(time, event).median_survival_time_
        found = summarise(np.where(event, time, -time)[None], "median time")
        assert found.tolist() == [wanted]


def test_text_that_is_not_about_a_scale_is_left_to_others() -> None:
    assert read_score("nerve.grade < 3") is None
    for wrong in ("QMG better by 3", "QMG <= 20 %", "QMG"):
        with pytest.raises(ImmunoError, match=r"QMG improved by 3|improved by 20 %"):
            read_score(wrong)


# --------------------------------------------------------------------------------- targets


def test_targets_of_scores_are_what_the_ratings_say(result: TrialResult) -> None:
    pill, none = scores(result), scores(result, "none")

    def improved(x: np.ndarray) -> float:
        return float((x[:, 0] - x[:, 3] >= 1).mean())

    assert simulated(result, "at") == pytest.approx(improved(pill))
    assert simulated(result, "less") == pytest.approx(improved(pill) - improved(none))
    assert simulated(result, "less") > 0
    ratio = np.nanmean(pill[:, 3]) / np.nanmean(none[:, 3])
    assert simulated(result, "times") == pytest.approx(ratio)
    bad = pill[pill[:, 0] >= 4]
    assert 0 < len(bad) < len(pill)
    assert simulated(result, "some") == pytest.approx(np.nanmean(bad[:, 3] - bad[:, 0]))
    assert 0 < simulated(result, "spread") < 1
    assert simulated(result, "walks") in (7.0, 14.0, 28.0, 56.0)


def test_who_counts_may_have_answered_and_then_got_worse(result: TrialResult) -> None:
    rated = scores(result)
    with np.errstate(invalid="ignore"):
        answered = ((rated[:, :1] - rated[:, 1:3]) >= 1).all(axis=1)
        some = answered & (rated[:, 3] - rated[:, 2] >= 1)
    assert 0 < some.sum() < answered.sum()
    wanted = (rated[:, 3] - rated[:, 0])[some].mean()
    assert simulated(result, "ran in") == pytest.approx(wanted)


def test_arms_of_a_trial_have_their_own_patients_and_those_of_a_crossover_the_same() -> None:
    rng = np.random.default_rng(1)
    before = rng.random(400)
    other = Other("none", before, 40, ratio=False)
    asked = TARGETS[2]
    wide, narrow = (
        score(asked, before - 0.1, 40, Replicates(1, 400, paired=same), other)
        for same in (False, True)
    )
    assert wide.simulated == narrow.simulated == pytest.approx(-0.1)
    assert np.ptp(narrow.interval90) < 1e-9
    error = np.sqrt(2 / 12 / 40)  # of the difference of two means of 40 uniform numbers
    assert np.ptp(wide.interval90) == pytest.approx(2 * 1.645 * error, rel=0.2)
    assert narrow.error < 1e-9


def test_trials_of_a_subgroup_have_those_of_the_arm_or_as_many_as_were_published() -> None:
    rng = np.random.default_rng(2)
    each = rng.random(400)
    few = np.where(np.arange(400) < 100, each, np.nan)  # a quarter count
    draws = Replicates(1, 2000)
    some = score(TARGETS[3], few, 40, draws)
    ten, forty = (score(TARGETS[3], each[:100], n, draws) for n in (10, 40))
    assert some.simulated == pytest.approx(ten.simulated)
    assert np.ptp(some.interval90) == pytest.approx(np.ptp(ten.interval90), rel=0.1)
    assert np.ptp(some.interval90) > 1.5 * np.ptp(forty.interval90)


def test_a_target_takes_its_subgroup_from_the_arm_or_its_own_number(trial: Trial) -> None:
    some = replace(TARGETS[3], role="report")
    asked = (some, replace(some, id="own", n=400))
    wide, narrow = score_targets(replace(trial, targets=asked), pool=100, replicates=200, workers=1)
    assert (wide.n, narrow.n) == (40, 400)
    assert wide.simulated == narrow.simulated
    assert np.ptp(wide.interval90) > 1.5 * np.ptp(narrow.interval90)
    for wrong in ({"n": 5, "among": ""}, {"n": 0}, {"unit": "patients"}):
        with pytest.raises(ImmunoError, match=r"write at least 1|Write n"):
            replace(some, **wrong)


def test_where_nobody_of_the_pool_counts_the_target_is_not_plainly_outside(trial: Trial) -> None:
    few = target("few", "share", IMPROVED, "1", at=28 * DAY, among="GBS disability >= 6 at 0 d")
    asked = (replace(few, role="predict", window=(0.2, 0.4)), replace(few, id="all", among=""))
    result = run_trial(replace(trial, targets=asked), pool=4, replicates=2, workers=1)
    assert np.isnan(simulated(result, "few"))
    (warning,) = warned(result)
    assert "few: nobody of the pool counts (GBS disability >= 6 at 0 d)" in warning
    assert not terminal._why(result)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (target("x", "share", "QMG improved by 3", "1", at=28 * DAY), "GBS disability"),
        (target("x", "share", IMPROVED, "1", at=20 * DAY), "visits are on days 0, 7, 14"),
        (target("x", "mean", "value", "1", of="GBS disability", at=3 * DAY), "Nobody is rated"),
        (target("x", "share", "nerve.grade < 3", "1", by=28 * DAY), "are of scores"),
        (target("x", "share", "event: headache", "1"), "no adverse event"),
        (target("x", "share", IMPROVED, "1", at=28 * DAY, among=IMPROVED), "write when"),
        (target("x", "share", IMPROVED, "1", by=3 * DAY), "No visit is after day 0 and by day 3"),
        (target("x", "share", IMPROVED, "1", at=28 * DAY, until=14 * DAY), "before day 28"),
        (target("x", "share", IMPROVED, "1", at=14 * DAY, since=28 * DAY), "before the baseline"),
        (target("x", "share", IMPROVED, "1", at=56 * DAY, running=2), "from day 56 on there are 1"),
        (target("x", "median", "time to", "d", of=IMPROVED, running=5), "there are 4 visits"),
        (target("x", "share", IMPROVED, "1", at=28 * DAY, among=f"{IMPROVED} by 3 d"), "No visit"),
        (
            target(
                "x",
                "share",
                IMPROVED,
                "1",
                at=28 * DAY,
                among=f"{IMPROVED} at 7 d and patient.age > 60 year",
            ),
            "of no score",
        ),
    ],
)
def test_targets_that_cannot_be_read_are_refused(trial: Trial, wrong: Target, said: str) -> None:
    with pytest.raises(ImmunoError, match=said):
        run_trial(replace(trial, targets=(wrong,)), pool=2, replicates=2)


# ------------------------------------------------------------------------- deaths and events


def test_the_dead_have_what_the_scale_gives_them(result: TrialResult) -> None:
    arm = result.arms["none"]
    died = arm.patients["death_day"].to_numpy()
    days = np.array(PLANNED)
    left = arm.patients["dropout_day"].fillna(np.inf).to_numpy()
    gone = (days > died[:, None]) & (died < left)[:, None]
    table = scores(result, "none")
    assert gone.any()
    assert (table[gone] == 6).all()
    assert (table[~gone & ~np.isnan(table)] < 6).all()


def test_an_adverse_event_comes_where_the_hazard_passes_the_patients_draw(
    result: TrialResult,
) -> None:
    arm, none = result.arms["pill"].patients, result.arms["none"].patients
    hazard = 5 * 50 / 0.1 * 0.004  # dose over clearance, times what each mg h adds
    assert none["event.Chills"].isna().all()
    assert hazard > 5
    first = arm["event.Chills"].to_numpy()
    share = 1 - np.exp(-0.004 * 50 / 0.1 * (1 - np.exp(-0.1 * 24)))  # on the first day
    assert (first < 1).mean() == pytest.approx(share, abs=3 * np.sqrt(share * (1 - share) / 200))
    assert simulated(result, "chills") == pytest.approx((~np.isnan(first)).mean())
    assert (arm["grade.Chills"] == ~np.isnan(first)).all()
    spells = result.arms["pill"].episodes.query("term == 'Chills'")
    assert len(spells) == (~np.isnan(first)).sum()
    lasts = 24 * (spells["end_day"] - spells["start_day"])
    assert lasts.median() == pytest.approx(0.5, rel=0.15)  # 30 min, as the table says
    assert result.attribution["pill.any"]["Chills"] > 90


def test_adverse_events_after_drop_out_are_nobodys(trial: Trial) -> None:
    shivers = tuple(t for t in TARGETS if t.id == "chills")
    leaving = replace(trial, targets=shivers, dropout=Dropout(0.9, 2 * DAY))
    stay, go = (
        run_trial(t, pool=60, replicates=2, workers=1, sweep=False)
        for t in (replace(leaving, dropout=None), leaving)
    )
    assert simulated(go, "chills") < simulated(stay, "chills") - 0.2
    arm = go.arms["pill"]
    first, left = (arm.patients[c].to_numpy() for c in ("event.Chills", "dropout_day"))
    assert (first < left).any()
    assert not (first > left).any()
    assert simulated(go, "chills") == (~np.isnan(first)).mean()
    spells = arm.episodes.query("term == 'Chills'").set_index("patient")["grade"]
    assert (arm.patients["grade.Chills"] == spells.reindex(arm.patients.index).fillna(0)).all()
    assert go.attribution["pill.any"]["Chills"] == pytest.approx(100 * simulated(go, "chills"))


# ------------------------------------------------------------------------ endpoints, reports


@pytest.fixture(scope="module")
def asked(trial: Trial) -> TrialResult:
    endpoints = (
        Endpoint("better", "share", IMPROVED, 28 * DAY),
        Endpoint("change", "mean", "GBS disability", 28 * DAY),
        Endpoint("walking", "time", "GBS disability <= 2"),
        Endpoint("shivering", "share", "event: chills", 1 * DAY),
        Endpoint("the same", "share", "event:   Chills ", 1 * DAY),
        Endpoint("better later", "share", IMPROVED, 28 * DAY, since=7 * DAY),
        Endpoint("later change", "mean", "GBS disability", 28 * DAY, since=7 * DAY),
    )
    plain = replace(trial, endpoints=endpoints, targets=())
    return run_trial(plain, pool=60, replicates=20)


def test_endpoints_of_scores_are_what_the_ratings_say(asked: TrialResult) -> None:
    assert asked.endpoints is not None
    found = asked.endpoints.estimates.set_index(["endpoint", "arm", "measure"])["value"]
    pill = scores(asked)
    change = pill[:, 3] - pill[:, 0]
    assert found["better", "pill", "share"] == pytest.approx(100 * (change <= -1).mean())
    assert found["change", "pill", "mean change"] == pytest.approx(np.nanmean(change))
    late = pill[:, 3] - pill[:, 1]
    assert found["better later", "pill", "share"] == pytest.approx(100 * (late <= -1).mean())
    assert found["better later", "pill", "share"] < found["better", "pill", "share"]
    assert found["later change", "pill", "mean change"] == pytest.approx(np.nanmean(late))
    assert "from day 7 to day 28" in asked.endpoints.sentences["later change"]
    assert "composite: death" in asked.endpoints.sentences["change"]  # the scale has a value
    assert found["walking", "pill", "median"] <= found["walking", "none", "median"]
    assert found["shivering", "none", "share"] == 0
    assert found["shivering", "pill", "share"] == found["the same", "pill", "share"] > 50


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (("time", IMPROVED, 28 * DAY), "which is of scores at a visit"),
        (("share", IMPROVED), "which is of scores at a visit"),
        (("mean", "nerve.weakness", 28 * DAY), "which is of scores at a visit"),
        (("share", IMPROVED, 7 * DAY), "Write an earlier 'since'"),
    ],
)
def test_a_later_baseline_is_of_scores_and_before_they_are_read(wrong: tuple, said: str) -> None:
    with pytest.raises(ImmunoError, match=said):
        Endpoint("wrong", *wrong, since=14 * DAY)


def test_nobody_is_rated_on_that_day(trial: Trial) -> None:
    wrong = Endpoint("wrong", "share", IMPROVED, 28 * DAY, since=3 * DAY)
    with pytest.raises(ImmunoError, match="Nobody is rated on day 3"):
        run_trial(replace(trial, endpoints=(wrong,)), pool=2, replicates=2)


def test_scores_have_a_table_of_adam(asked: TrialResult) -> None:
    table = asked.adam()["ADQS"]
    assert set(table["PARAMCD"]) == {"GBSDISAB"}
    later = table[table["ABLFL"] == ""]
    assert (later["CHG"] == later["AVAL"] - later["BASE"]).all()
    assert (table[table["ABLFL"] == "Y"]["AVISITN"] == 0).all()


def test_the_reports_speak_of_scores_and_not_of_tumours(result: TrialResult) -> None:
    page, text = html.render(result), markdown.render(result)
    for words in (page, text):
        assert "GBS disability improved by 1, " in words
        assert not any(w in words.lower() for w in ("tumour", "recist", "lesion", "waterfall"))
    assert '<section id="scores">' in page
    assert len(summary_figure(result).axes) >= 3


def test_a_trial_of_scores_has_power(trial: Trial) -> None:
    ends = (Endpoint("better", "share", IMPROVED, 28 * DAY),)
    found = study_power(replace(trial, endpoints=ends), pool=60, replicates=50, sizes=(40,))
    assert found.pool[0] > found.pool[1]
    assert 0 < found.asked[0].share <= 1


def test_patients_without_lesions_have_no_response_of_tumours(trial: Trial) -> None:
    wrong = replace(trial, endpoints=(Endpoint("tumour", "share", "response"),))
    with pytest.raises(ImmunoError, match=r"no lesions\. Write share: 'GBS disability improved by"):
        run_trial(wrong, pool=2, replicates=2)


def test_a_population_that_is_saved_has_its_day_0(tmp_path: Path, result: TrialResult) -> None:
    patients = result.population
    assert patients is not None
    some = patients.keep(slice(4))
    some.save(tmp_path / "some.csv")
    assert (Population.load(tmp_path / "some.csv", WEAK).initial() == some.initial()).all()
