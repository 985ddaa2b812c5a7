"""ADaM tables of a run: keys, counts, round trip, and episodes by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from immunarium.core import ImmunoError
from immunarium.population import Population
from immunarium.trial import adam, assess
from immunarium.trial.adam import (
    KEYS,
    tables,
    variables,
    write,
)
from immunarium.trial.assays import assays
from immunarium.trial.bench import Bench
from immunarium.trial.endpoint import Dropout
from immunarium.trial.episodes import episodes
from immunarium.trial.estimate import default_endpoints, evaluate
from immunarium.trial.labs import codes, laboratory
from immunarium.trial.subjects import Subjects, six_digits, study_day
from immunarium.trial.watch import ArmData

ARMS = ("full", "none")


RUNS: dict[str, Any] = {}  # one for all tests: their trial is the same


@pytest.fixture
def run(trial):
    """A small trial with drop-out: its tables and its endpoints."""
    if trial.name not in RUNS:
        RUNS[trial.name] = made_of(trial)
    return RUNS[trial.name]


def made_of(trial: Any) -> Any:
    trial = replace(trial, dropout=Dropout(0.3, trial.until), endpoints=default_endpoints(True))
    patients = Population.sample(trial.disease, 40, 1, shares=trial.shares)
    bench = Bench.of(trial, patients.graph)
    left = trial.dropout.days(1, patients.table.index.to_numpy())
    data, subjects = [], []
    for arm in trial.arms:
        cohort = bench.follow(arm.regimen, patients, workers=1)
        table = assess.patient_table(cohort, bench, patients).assign(dropout_day=left)
        visits = assess.visit_table(cohort, bench, patients)
        data.append(ArmData.of(arm.name, arm.label, 25, cohort, bench.watch, table, visits))
        spells = episodes(cohort, bench.grades, table)
        subjects.append(
            Subjects(
                arm.name,
                arm.label,
                table,
                visits,
                spells,
                laboratory(cohort, visits, bench.graph.units, 1),
            )
        )
    found = evaluate(bench.endpoints, data, until=trial.until, replicates=2)
    made = tables("tiny-2000", subjects, found.times, until=trial.until, covariates=patients.table)
    return made, found, subjects


def test_every_table_has_its_keys_its_variables_and_every_variable_a_label(run):
    made, *_ = run
    assert list(made) == list(KEYS)
    assert (variables()["label"] != "").all()
    for name, table in made.items():
        assert len(table) or name == "ADQS", name  # nobody rates scores here
        assert not table.duplicated(list(KEYS[name])).any()
        known = variables().query("table == @name")["variable"].tolist()
        assert [v for v in known if v in table] == list(table)
        assert all(len(v) <= 8 for v in table)
        assert set(table["USUBJID"]) <= set(made["ADSL"]["USUBJID"])
    assert len(made["ADSL"]) == 2 * made["ADSL"]["SUBJID"].nunique() == 80


def test_times_agree_with_the_endpoints(run):
    made, found, _ = run
    adtte = made["ADTTE"]
    assert set(adtte["PARAMCD"]) == {"PFS", "OS"}
    for code, name in (("OS", "overall survival"), ("PFS", "progression-free survival")):
        estimates = found.estimates[found.estimates["endpoint"] == name].set_index("arm")
        for arm in ARMS:
            rows = adtte[(adtte["PARAMCD"] == code) & adtte["USUBJID"].str.contains(f"-{arm}-")]
            wanted = estimates.loc[arm].iloc[0]
            assert len(rows) == wanted["patients"]
            assert (rows["CNSR"] == 0).sum() == wanted["events"]
    moved = (adtte["PARAMCD"] == "PFS") & (adtte["CNSR"] > 0)
    assert ((adtte["CNSDTDSC"] == "LAST ADEQUATE ASSESSMENT") == moved).all()
    assert moved.any()
    said = adtte.groupby("CNSR")["EVNTDESC"].unique().map(sorted).to_dict()
    assert set(said.pop(0)) <= {"DEATH", "PROGRESSION"}
    assert said.pop(2) == ["DROP-OUT"]
    assert set(said) <= {1, 3}
    assert (adtte["ADY"] == study_day(adtte["AVAL"] + adtte["STARTDY"] - 1)).all()


def test_deaths_and_leavers_agree_between_subjects_and_times(run):
    made, *_ = run
    survival = made["ADTTE"].query("PARAMCD == 'OS'").set_index("USUBJID")
    adsl = made["ADSL"].set_index("USUBJID")
    assert ((adsl["DTHFL"] == "Y") == (survival["CNSR"] == 0)).all()
    gone = adsl["DCSREAS"] == "LOST TO FOLLOW-UP"
    assert 0 < gone.sum() < len(gone)
    assert (gone == (survival["EVNTDESC"] == "DROP-OUT")).all()
    assert (adsl["EOSDY"] == survival["ADY"]).all()


def test_responses_agree_with_the_share_of_responders(run):
    made, found, subjects = run
    best = made["ADRS"].query("PARAMCD == 'BOR'")
    for arm in ARMS:
        mine = best[best["USUBJID"].str.contains(f"-{arm}-")]
        wanted = found.estimates.query("measure == 'share' and endpoint == 'objective response'")
        (events,) = wanted.loc[wanted["arm"] == arm, "events"]
        assert mine["AVALC"].isin(["CR", "PR"]).sum() == events
    visits = made["ADRS"].query("PARAMCD == 'OVRLRESP'")
    left = subjects[0].patients["dropout_day"]
    seen = [v for s in subjects for v in [s.visits.query("visit > 0 and seen")]]
    kept = sum(int((v["day"] <= left.reindex(v["patient"]).to_numpy()).sum()) for v in seen)
    assert len(visits) == kept


def test_severe_events_agree_with_the_share_of_patients_who_had_one(run):
    made, found, _ = run
    severe = made["ADAE"].query("ATOXGRN >= 3")
    wanted = found.estimates.query("endpoint == 'severe toxicity'").set_index("arm")["events"]
    for arm in ARMS:
        mine = severe[severe["USUBJID"].str.contains(f"-{arm}-")]
        assert mine["USUBJID"].nunique() == wanted[arm]
    assert wanted["full"] > wanted["none"]


def test_measurements_know_their_baseline(run):
    made, *_ = run
    lab = made["ADLB"]
    base, later = lab[lab["ABLFL"] == "Y"], lab[lab["ABLFL"] == ""]
    assert set(lab["PARAM"]) == {"Systolic Blood Pressure (mmHg)", "Mean Arterial Pressure (mmHg)"}
    assert set(base["AVISIT"]) == {"Baseline"}
    assert base["CHG"].isna().all()
    keys = ["USUBJID", "PARAMCD"]
    known = base.set_index(keys)["AVAL"].reindex(pd.MultiIndex.from_frame(later[keys])).to_numpy()
    change = later["AVAL"].to_numpy() - known
    assert later["CHG"].to_numpy() == pytest.approx(change, abs=1e-9)
    assert later["PCHG"].to_numpy() == pytest.approx(100 * change / known, rel=1e-5)


def test_measurements_have_their_assays_error_and_only_visits_that_were_made(trial):
    patients = Population.sample(trial.disease, 200, 1, shares=trial.shares)
    bench = Bench.of(trial, patients.graph)
    cohort = bench.follow(trial.arms[1].regimen, patients, workers=1)
    visits = assess.visit_table(cohort, bench, patients)
    visits["seen"] &= (visits["patient"] % 3 > 0) | (visits["visit"] == 0)
    lab = laboratory(cohort, visits, bench.graph.units, 1).query("test == 'SYSBP'")
    assert len(lab) == visits["seen"].sum()
    column = {d: int(np.argmin(np.abs(cohort.times - 24 * d))) for d in lab["day"].unique()}
    row = patients.table.index.get_indexer(pd.Index(lab["patient"]))
    true = cohort.recorded["haemodynamics.SBP"][row, lab["day"].map(column)]
    error = lab["value"].to_numpy() - true
    assert error.std() == pytest.approx(8.0, rel=0.15)  # mmHg, of a cuff
    assert abs(error.mean()) < 1.5


def test_numbers_keep_six_digits_of_any_size():
    found = six_digits(np.array([123456.789, 0.000123456789, -7.0, 0.0, 98765432.1, np.nan]))
    assert found.tolist()[:5] == [123457.0, 0.000123457, -7.0, 0.0, 98765400.0]
    assert np.isnan(found[5])


def test_a_table_that_no_spreadsheet_opens_is_in_parquet_only(run, tmp_path, monkeypatch):
    monkeypatch.setattr(adam, "SPREADSHEET", 81)
    write(run[0], tmp_path)
    assert (tmp_path / "adsl.csv").exists()
    assert not (tmp_path / "adtte.csv").exists()
    assert (tmp_path / "adtte.parquet").exists()


def test_codes_are_short_and_each_measurement_has_an_assay():
    assert set(codes()) <= set(assays())
    used = [code for code, _, _ in codes().values()]
    assert len(set(used)) == len(used)
    assert max(map(len, used)) <= 8


def test_tables_come_back_from_parquet_and_csv_as_they_were_and_twice_alike(run, tmp_path):
    import pyarrow.parquet as pq

    made, *_ = run
    for folder in ("one", "two"):
        write(made, tmp_path / folder)
    for path in sorted((tmp_path / "one").iterdir()):
        assert path.read_bytes() == (tmp_path / "two" / path.name).read_bytes()
    for name, table in made.items():
        stored = pq.read_table(tmp_path / "one" / f"{name.lower()}.parquet")
        pd.testing.assert_frame_equal(stored.to_pandas(), table)
        assert stored.schema.field("USUBJID").metadata[b"label"].startswith(b"Unique subject")
        types: Any = {c: str for c in table if table[c].dtype == object}
        back = pd.read_csv(
            tmp_path / "one" / f"{name.lower()}.csv", dtype=types, keep_default_na=False,
            na_values={c: [""] for c in table if c not in types},
        )  # fmt: skip
        pd.testing.assert_frame_equal(back, table, check_dtype=False)
    units = pd.read_csv(tmp_path / "one" / "define.csv", keep_default_na=False)
    aval = units[(units["table"] == "ADTTE") & (units["variable"] == "AVAL")]
    assert aval["unit"].tolist() == ["d"]


def test_a_folder_that_is_a_file_says_so(run, tmp_path):
    (tmp_path / "taken").write_text("")
    with pytest.raises(ImmunoError, match="Give a folder that can be written"):
        write(run[0], tmp_path / "taken")


def test_a_trial_without_visits_has_empty_tables_with_their_columns(run):
    _, found, subjects = run
    bare = [Subjects(s.name, s.label, s.patients) for s in subjects]
    made = tables("tiny", bare, found.times.iloc[:0], until=84 * 24.0)
    assert len(made["ADSL"]) == 80
    for name in ("ADTTE", "ADRS", "ADAE", "ADLB"):
        assert made[name].empty
        assert list(made[name]) == variables().query("table == @name")["variable"].tolist()


# ---------------------------------------------------------------------------- episodes


def spells(grades: list[list[int]], hours: list[float], **columns: Any) -> list[tuple[Any, ...]]:
    """Episodes of one term from its grade at each time in each patient."""
    n = len(grades)
    cohort: Any = SimpleNamespace(
        times=np.array(hours), ended=24 * np.array(columns.get("death_day", [np.nan] * n)),
        graded=lambda _: {"Rash": np.array(grades, dtype=np.int8)}, at_entry=lambda _: {},
    )  # fmt: skip
    table = pd.DataFrame({"death": [""] * n, "death_day": [np.nan] * n} | columns)
    found = episodes(cohort, {}, table)
    return [
        (r.patient, r.term, r.grade, r.start_day, r.end_day) for r in found.itertuples(index=False)
    ]


DAYS = [0.0, 24.0, 48.0, 72.0, 96.0, 120.0]


def test_a_spell_lasts_from_its_first_time_to_its_last_and_has_its_worst_grade():
    assert spells([[0, 1, 3, 2, 0, 0]], DAYS) == [(0, "Rash", 3, 1.0, 3.0)]


def test_spells_a_day_apart_are_two_and_spells_closer_than_that_are_one():
    apart = [0.0, 12.0, 24.0, 36.0, 48.0, 60.0]
    assert spells([[1, 0, 2, 0, 0, 0]], DAYS) == [
        (0, "Rash", 1, 0.0, 0.0),
        (0, "Rash", 2, 2.0, 2.0),
    ]
    assert spells([[1, 2, 0, 1, 0, 0]], [*apart[:2], 30.0, 35.0, 60.0, 70.0]) == [
        (0, "Rash", 2, 0.0, 35.0 / 24)
    ]


def test_a_spell_that_goes_on_has_no_end_and_patients_do_not_run_into_each_other():
    found = spells([[0, 0, 0, 0, 0, 2], [3, 0, 0, 0, 0, 0], [0] * 6], DAYS)
    assert [(r[0], r[2]) for r in found] == [(0, 2), (1, 3)]
    assert np.isnan(found[0][4])
    assert found[1][4] == 0.0


def test_who_dies_with_it_has_no_end_and_death_by_treatment_is_grade_5():
    found = spells([[0, 2, 2, 0, 0, 0]], DAYS, death=["treatment"], death_day=[2.5])
    assert found[0][:4] == (0, "Rash", 2, 1.0)
    assert np.isnan(found[0][4])
    assert found[1] == (0, "Death NOS", 5, 2.5, 2.5)


def test_a_spell_that_goes_on_at_drop_out_has_no_end():
    found = spells([[1, 0, 2, 0, 0, 0]], DAYS, dropout_day=[2.5])  # as a cohort sees grades
    assert [(r[2], r[3]) for r in found] == [(1, 0.0), (2, 2.0)]
    assert np.isnan(found[1][4])
