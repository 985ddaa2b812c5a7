"""An invented trial: every number is made up, so that each figure has something to draw."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from immunarium.core import Disease, Model
from immunarium.dosing import Regimen
from immunarium.report.html import render
from immunarium.trial import (
    Arm,
    ArmResult,
    Observable,
    Score,
    Target,
    Trial,
    TrialResult,
    Visits,
)
from immunarium.trial.crossover import compare
from immunarium.trial.design import Crossover
from immunarium.trial.designed import CrossedOver
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.estimate import EndpointResults

POOL = 400
TERMS = (
    "Hypotension",
    "Urine output decreased",
    "Creatinine increased",
    "Blood bilirubin increased",
    "Weight gain",
    "Fever",
    "Capillary leak syndrome",
    "Hypoxia",
    "Death NOS",
)
ARMS = {
    "lak_il2": ("LAK + IL-2", 1.0, 1.0),
    "il2": ("IL-2 alone", 1.0, 0.5),
    "lak": ("LAK alone", 0.0, 0.1),
}
COURSES = {
    "il2.plasma": ("nmol/L", 0.0, 6.0, 0.01),
    "blood_counts.lymphocytes": ("cell/L", 1.4e9, -0.8, 5.0),
    "blood_counts.treg": ("cell/L", 4.2e7, 0.9, 6.0),
    "blood_counts.cd8": ("cell/L", 4.0e8, 0.6, 6.0),
    "blood_counts.nk": ("cell/L", 2.0e8, 1.1, 6.0),
    "lak.tissue": ("cell", 2.0e9, 2.0, 4.0),
    "cytokine.ifn": ("U/L", 1.0e2, 30.0, 1.5),
    "cytokine.tnf": ("mg/L", 1.0e-6, 20.0, 1.5),
    "cytokine.il6": ("mg/L", 2.0e-6, 60.0, 1.5),
    "haemodynamics.SBP": ("mmHg", 118.0, -0.2, 2.0),
    "haemodynamics.HR": ("1/h", 72.0 * 60, 0.4, 2.0),
    "fluid.albumin": ("mg/L", 4.0e4, -0.3, 5.0),
    "lung.SaO2": ("1", 0.97, -0.05, 2.0),
    "fluid.weight_gain": ("1", 0.0, 0.08, 3.0),
    "kidney.urine_flow": ("L/h", 0.06, -0.7, 2.0),
    "kidney.creatinine": ("mg/L", 9.0, 1.4, 3.0),
    "liver.bilirubin": ("mg/L", 6.0, 2.0, 3.0),
    "fever.temperature": ("K", 310.15, 0.008, 1.0),
}
"""Unit, rest, effect and days of recovery."""


@pytest.fixture(scope="session")
def result() -> TrialResult:
    """A trial that never was."""
    return fake_result()


@pytest.fixture(scope="session")
def page(result: TrialResult) -> str:
    """Its report."""
    return render(result)


def fake_result(pool: int = POOL, seed: int = 1) -> TrialResult:
    """Make the whole of it."""
    arms = {name: _arm(name, pool, np.random.default_rng([seed, i])) for i, name in enumerate(ARMS)}
    return TrialResult(
        study=fake_trial(),
        arms=arms,
        scores=_scores(),
        attribution=_attribution(arms),
        window=_window(),
        assumptions=_assumptions(),
        sources=_sources(),
        endpoints=_estimated(arms),
        fit=_fit(),
        design=_crossed(),
        manifest={
            "study": "invented-1985",
            "seed": seed,
            "n": 25,
            "replicates": 1000,
            "pool": pool,
            "implausible draws": 300,
            "immunarium": "0.1.0",
            "python": "3.11.9",
            "numpy": "2.4.0",
        },
    )


def _crossed() -> CrossedOver:
    """Two of the arms, one after the other."""
    rng = np.random.default_rng(5)
    rows = []
    for patient in range(60):
        order = ("il2", "lak") if patient % 2 else ("lak", "il2")
        own = rng.normal(110, 8)
        for period, arm in enumerate(order):
            value = own + rng.normal(0, 3) - (9 if arm == "il2" else 0)
            rows.append((patient, int(order[0] == "lak"), period, arm, value))
    names = pd.Index(["patient", "sequence", "period", "treatment", "value"])
    found = compare(pd.DataFrame(rows, columns=names), "il2", "lak", n=20, replicates=50)
    endpoint = Endpoint("pressure", "mean", "haemodynamics.SBP", at=48.0)
    study = replace(fake_trial(), endpoints=(endpoint,))
    design = Crossover((("il2", "lak"), ("lak", "il2")), 168.0, 72.0)
    return CrossedOver(study, design, 20, {"pressure": found}, {"pressure": "mmHg"})


def fake_trial() -> Trial:
    """Make the trial of the fake result; it has no model and cannot be run."""
    responders = Target(
        id="F04",
        name="Responders",
        arm="lak_il2",
        observable=Observable("share", "response"),
        observed=11,
        unit="patients",
        tier="verified",
        role="predict",
        source="doi:10.9999/invented.1985",
        tail=(0.02, 0.98),
    )
    return Trial(
        name="invented-1985",
        title="An invented trial of interleukin-2 and LAK cells",
        disease=Disease("invented", "Nothing.", lambda: Model(wires={})),
        therapies={},
        arms=tuple(Arm(name, label, Regimen.none, 25) for name, (label, _, _) in ARMS.items()),
        shares={"melanoma": 1.0},
        record=(),
        until=2000.0,
        courses=tuple(COURSES),
        visits=Visits(days=(28, 56, 84, 112), criteria="WHO"),
        targets=(responders,),
        window={"720000 IU/kg": Regimen.none},
        citation="Nobody A, Noone B. Journal of Invented Results 1985; 1: 1–2.",
        source="doi:10.9999/invented.1985",
    )


def _dose_days() -> np.ndarray:
    cycle = np.arange(14) / 3
    return np.concatenate([cycle, cycle + 14])


def _activity(day: np.ndarray, recovery: float) -> np.ndarray:
    """Rise over each cycle and fall after it."""
    out = np.zeros_like(day)
    for start in (0.0, 14.0):
        since = day - start
        rise = np.clip(since / 4.7, 0, 1)
        fall = np.exp(-np.clip(since - 4.7, 0, None) / recovery)
        out += np.where(since > 0, rise * fall, 0)
    return out


def _arm(name: str, pool: int, rng: np.random.Generator) -> ArmResult:
    label, drug, kill = ARMS[name]
    drugs = {"lak_il2": "LAK cells and aldesleukin", "il2": "aldesleukin", "lak": "LAK cells"}[name]
    patients = _patients(pool, drug, kill, rng)
    return ArmResult(
        name=name,
        label=label,
        regimen=f"{drugs}, invented doses q8h x 14; rest 9 d; repeat 1",
        patients=patients,
        grades=_grades(drug),
        courses=_courses(drug, rng),
        tumour=_tumour(patients, rng),
        doses=_doses(name),
        endpoints=_endpoints(patients),
        visits=_visits(patients, rng),
        decisions=_decisions(patients) if drug else pd.DataFrame(),
    )


def _visits(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    days = np.tile([28.0, 56.0, 84.0, 112.0], len(patients))
    code = np.where(days == 28, "SD", np.repeat(patients["who"].to_numpy(), 4))
    at = days + rng.integers(-2, 3, len(days))
    table = {"patient": np.repeat(patients.index, 4), "day": at, "code": code}
    return pd.DataFrame(table)


def _decisions(patients: pd.DataFrame) -> pd.DataFrame:
    rows = [
        {
            "patient": patient,
            "day": 2.0 + patient % 3,
            "rule": "hold aldesleukin when hypotension grade >= 3; stop after 2 holds",
            "action": "held",
            "drug": "aldesleukin",
            "reason": "hypotension grade 3: SBP 78 mmHg",
        }
        for patient in patients.index[::4]
    ]
    return pd.DataFrame(rows)


def _fit() -> pd.DataFrame:
    row = {
        "of": "patient.weight", "number": "median", "unit": "kg", "published": 76.0,
        "unweighted": 80.0, "selected": 76.1, "source": "invented",
        "distance_unweighted": 0.12, "distance_selected": 0.02, "ess": 210.0, "patients": 400,
    }  # fmt: skip
    return pd.DataFrame([row])


def _estimated(arms: dict[str, ArmResult]) -> EndpointResults:
    """Invent a survival and a response."""
    curves, risk, estimates = [], [], []
    for i, name in enumerate(arms):
        days = np.linspace(0, 720, 60)
        alive = np.exp(-(1 + 0.4 * i) * days / 500)
        low, high = alive - 0.05 * (days > 0), alive + 0.05 * (days > 0)
        here = {"endpoint": "overall survival", "arm": name}
        columns = {"survival": alive, "low": low, "high": high, "at_risk": POOL * alive}
        curves.append(pd.DataFrame({**here, "day": days, **columns}))
        months = np.arange(0, 721, 91.3125)
        left = POOL * np.exp(-(1 + 0.4 * i) * months / 500)
        risk.append(pd.DataFrame({**here, "day": months, "at_risk": left}))
        estimates.append(_number("overall survival", name, "median", 346.0 / (1 + 0.4 * i), "d"))
        estimates.append(_number("objective response", name, "share", 36.0, "%"))
    comparisons = [
        _number("overall survival", "lak_il2", "hazard ratio", 0.71, "1")
        | {"against": "il2", "p": 0.0002, "power": 0.62},
        _number("objective response", "lak_il2", "difference", float("nan"), "%")
        | {"against": "il2", "p": float("nan"), "power": float("nan"), "reason": "nobody responds"},
    ]
    return EndpointResults(
        estimates=pd.DataFrame(estimates),
        comparisons=pd.DataFrame(comparisons),
        curves=pd.concat(curves),
        at_risk=pd.concat(risk),
        trials=pd.DataFrame(),
        times=pd.DataFrame(),
        sentences={
            "overall survival": "overall survival: the hazard ratio of the time to death.",
            "objective response": "objective response: the difference of proportions.",
        },
    )


def _number(endpoint: str, arm: str, measure: str, value: float, unit: str) -> dict[str, Any]:
    interval = {"low": 0.9 * value, "high": 1.1 * value}
    trials = {"trial_low": 0.5 * value, "trial_high": 1.6 * value}
    named = {"endpoint": endpoint, "arm": arm, "measure": measure, "value": value, "unit": unit}
    return {**named, **interval, **trials, "reason": ""}


def _endpoints(patients: pd.DataFrame) -> pd.DataFrame:
    """Invent intervals around the shares of the pool."""
    shares = {
        "response": patients["response"].isin(("CR", "PR")),
        "complete response": patients["response"] == "CR",
        "grade >= 3": (patients.filter(like="grade.") >= 3).any(axis=1),
        "treatment death": patients["death"] == "treatment",
    }
    percent = pd.Series({name: 100 * happened.mean() for name, happened in shares.items()})
    low, high = (percent - 16).clip(0), (percent + 16).clip(upper=100)
    return pd.DataFrame({"percent": percent, "low": low, "high": high}).rename_axis("endpoint")


def _patients(pool: int, drug: float, kill: float, rng: np.random.Generator) -> pd.DataFrame:
    change = np.clip(rng.normal(0.45 - 0.75 * kill, 0.55, pool), -1, 3)
    cuts = [change <= -0.99, change <= -0.5, change < 0.25]
    table = pd.DataFrame(
        {
            "histology": rng.choice(["melanoma", "renal", "colorectal", "sarcoma"], pool),
            "best_change": change,
            "who": np.select(cuts, ["CR", "PR", "SD"], "PD"),
            "doses_asked": np.full(pool, 28 if drug else 4),
            "doses_given": (28 - rng.binomial(28, 0.25, pool)) if drug else np.full(pool, 4),
            "death_day": np.where(rng.random(pool) < 0.02 * drug, 12.0, np.nan),
        },
        index=pd.RangeIndex(pool, name="patient"),
    )
    table["recist"] = table["response"] = table["who"]
    table["death"] = np.where(table["death_day"].isna(), "", "treatment")
    table["failed"] = False
    for i, term in enumerate(TERMS):
        worst = rng.binomial(4, 0.55 - 0.05 * i, pool) if drug else rng.binomial(1, 0.05, pool)
        table[f"grade.{term}"] = worst
    return table


def _grades(drug: float) -> xr.DataArray:
    day = np.arange(0, 60, 0.25)
    shares = np.zeros((len(TERMS), 6, len(day)))
    for i in range(len(TERMS)):
        level = drug * _activity(day, 2.0 + i) * (1 - 0.09 * i)
        for grade, part in enumerate((0.34, 0.26, 0.18, 0.07, 0.02), start=1):
            shares[i, grade] = part * level
        shares[i, 0] = 1 - shares[i, 1:].sum(axis=0)
    coords = {"term": list(TERMS), "grade": range(6), "time": day}
    return xr.DataArray(shares, coords, ("term", "grade", "time"), attrs={"units": "1"})


def _courses(drug: float, rng: np.random.Generator) -> xr.Dataset:
    day = np.arange(0, 60, 0.125)
    quantile = np.array([0.05, 0.25, 0.5, 0.75, 0.95])
    spread = np.array([0.5, 0.8, 1.0, 1.25, 1.7])[:, None]
    out = {}
    for path, (unit, rest, effect, recovery) in COURSES.items():
        wave = (drug or 0.03) * _activity(day, recovery) * spread * (1 + 0.05 * rng.normal())
        value = rest * (1 + effect * wave) if rest else effect * wave
        value = np.maximum(value, 0.05 * rest)
        attrs = {"units": unit, "long_name": path}
        out[path] = xr.Variable(("quantile", "time"), np.sort(value, axis=0), attrs)
    return xr.Dataset(out, {"quantile": quantile, "time": day})


def _tumour(patients: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    day = np.array([0.0, 28.0, 56.0, 84.0, 112.0])
    shape = np.array([0.0, 0.6, 1.0, 1.0, 0.9])[:, None]
    noise = rng.normal(0, 0.03, (len(day), len(patients))) * (shape > 0)
    change = shape * patients["best_change"].to_numpy()[None, :] + noise
    return pd.DataFrame(np.clip(1 + change, 0, None), index=day, columns=patients.index)


def _doses(name: str) -> pd.DataFrame:
    parts = []
    if name != "lak":
        day = _dose_days()
        order = np.tile(np.arange(14), 2)
        held = 0.012 * order
        stopped = 0.02 * np.clip(order - 5, 0, None)
        parts.append(_dose_table(day, "aldesleukin", "720000 IU/kg IV over 15 min", held, stopped))
    if name != "il2":
        day = np.array([1.0, 3.0, 15.0, 17.0])
        parts.append(_dose_table(day, "LAK cells", "1.5e10 cells IV", 0 * day, 0.02 * np.arange(4)))
    return pd.concat(parts, ignore_index=True)


def _dose_table(
    day: np.ndarray, drug: str, text: str, held: np.ndarray, stopped: np.ndarray
) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "day": day,
            "drug": drug,
            "text": text,
            "course": np.where(day < 14, 1, 2),
            "given": 1 - held - stopped,
            "held": held,
            "stopped": stopped,
            "ended": 0.0,
        }
    )


def _scores() -> list[Score]:
    rows: tuple[tuple[Any, ...], ...] = (
        ("F01", "Peak of IL-2", 650, "U/mL", 640, (500, 810), (500, 845), "calibrate"),
        ("F02", "Half-life, slow", 85, "min", 71, (62, 80), (64, 106), "calibrate"),
        ("F03", "Lymphocytes, week 3", 6.0, "1", 0.95, (0.4, 2.6), (2, 16), "calibrate"),
        ("F04", "Responders", 11, "patients", 9, (5, 13), (5, 13), "predict"),
        ("F05", "Survival at 36 months", 31, "%", 24, (9, 42), (21, 41), "predict"),
        ("F06", "Patients with weight gain > 10 %", 33, "%", 43, (24, 64), None, "report"),
    )
    return [
        Score(
            id=id_,
            name=name,
            arm="lak_il2",
            observed=observed,
            unit=unit,
            simulated=simulated,
            interval90=interval,
            window=window,
            tail=None,
            inside=None if window is None else bool(window[0] <= simulated <= window[1]),
            role=role,
            tier="verified",
            source="doi:10.9999/invented.1985",
            note="invented",
        )
        for id_, name, observed, unit, simulated, interval, window, role in rows
    ]


def _attribution(arms: dict[str, ArmResult]) -> pd.DataFrame:
    out = {}
    for name, arm in arms.items():
        worst = arm.patients[[f"grade.{t}" for t in TERMS]]
        out[f"{name}.any"] = 100 * (worst >= 1).mean().to_numpy()
        out[f"{name}.severe"] = 100 * (worst >= 3).mean().to_numpy()
    return pd.DataFrame(out, index=pd.Index(TERMS, name="term"))


def _window() -> pd.DataFrame:
    columns = {
        "dose": [7.2e3, 2.4e4, 7.2e4, 2.4e5, 7.2e5],
        "response": [1.0, 3, 8, 17, 31],
        "severe": [2.0, 6, 22, 58, 91],
        "deaths": [0.0, 0, 0, 1, 2.4],
        "given": [100.0, 100, 98, 92, 78],
    }
    return pd.DataFrame(columns)


def _assumptions() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "assumed": ["days of the LAK infusions", "split of histologies", "tolerance"],
            "choice": ["days 1 and 3", "as in a later series", "of a typical team"],
            "reason": "invented",
            "alternative": ["days 5 to 8", "equal shares", "one hold earlier"],
            "arm": "lak_il2",
            "effect": [4.2, -2.6, -0.8],
            "severe": [0.4, -0.2, -6.1],
        }
    )


def _sources() -> pd.DataFrame:
    rows = [
        (f"{module}.parameter_{i}", f"{10.0**i / 7:.3g}", unit, evidence, source, "")
        for i, (evidence, source) in enumerate(
            [
                ("assumed", "this work"),
                ("assumed", "this work"),
                ("fitted", "immunarium calibrate invented"),
                ("borrowed", "pmid:12345678"),
                ("label", "invented label, section 12.3"),
                ("measured", "doi:10.9999/invented.1985"),
            ]
        )
        for module, unit in (("il2", "nmol/L"), ("treg", "1/h"), ("leak", "1"))
    ]
    return pd.DataFrame(rows, columns=["path", "value", "unit", "evidence", "source", "note"])
