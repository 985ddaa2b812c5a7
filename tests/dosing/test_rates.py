"""Rates that labels allow: stepped up, never above the limit, and the whole dose given."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from immunarium.core import Label, RouteTarget, TableError, Therapy
from immunarium.dosing import Regimen, ResolvedDose, resolve
from immunarium.dosing.entries import PUMP
from immunarium.dosing.ticks import HOUR, MINUTE, RegimenError

WEIGHTS = np.array([12.0, 41.6, 55.0, 70.0, 100.0, 140.0])
PATIENTS = pd.DataFrame({"patient.weight": WEIGHTS, "patient.share": np.full(6, 0.5)})
LIMIT = np.minimum(200.0, 4.8 * WEIGHTS)  # mL/h: 0.08 mL/kg/min
ROWS = (
    ("concentration", 100, "mg/mL"), ("start_rate", 0.01, "mL/(kg min)"), ("rate_factor", 2, "1"),
    ("step_time", 30, "min"), ("most_rate", 200, "mL/h"), ("most_rate_per_kg", 0.08, "mL/(kg min)"),
)  # fmt: skip


@pytest.fixture(scope="module")
def therapies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Therapy]:
    folder = tmp_path_factory.mktemp("tables")

    def made(name: str, *rows: tuple[str, float, str], limit: str = "") -> Therapy:
        table = folder / f"{name}.tsv"
        head = "name\tvalue\tunit\tevidence\tsource"
        lines = [head, *("\t".join(map(str, (*r, "label", "t"))) for r in rows)]
        table.write_text("\n".join(lines), encoding="utf-8")
        route = RouteTarget("a.b", label=Label(limit))
        return Therapy(name, "", "mg", {"IV": route, "SC": RouteTarget("a.c")}, table=table)

    return {
        "globulin": made("globulin", *ROWS),
        "careful": made("careful", *ROWS, limit="patient.share"),
        "torn": made("torn", *ROWS[1:]),
        "endless": made("endless", *ROWS[:2], ("rate_factor", 1, "1"), *ROWS[3:]),
    }


def stretches(text: str, therapies: dict[str, Therapy]) -> list[ResolvedDose]:
    return resolve(Regimen.parse(text), therapies, PATIENTS)


def course(doses: list[ResolvedDose], patient: int) -> list[tuple[float, float, float]]:
    """Start, length [min] and rate [mL/h] of each stretch of one patient."""
    out = []
    for d in doses:
        after = 0 if d.after is None else d.after[patient]
        lasts = d.duration if d.lasts is None else int(d.lasts[patient])
        if lasts > 0:
            rate = d.amounts[patient] / 100 / (lasts / HOUR)
            out.append(((d.tick + after) / MINUTE, lasts / MINUTE, rate))
    return sorted(out)


@pytest.mark.parametrize("dose", ["0.05", "0.4", "1", "2"])
def test_the_label_is_stepped_up_to_the_lower_limit_and_gives_the_whole_dose(dose, therapies):
    doses = stretches(f"globulin {dose} g/kg IV once", therapies)
    assert sum(d.amounts for d in doses) == pytest.approx(1000 * float(dose) * WEIGHTS)
    for patient, weight in enumerate(WEIGHTS):
        steps = course(doses, patient)
        rates = np.array([rate for *_, rate in steps])
        assert (rates <= LIMIT[patient] * (1 + 1e-9)).all()
        assert rates[0] <= 0.6 * weight * (1 + 1e-9)  # 0.01 mL/kg/min
        assert (rates[1:] <= 2 * rates[:-1] * (1 + 1e-9)).all()
        for (start, length, _), (following, *_) in pairwise(steps):
            assert start + length == following
        assert all(length % (PUMP / MINUTE) == 0 for _, length, _ in steps)
        if dose in ("1", "2"):
            assert rates.max() == pytest.approx(LIMIT[patient])


def test_a_man_of_70_kg_gets_28_g_in_two_hours_and_a_quarter(therapies):
    steps = course(stretches("globulin 0.4 g/kg IV once", therapies), 3)
    assert [round(rate, 6) for *_, rate in steps[:4]] == [42, 84, 168, 200]
    whole = 21 + 42 + 84 + 200 * 35 / 60
    assert steps[4] == (125, 5, pytest.approx((280 - whole) * 12))
    assert sum(length for _, length, _ in steps) == 130


def test_an_infusion_asked_for_too_fast_takes_as_long_as_the_limit_wants(therapies):
    (dose,) = stretches("globulin 1 g/kg IV over 4 h once", therapies)
    assert dose.lasts is not None
    assert dose.limit == pytest.approx(LIMIT)
    hours = dose.lasts / HOUR
    assert (hours >= np.maximum(4, 10 * WEIGHTS / LIMIT) - 1e-9).all()
    assert (hours < np.maximum(4, 10 * WEIGHTS / LIMIT) + PUMP / HOUR).all()
    assert hours[0] == 4  # 120 mL in a child
    assert dose.asked == dose.duration - (dose.lasts.max() - 4 * HOUR)


@pytest.mark.parametrize("over", ["", " over 1 h"])
def test_a_dose_that_would_run_for_more_than_a_century_is_refused(over, therapies):
    with pytest.raises(RegimenError, match=r"more than a century. Write a smaller dose"):
        stretches(f"globulin 1e12 g/kg IV{over} once", therapies)


def test_a_slow_infusion_is_given_as_asked(therapies):
    (dose,) = stretches("globulin 1 g/kg IV over 10 h once", therapies)
    assert (dose.duration, dose.lasts) == (10 * HOUR, None)


def test_a_patient_at_risk_is_infused_at_half_the_limit(therapies):
    doses = stretches("careful 1 g/kg IV once", therapies)
    for patient in range(6):
        top = max(rate for *_, rate in course(doses, patient))
        assert top == pytest.approx(LIMIT[patient] / 2)


def test_a_route_without_a_label_takes_a_dose_at_once(therapies):
    (dose,) = stretches("globulin 1 g/kg SC once", therapies)
    assert (dose.duration, dose.limit) == (0, None)


@pytest.mark.parametrize(
    ("drug", "says"),
    [("torn", "torn has no row 'concentration'"), ("endless", "do not reach their limit")],
)
def test_a_label_that_says_too_little_is_refused(drug, says, therapies):
    with pytest.raises((TableError, ValueError), match=says):
        stretches(f"{drug} 400 g/kg IV once", therapies)
