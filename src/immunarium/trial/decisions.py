"""Rules ready to be followed, what they are followed by, and the log of what they decide."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.dosing import Regimen, Rule
from immunarium.dosing.rules import ADD, CROSS, DELAY, HOLD, ON_DOSES, REDUCE, RESCUE, SLOW, STOP
from immunarium.dosing.ticks import DAY
from immunarium.trial.chart import Bools, Floats, Rows, Ticks
from immunarium.trial.predicates import Test

COLUMNS = pd.Index(["patient", "day", "rule", "action", "drug", "reason"])
SAID = {
    HOLD: "held", REDUCE: "reduced", DELAY: "delayed", SLOW: "slowed", STOP: "stopped",
    RESCUE: "rescue begun", ADD: "background added", CROSS: "crossed over",
}  # fmt: skip
RESUMED, STRETCHED, WARNED = "resumed", "stretched", "warned"
_ALWAYS = np.iinfo(np.int64).max


@dataclass(frozen=True)
class Reading:
    """A rule whose conditions have been read."""

    rule: Rule
    when: Test
    until: Test | None

    @property
    def most(self) -> int:
        """Times that a patient can be decided on."""
        once = self.rule.action in (RESCUE, ADD, CROSS)
        return self.rule.at_most or (1 if once else _ALWAYS)

    @property
    def begins(self) -> bool:
        """Whether it begins doses, in place of changing those that are due."""
        return self.rule.action not in ON_DOSES


@dataclass(frozen=True)
class Treatment:
    """An arm as patients are led through it."""

    name: str
    regimen: Regimen
    readings: tuple[Reading, ...]


@dataclass(frozen=True)
class Calls:
    """When rules that begin doses look between doses, and what is known then.

    Attributes
    ----------
    ticks : ndarray of int64, shape (patients, visits)
    came : ndarray of bool, shape (patients, visits)
    known : callable
        Given rows, a tick, and ``visit`` or ``response``: what it is for them, as numbers.
    """

    ticks: Ticks
    came: Bools
    known: Callable[[Rows, int, str], Floats]


class Log:
    """What was decided, in the order of the decisions."""

    def __init__(self, numbers: NDArray[np.intp]) -> None:
        self.numbers = numbers
        self.rows: list[tuple[int, float, str, str, str, str]] = []

    def note(
        self, rows: Rows, tick: int, rule: Rule, said: str, reasons: Iterable[str], drug: str = ""
    ) -> None:
        """Write down one decision for some patients."""
        text, drug = str(rule), drug or rule.drug
        self.rows += [
            (int(number), tick / DAY, text, said, drug, reason)
            for number, reason in zip(self.numbers[rows], reasons, strict=True)
        ]

    def say(self, rows: Rows, tick: int, rule: str, said: str, drug: str, why: list[str]) -> None:
        """Write down what no rule of the regimen decided for some patients."""
        numbers = map(int, self.numbers[rows])
        self.rows += [
            (n, tick / DAY, rule, said, drug, w) for n, w in zip(numbers, why, strict=True)
        ]

    def table(self) -> pd.DataFrame:
        """Return the decisions, by patient and day."""
        table = pd.DataFrame(self.rows, columns=COLUMNS)
        return table.sort_values(["patient", "day"], kind="stable", ignore_index=True)
