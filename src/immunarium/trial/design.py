"""How patients meet treatments: in parallel, crossed over, dose by dose, or by withdrawal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from immunarium.core import did_you_mean
from immunarium.dosing import Regimen
from immunarium.trial.protocol import TrialError

METHODS = ("3+3", "BOIN")


@dataclass(frozen=True)
class Parallel:
    """Every arm on the same virtual patients, as a trial is by default."""


@dataclass(frozen=True)
class Crossover:
    """Each patient gets several arms, one after the other.

    Attributes
    ----------
    sequences : tuple of tuple of str
        Names of the arms, a period each: ``(("drug", "placebo"), ("placebo", "drug"))``.
    period, washout : float
        Length of a period, and the time without treatment between two [h].
    """

    sequences: tuple[tuple[str, ...], ...]
    period: float
    washout: float = 0.0

    def __post_init__(self) -> None:
        if self.period <= 0 or self.washout < 0:
            raise TrialError(
                f"A crossover has periods of {self.period:g} h and {self.washout:g} h of wash-out. "
                f"Write a period above 0 and a wash-out of 0 or more, like '4 weeks' and '2 weeks'."
            )
        lengths = {len(s) for s in self.sequences}
        if len(self.sequences) < 2 or len(lengths) != 1 or lengths == {1}:
            raise TrialError(
                "A crossover needs two sequences or more, of the same number of periods (2 or "
                "more). Write sequences: [[drug, placebo], [placebo, drug]]."
            )
        for sequence in self.sequences:
            if len(set(sequence)) == 1:
                raise TrialError(
                    f"The sequence of {sequence[0]!r} alone compares nothing within a patient. "
                    f"Write two different arms, like [drug, placebo]."
                )

    @property
    def starts(self) -> tuple[float, ...]:
        """When each period begins [h]."""
        return tuple(i * (self.period + self.washout) for i in range(len(self.sequences[0])))


@dataclass(frozen=True)
class Withdrawal:
    """All are treated; who responds is drawn to go on or to stop.

    Attributes
    ----------
    arm : str
        The treatment.
    at : float
        When those who respond are drawn [h].
    when : str
        The response, a condition that must hold at that time; empty for everybody alive.
    stop : tuple of str
        Drugs that are stopped; every drug of the arm by default.
    """

    arm: str
    at: float
    when: str = ""
    stop: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.at <= 0:
            raise TrialError(
                f"The withdrawal is at {self.at:g} h. Write a later time, like '12 weeks'."
            )


@dataclass(frozen=True)
class Escalation:
    """Doses go up, cohort by cohort, until they are not tolerated.

    Attributes
    ----------
    levels : mapping of str to Regimen
        By dose, lowest first.
    toxicity : str
        The dose-limiting toxicity: a condition in words, or ``<drug> stopped``, joined by ``or``.
        Death by treatment is one without being named.
    within : float
        From the first dose [h].
    method : str
        ``3+3`` or ``BOIN``.
    target : float
        Share of patients with a dose-limiting toxicity that is looked for (BOIN).
    cohort, most : int
        Patients in a cohort and in the whole trial (BOIN; 3+3 has its own).
    """

    levels: Mapping[str, Regimen]
    toxicity: str
    within: float
    method: Literal["3+3", "BOIN"] = "3+3"
    target: float = 0.30
    cohort: int = 3
    most: int = 30

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise TrialError(f"Unknown method {self.method!r}.{did_you_mean(self.method, METHODS)}")
        if len(self.levels) < 2:
            raise TrialError("An escalation needs two doses or more. Write doses: [dose, dose].")
        amounts = [dose_amount(d) for d in self.levels]
        if amounts != sorted(set(amounts)):
            raise TrialError(
                f"The doses of an escalation rise: {', '.join(self.levels)} do not. Write the "
                f"lowest first, each once, in one unit."
            )
        if not self.toxicity.strip():
            raise TrialError(
                "An escalation needs its dose-limiting toxicity. "
                "Write toxicity: hypotension grade >= 4."
            )
        if self.within <= 0:
            raise TrialError("The toxicity of an escalation is looked for 'within' a time: '28 d'.")
        if not 0 < self.target < 0.7:
            raise TrialError(
                f"The escalation looks for {self.target:g} of patients with a dose-limiting "
                f"toxicity. Write a share above 0 and below 70 %, like 30 %."
            )
        if self.cohort < 1 or self.most < self.cohort:
            raise TrialError(
                f"Cohorts of {self.cohort} do not fit into a trial of {self.most} patients."
            )

    @property
    def amounts(self) -> tuple[float, ...]:
        """The doses as numbers of ``unit``."""
        return tuple(map(dose_amount, self.levels))

    @property
    def unit(self) -> str:
        """What the doses are in."""
        return next(iter(self.levels)).partition(" ")[2].strip()


Design = Parallel | Crossover | Withdrawal | Escalation


def dose_amount(text: str) -> float:
    """Read the number of a dose.

    Raises
    ------
    TrialError
        There is none.
    """
    number, _, unit = text.strip().partition(" ")
    try:
        amount = float(number)
    except ValueError:
        amount = 0.0
    if not (0 < amount < float("inf") and unit):
        raise TrialError(f"Cannot read the dose {text!r}. Write a number and a unit, like '1 mg'.")
    return amount
