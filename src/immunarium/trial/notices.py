"""What is written down when a regimen begins: stretched infusions, drugs that an exchange takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from immunarium.dosing import ResolvedDose, warnings
from immunarium.dosing.ticks import time_text
from immunarium.trial.chart import Bools, Column, Rows
from immunarium.trial.decisions import STRETCHED, WARNED, Log

Warned = tuple[Bools, str]
_NONE: Mapping[str, Warned] = {}


def stretched(doses: Sequence[ResolvedDose]) -> list[str]:
    """Say which infusions a label makes longer than was asked, in the first patient, by drug."""
    said: dict[str, str] = {}
    for dose in doses:
        if not dose.counts or dose.limit is None or not len(dose.limit):
            continue
        lasts = int(dose.duration if dose.lasts is None else dose.lasts[0])
        if lasts > dose.asked > 0:
            said.setdefault(
                dose.drug,
                f"Warning: {dose.drug} over {time_text(dose.asked)} is faster than labelled "
                f"(at most {dose.limit[0]:.0f} mL/h in the typical patient), so it is given over "
                f"{time_text(lasts)}.",
            )
    return list(said.values())


def note(
    log: Log, columns: Sequence[Column], rows: Rows, tick: int, warned: Mapping[str, Warned] = _NONE
) -> None:
    """Write down what a label or an exchange makes of doses that begin for some patients now.

    Parameters
    ----------
    warned : mapping of str to (ndarray of bool, shape (patients,), str)
        By drug: who is better not given it, and why.
    """
    doses = [c.dose for c in columns]
    for dose in doses:
        if dose.counts and dose.limit is not None:
            lasts = np.full(len(dose.limit), dose.duration) if dose.lasts is None else dose.lasts
            slow = rows[lasts[rows] > dose.asked]
            why = [
                f"at most {dose.limit[r]:.0f} mL/h: over {time_text(int(lasts[r]))}" for r in slow
            ]
            log.say(slow, tick + dose.tick, f"rate limit of {dose.drug}", STRETCHED, dose.drug, why)
    for drug, (who, why) in warned.items():
        if first := next((d for d in doses if d.drug == drug), None):
            some = rows[who[rows]]
            log.say(some, tick + first.tick, "caution", WARNED, drug, [f"{drug} {why}"] * len(some))
    for found in warnings(doses):
        why = [f"it {found.why}"] * len(rows)
        log.say(rows, tick + found.tick, found.procedure, WARNED, found.drug, why)
