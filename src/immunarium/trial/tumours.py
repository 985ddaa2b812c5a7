"""Tumours at the visits of an arm: who comes when, what is read, and the responses it makes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.population import Population, normals
from immunarium.trial.bench import Bench
from immunarium.trial.cohort import Cohort
from immunarium.trial.lesions import NE, Assessment, Floats, Readings, read_lesions
from immunarium.trial.ratings import calendar
from immunarium.trial.response import CRITERIA, best_change, best_response
from immunarium.trial.visits import RECIST, WHO, Visits, places


@dataclass(frozen=True)
class Looks:
    """What is known of an arm's tumours.

    Attributes
    ----------
    visits : Visits
    days : ndarray, shape (patients, 1 + visits) [d]
        On which each visit falls; the baseline is day 0.
    came : ndarray of bool, shape (patients, 1 + visits)
    readings : Readings
    """

    visits: Visits
    days: Floats
    came: NDArray[np.bool_]
    readings: Readings

    def assess(self, criteria: str) -> Assessment:
        """Responses by some criteria."""
        return CRITERIA[criteria](self.readings, self.visits)


def look(cohort: Cohort, bench: Bench, patients: Population) -> Looks:
    """Measure the lesions of every patient at the baseline and at each visit that they come to.

    The dead, and who has dropped out, come no more.

    Raises
    ------
    ImmunoError
        A visit lies after the follow-up.
    """
    visits = bench.trial.visits
    assert visits is not None  # callers ask for tumours only where they are looked at
    index = patients.table.index.to_numpy()
    days, came = calendar(bench.trial, patients.seed, index, cohort.ended / 24)
    rows, at = np.arange(len(index))[:, None], places(cohort.times, days)
    volumes = np.stack([cohort.recorded[p][rows, at] for p in bench.lesions], axis=2)
    volumes[~came] = np.nan
    drawn = noise(patients.seed, index, bench.lesions, visits)
    read = read_lesions(volumes, drawn, visits, organs(patients, bench.lesions))
    return Looks(visits, days, came & read.came, read)


def noise(seed: int, index: NDArray[np.intp], lesions: tuple[str, ...], visits: Visits) -> Floats:
    """Standard normal draws for two diameters, shape (2, patients, 1 + visits, lesions).

    Each lesion has its own draw at each planned visit, whenever the visit falls.
    """
    days = (0.0, *visits.days)
    out = np.empty((2, len(index), len(days), len(lesions)))
    for axis in range(2):
        for i, day in enumerate(days):
            for j, lesion in enumerate(lesions):
                purpose = f"measure {lesion} on day {day:g}, axis {axis}"
                out[axis, :, i, j] = normals(seed, purpose, index)
    return out


def organs(patients: Population, lesions: tuple[str, ...]) -> NDArray[np.intp]:
    """Organ of each lesion, shape (patients, lesions); 0 where the population does not say."""
    names = [path.rpartition(".")[0] + ".organ" for path in lesions]
    columns = [
        patients.table[n] if n in patients.table else 0 * patients.table.index for n in names
    ]
    if not columns:
        return np.zeros((len(patients), 0), dtype=np.intp)
    return np.stack([np.asarray(c, dtype=np.intp) for c in columns], axis=1)


def responses(looks: Looks) -> dict[str, Any]:
    """Best response by both sets of criteria, the study's own, and the deepest change."""
    made = {name: looks.assess(name) for name in CRITERIA}
    visits, days = looks.visits, looks.days[:, 1:]
    best = {
        name: best_response(a.code, days, visits.confirm, visits.lasts(name))
        for name, a in made.items()
    }
    own = made[visits.criteria]
    return {
        "who": best[WHO],
        "recist": best[RECIST],
        "response": best[visits.criteria],
        "best_change": best_change(own.change[:, 1:], own.code),
    }


def tumour_table(cohort: Cohort, bench: Bench, patients: Population) -> pd.DataFrame:
    """Size of the target lesions of each patient, of the baseline's; a row a planned visit."""
    visits = bench.trial.visits
    if visits is None or not bench.lesions:
        return pd.DataFrame(columns=patients.table.index)
    sums = look(cohort, bench, patients).assess(visits.criteria).sums
    with np.errstate(all="ignore"):
        relative = np.where(sums[:, :1] > 0, sums / sums[:, :1], np.nan)
    return pd.DataFrame(relative.T, index=[0.0, *visits.days], columns=patients.table.index)


def visit_table(cohort: Cohort, bench: Bench, patients: Population) -> pd.DataFrame:
    """Write down each assessment, by the study's criteria: a row a patient and visit.

    Returns
    -------
    DataFrame
        ``patient visit planned_day day seen sum change nadir target nontarget new code``. Visit 0
        is the baseline and has no response. ``sum`` and ``nadir`` are in mm (WHO: mm²), ``change``
        is a share of the baseline; NaN where they are not known. Of a disease without lesions the
        first five.
    """
    visits = bench.trial.visits
    if visits is None:
        return pd.DataFrame(columns=pd.Index(COLUMNS))
    if not bench.lesions:
        return _seen(cohort, bench, patients)
    looks = look(cohort, bench, patients)
    a = looks.assess(visits.criteria)
    patient, shape = patients.table.index.to_numpy(), looks.days.shape
    columns = {
        "patient": np.broadcast_to(patient[:, None], shape),
        "visit": np.broadcast_to(np.arange(shape[1]), shape),
        "planned_day": np.broadcast_to((0.0, *visits.days), shape),
        "day": looks.days,
        "seen": looks.came,
        "sum": np.where(looks.came, a.sums, np.nan),
        "change": np.where(looks.came, a.change, np.nan),
        "nadir": np.where(np.isfinite(a.nadir), a.nadir, np.nan),
        "target": _after_baseline(a.target),
        "nontarget": _after_baseline(a.nontarget),
        "new": np.hstack([np.zeros((len(patient), 1), dtype=bool), a.new]),
        "code": _after_baseline(np.where(looks.came[:, 1:], a.code, NE)),
    }
    return pd.DataFrame({name: np.ravel(columns[name]) for name in COLUMNS})


def _seen(cohort: Cohort, bench: Bench, patients: Population) -> pd.DataFrame:
    """Write down who came to which visit."""
    visits, patient = bench.trial.visits, patients.table.index.to_numpy()
    assert visits is not None
    days, came = calendar(bench.trial, patients.seed, patient, cohort.ended / 24)
    columns = (
        np.broadcast_to(patient[:, None], days.shape),
        np.broadcast_to(np.arange(days.shape[1]), days.shape),
        np.broadcast_to((0.0, *visits.days), days.shape),
        days,
        came,
    )
    return pd.DataFrame({n: np.ravel(c) for n, c in zip(COLUMNS[:5], columns, strict=True)})


def lesion_table(cohort: Cohort, bench: Bench, patients: Population) -> pd.DataFrame:
    """Write down each lesion that was read: a row a patient, visit and lesion.

    Returns
    -------
    DataFrame
        ``patient visit day lesion organ role long short size``: the role is ``target``,
        ``non-target``, or ``new`` (not there at the baseline); diameters in mm; ``size`` is what
        the lesion adds to the sum of targets (mm, WHO: mm²), 0 where it is not seen.
    """
    visits = bench.trial.visits
    if visits is None or not bench.lesions:
        return pd.DataFrame(columns=pd.Index(LESION_COLUMNS))
    looks = look(cohort, bench, patients)
    a, read = looks.assess(visits.criteria), looks.readings
    new = read.seen.any(axis=1) & ~a.measured & ~a.followed
    role = np.select([a.measured, a.followed, new], ["target", "non-target", "new"], "")
    who, visit, lesion = np.nonzero(read.looked & (role != "")[:, None, :])
    at = (who, visit, lesion)
    columns = {
        "patient": patients.table.index.to_numpy()[who],
        "visit": visit,
        "day": looks.days[who, visit],
        "lesion": lesion + 1,
        "organ": read.organ[who, lesion],
        "role": role[who, lesion],
        "long": read.long[at],
        "short": read.short[at],
        "size": a.size[at],
    }
    return pd.DataFrame({name: columns[name] for name in LESION_COLUMNS})


LESION_COLUMNS = (
    "patient", "visit", "day", "lesion", "organ", "role", "long", "short", "size",
)  # fmt: skip
COLUMNS = (
    "patient", "visit", "planned_day", "day", "seen", "sum", "change", "nadir", "target",
    "nontarget", "new", "code",
)  # fmt: skip


def _after_baseline(codes: NDArray[np.str_]) -> NDArray[np.object_]:
    return np.hstack([np.full((len(codes), 1), "", dtype=object), codes.astype(object)])
