"""The patients of an arm as subjects of ADaM: their times, responses, events and measurements."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.trial.endpoint import INTERCURRENT
from immunarium.trial.outcome import END, LEFT, UNSEEN, Schedule
from immunarium.trial.scales import code, scale
from immunarium.trial.watch import dropout_days

COVARIATES = {
    "patient.age": "AGE", "patient.sex": "SEX", "patient.weight": "WEIGHTBL",
    "patient.height": "HEIGHTBL", "patient.bsa": "BSABL", "patient.performance_status": "ECOGBL",
}  # fmt: skip
RESPONSES = {"CR": 1, "PR": 2, "SD": 3, "non-CR/non-PD": 4, "PD": 5, "NE": 6}
CENSORED = {END: 1, LEFT: 2, UNSEEN: 3} | {e: i for i, e in enumerate(INTERCURRENT, 4)}
"""Why a patient was censored, as CNSR has it."""
FATAL, OVER, GOES_ON = "FATAL", "RECOVERED/RESOLVED", "NOT RECOVERED/NOT RESOLVED"


@dataclass(frozen=True)
class Subjects:
    """What is known of the patients of one arm.

    Attributes
    ----------
    patients, visits : DataFrame
        As in ``ArmResult``.
    episodes : DataFrame
        As ``episodes.episodes``.
    labs : DataFrame
        Row: patient, visit and test; columns ``patient visit planned_day day test name unit
        value``; ``visit`` 0 is the baseline, ``test`` at most eight letters, ``value`` as measured.
    ratings : DataFrame
        As ``Ratings.table``.
    """

    name: str
    label: str
    patients: pd.DataFrame
    visits: pd.DataFrame = field(default_factory=pd.DataFrame)
    episodes: pd.DataFrame = field(default_factory=pd.DataFrame)
    labs: pd.DataFrame = field(default_factory=pd.DataFrame)
    ratings: pd.DataFrame = field(default_factory=pd.DataFrame)


class ArmTables:
    """Makes the tables of one arm."""

    def __init__(self, study: str, arm: Subjects, until: float) -> None:
        self.study, self.arm, self.until = study, arm, until
        self.patients = arm.patients[~arm.patients["failed"].astype(bool)]
        numbers = [str(p) for p in self.patients.index]
        width = max(map(len, numbers), default=1)
        subjects = [number.zfill(width) for number in numbers]
        self.ids = pd.DataFrame(
            {"STUDYID": study, "USUBJID": [f"{study}-{arm.name}-{s}" for s in subjects],
             "SUBJID": subjects}, index=self.patients.index,
        )  # fmt: skip

    def _identified(self, patient: Any) -> pd.DataFrame:
        """Identifiers of each row, by the number of its patient."""
        return self.ids.take(self.ids.index.get_indexer(pd.Index(patient))).reset_index(drop=True)

    def _mine(self, table: pd.DataFrame, *by: str) -> pd.DataFrame:
        """Rows of patients that are not left out, in the order of patients and then of columns."""
        if table.empty:
            return table
        kept = table[table["patient"].isin(self.patients.index)]
        return kept.sort_values(["patient", *by], kind="stable", ignore_index=True)

    def subjects(self, covariates: pd.DataFrame | None) -> pd.DataFrame:
        """ADSL, a row a subject."""
        p, label = self.patients, self.arm.label
        left, died = dropout_days(p), p["death_day"].fillna(np.inf).to_numpy(dtype=float)
        end = np.minimum.reduce([left, died, np.full(len(p), self.until)])
        dead, gone = died <= end, (left <= end) & (left < died) & (left < self.until)
        treated = (p["doses_given"] > 0).to_numpy()
        out = self._identified(p.index).assign(
            ARMCD=self.arm.name, ARM=label, TRT01P=label,
            TRT01A=np.where(treated, label, "NOT TREATED"),
        )  # fmt: skip
        if covariates is not None:
            out = out.assign(**_covariates(covariates.loc[p.index]))
        return out.assign(
            HISTOLOG=p["histology"].to_numpy() if "histology" in p else "",
            ITTFL="Y", SAFFL=_flag(treated), EVALFL=_flag(self._evaluable()),
            DTHFL=_flag(dead), DTHADY=np.where(dead, study_day(died), np.nan),
            DTHCAUS=np.where(dead, p["death"].to_numpy(), ""),
            EOSSTT=np.where(dead | gone, "DISCONTINUED", "COMPLETED"),
            EOSDY=study_day(end),
            DCSREAS=np.select([dead, gone], ["DEATH", "LOST TO FOLLOW-UP"], ""),
        )  # fmt: skip

    def _evaluable(self) -> NDArray[np.bool_]:
        """Whether each patient had a visit at which a response could be told."""
        if self.arm.visits.empty:
            return np.zeros(len(self.patients), dtype=bool)
        return np.asarray(Schedule.of(self.arm.visits, self.patients).adequate.any(axis=1))

    def times(self, times: pd.DataFrame, codes: Mapping[str, str]) -> pd.DataFrame:
        """ADTTE; ``codes`` are those of the endpoints."""
        times = self._mine(times)
        if times.empty:
            return pd.DataFrame()
        event = times["event"].to_numpy(dtype=bool)
        reason = times["reason"].str.upper().to_numpy()
        return self._identified(times["patient"]).assign(
            TRTP=self.arm.label,
            PARAMCD=times["endpoint"].map(codes).to_numpy(),
            PARAM=(_capital(times["endpoint"]) + " (days)").to_numpy(),
            STARTDY=study_day(times["start"]),
            ADY=study_day(times["day"]),
            AVAL=(times["day"] - times["start"]).to_numpy(dtype=float),
            CNSR=np.where(event, 0, times["reason"].map(CENSORED).fillna(0)).astype(np.int64),
            EVNTDESC=reason,
            CNSDTDSC=times["dated"].str.upper().to_numpy(),
        )

    def responses(self) -> pd.DataFrame:
        """ADRS: the response at each visit, and the best."""
        if "code" not in self.arm.visits or "response" not in self.patients:  # nobody has lesions
            return pd.DataFrame()
        seen = self._mine(self.arm.visits, "visit")
        left = pd.Series(dropout_days(self.patients), self.patients.index)
        here = seen["seen"].astype(bool) & (seen["visit"] > 0)
        seen = seen[here & (seen["day"] <= left.reindex(seen["patient"]).to_numpy())]
        each = self._identified(seen["patient"]).assign(
            PARAMCD="OVRLRESP", PARAM="Overall response", AVISIT=_visit(seen["planned_day"]),
            AVISITN=seen["visit"].to_numpy(float), ADY=study_day(seen["day"]),
            AVALC=seen["code"].to_numpy(),
        )  # fmt: skip
        best = self._identified(self.patients.index).assign(
            PARAMCD="BOR", PARAM="Best overall response", AVISIT="", AVISITN=np.nan, ADY=np.nan,
            AVALC=self.patients["response"].to_numpy(),
        )  # fmt: skip
        both = pd.concat([each, best.astype(each.dtypes)], ignore_index=True)
        both["AVAL"] = both["AVALC"].map(RESPONSES).astype(float)
        return both.assign(AVALC=both["AVALC"].str.upper(), TRTP=self.arm.label)

    def events(self) -> pd.DataFrame:
        """ADAE, a row an episode."""
        rows = self._mine(self.arm.episodes, "start_day")
        if rows.empty:
            return pd.DataFrame()
        begin, end = study_day(rows["start_day"]), study_day(rows["end_day"])
        over = np.where(np.isnan(end), GOES_ON, OVER)
        return self._identified(rows["patient"]).assign(
            TRTA=self.arm.label,
            AESEQ=rows.groupby("patient").cumcount().to_numpy() + 1,
            AEDECOD=rows["term"].to_numpy(),
            AETOXGR=rows["grade"].astype(str).to_numpy(),
            ATOXGRN=rows["grade"].to_numpy(np.int64),
            ASTDY=begin, AENDY=end, ADURN=end - begin + 1, ADURU="DAYS",
            AEOUT=np.where(rows["grade"] == 5, FATAL, over), TRTEMFL="Y",
        )  # fmt: skip

    def labs(self) -> pd.DataFrame:
        """ADLB, a row a measurement."""
        rows = self._mine(self.arm.labs, "test", "visit")
        if rows.empty:
            return pd.DataFrame()
        value = six_digits(rows["value"].to_numpy(float))
        first = pd.Series(np.where(rows["visit"] == 0, value, np.nan))
        base = first.groupby([rows["patient"], rows["test"]]).transform("first").to_numpy()
        with np.errstate(divide="ignore", invalid="ignore"):
            percent = np.where(base != 0, 100 * (value - base) / base, np.nan)
        baseline = (rows["visit"] == 0).to_numpy()
        kinds = rows.drop_duplicates("test")
        named = dict(zip(kinds["test"], kinds["name"] + " (" + kinds["unit"] + ")", strict=True))
        return self._identified(rows["patient"]).assign(
            TRTA=self.arm.label, PARAMCD=rows["test"].to_numpy(),
            PARAM=rows["test"].map(named).to_numpy(),
            AVISIT=_visit(rows["planned_day"]), AVISITN=rows["visit"].to_numpy(float),
            ADY=study_day(rows["day"]), AVAL=value, AVALU=rows["unit"].to_numpy(), BASE=base,
            CHG=np.where(baseline, np.nan, six_digits(value - base)),
            PCHG=np.where(baseline, np.nan, six_digits(percent)),
            ABLFL=np.where(baseline, "Y", ""),
        )  # fmt: skip

    def scores(self) -> pd.DataFrame:
        """ADQS, a row a score and visit."""
        rows = self.arm.ratings
        if rows.empty:
            return pd.DataFrame()
        rows = self._mine(rows[rows["value"].notna()], "score", "visit")
        value = rows["value"].to_numpy(float)
        first = pd.Series(np.where(rows["visit"] == 0, value, np.nan))
        base = first.groupby([rows["patient"], rows["score"]]).transform("first").to_numpy()
        kinds = {name: scale(name) for name in rows["score"].unique()}
        baseline = (rows["visit"] == 0).to_numpy()
        named = {name: f"{name} ({s.unit})" for name, s in kinds.items() if s.unit not in name}
        return self._identified(rows["patient"]).assign(
            TRTP=self.arm.label,
            PARAMCD=rows["score"].map({n: code(n) for n in kinds}).to_numpy(),
            PARAM=rows["score"].replace(named).to_numpy(),
            AVISIT=_visit(rows["planned_day"]), AVISITN=rows["visit"].to_numpy(float),
            ADY=study_day(rows["day"]), AVAL=value, BASE=base,
            CHG=np.where(baseline, np.nan, six_digits(value - base)),
            ABLFL=np.where(baseline, "Y", ""),
            ANL01FL=np.where(rows["seen"].to_numpy(bool), "Y", ""),
        )  # fmt: skip


def _covariates(table: pd.DataFrame) -> dict[str, Any]:
    found = {name: table[p].to_numpy() for p, name in COVARIATES.items() if p in table}
    if "SEX" in found:
        found["SEX"] = np.where(found["SEX"] > 0.5, "M", "F")
    if "AGE" in found:
        found["AGEU"] = "YEARS"
    return found


def study_day(day: Any) -> NDArray[np.float64]:
    """Study day of a time since the first dose, which is on day 1 (there is no day 0)."""
    return np.floor(np.asarray(day, dtype=np.float64)) + 1


def six_digits(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to six digits, which is more than an instrument shows."""
    with np.errstate(divide="ignore"):
        size = np.floor(np.log10(np.abs(values)))
    places = np.where(np.isfinite(size), 5 - size, 0)
    up, down = 10.0 ** np.maximum(places, 0), 10.0 ** np.maximum(-places, 0)
    return np.round(values * up / down) * down / up


def _visit(planned: pd.Series) -> Any:
    names = {day: f"Day {day:g}" if day else "Baseline" for day in planned.unique()}
    return planned.map(names).to_numpy()


def _capital(names: pd.Series) -> pd.Series:
    return names.str[:1].str.upper() + names.str[1:]


def _flag(yes: NDArray[np.bool_]) -> NDArray[np.str_]:
    return np.where(yes, "Y", "N")
