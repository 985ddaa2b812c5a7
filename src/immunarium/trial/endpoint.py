"""Endpoints and their estimands: what is compared, in whom, and what other events mean for it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, did_you_mean
from immunarium.population import uniforms

Floats = NDArray[np.float64]
Kind = Literal["share", "time", "mean"]
Strategy = Literal[
    "treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"
]
KINDS: tuple[str, ...] = get_args(Kind)
STRATEGIES: tuple[str, ...] = get_args(Strategy)
POPULATIONS = ("intention to treat", "all treated", "evaluable")
INTERCURRENT = ("treatment stopped", "rescue", "cross over", "death")
OUTCOMES = (
    "response", "complete response", "disease control", "death", "treatment death", "alive",
    "drop-out", "treatment stopped", "rescue", "cross over",
)  # fmt: skip
EVENTS = ("death", "progression", "response", "treatment stopped", "rescue", "cross over")
DURATION = "duration of response"
ASSESSED = ("progression", "response", "complete response", "disease control", DURATION)
SUMMARIES = {
    "share": "difference of proportions",
    "time": "hazard ratio",
    "mean": "difference of means",
}
_ANY_GRADE = re.compile(r"\s*(?:any\s+)?grade\s*>=\s*([1-5])\s*")


class EndpointError(ImmunoError):
    """An endpoint, estimand or drop-out that cannot be evaluated as it is written."""


@dataclass(frozen=True)
class Estimand:
    """In whom an endpoint is read, and what intercurrent events mean for it (ICH E9(R1)).

    The other attributes of an estimand are the treatments, which are the arms compared, and the
    variable, which is the endpoint.

    Attributes
    ----------
    population : str
        ``intention to treat``, ``all treated`` or ``evaluable``.
    strategies : mapping of str to str
        By intercurrent event (``treatment stopped``, ``rescue``, ``cross over``, ``death``): one
        of the five strategies. An event that is not named is under ``treatment policy``; death
        that is no part of the endpoint ends what can be seen (``while on treatment``).
    summary : str
        What compares the arms; by default what the kind of the endpoint calls for.
    """

    population: str = "intention to treat"
    strategies: Mapping[str, str] = field(default_factory=dict)
    summary: str = ""

    def __post_init__(self) -> None:
        _known("population of an estimand", self.population, POPULATIONS)
        for event, strategy in self.strategies.items():
            _known("intercurrent event", event, INTERCURRENT)
            _known(f"strategy for {event!r}", strategy, STRATEGIES)


@dataclass(frozen=True)
class Endpoint:
    """One endpoint of a trial.

    Attributes
    ----------
    kind : str
        ``share`` of patients, ``time`` to an event, or ``mean`` change of a quantity.
    of : str
        For a share one of ``OUTCOMES``, ``grade >= 3`` (any term) or a condition in words; for a
        time events joined by ``or`` (``progression or death``), conditions among them, or
        ``duration of response``; for a mean the path of a quantity.
    at : float
        Hours: when a mean is read, up to when a share is counted, the horizon of the restricted
        mean of a time. NaN: the end of follow-up.
    compare : tuple of str
        Two arms, the second one the reference; empty: the first arm against each of the others.
    """

    name: str
    kind: Kind
    of: str
    at: float = math.nan
    compare: tuple[str, ...] = ()
    estimand: Estimand = field(default_factory=Estimand)

    def __post_init__(self) -> None:
        _known(f"kind of the endpoint {self.name!r}", self.kind, KINDS)
        if not self.of.strip():
            raise EndpointError(f"Endpoint {self.name!r} says not of what. Write {_EXAMPLE}.")
        if self.kind == "mean" and math.isnan(self.at):
            raise EndpointError(
                f"Endpoint {self.name!r} is a mean: write when it is read, like at: 12 week."
            )
        if self.at <= 0:
            raise EndpointError(f"Endpoint {self.name!r} is read at {self.at:g} h. Write a later.")
        if len(self.compare) not in (0, 2) or len(set(self.compare)) != len(self.compare):
            raise EndpointError(
                f"Endpoint {self.name!r} compares {list(self.compare)}. Write two different arms, "
                f"the second one the reference."
            )
        strategy = self.estimand.strategies.get("death")
        if strategy == "treatment policy" and "death" not in self.events:
            raise EndpointError(
                f"Endpoint {self.name!r} is not seen after death, so death cannot be under "
                f"'treatment policy'. Write 'while on treatment' (while alive), 'composite' or "
                f"'principal stratum'."
            )

    @property
    def events(self) -> tuple[str, ...]:
        """What its event is any of."""
        if self.kind == "mean":
            return ()
        if self.of == DURATION:
            return ("progression", "death")
        return tuple(part.strip() for part in re.split(r"\bor\b", self.of))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Its events that are conditions in words, to be looked for in the run."""
        known = (*OUTCOMES, *EVENTS)
        return tuple(e for e in self.events if e not in known and not _ANY_GRADE.fullmatch(e))

    @property
    def assessed(self) -> bool:
        """Whether it needs visits."""
        return self.of == DURATION or any(e in ASSESSED for e in self.events)

    def strategy(self, event: str) -> str:
        """What is done about an intercurrent event."""
        if event == "death" and "death" not in self.events:
            return self.estimand.strategies.get("death", "while on treatment")
        return self.estimand.strategies.get(event, "treatment policy")

    def sentence(self, arms: tuple[str, str] | None = None) -> str:
        """Name the five attributes of the estimand.

        Treatments, population, variable, intercurrent events, summary.

        Parameters
        ----------
        arms : pair of str, optional
            Labels of the two arms; their names by default.
        """
        treatments = " against ".join(arms or self.compare) or "the first arm against each other"
        named = {e: self.strategy(e) for e in INTERCURRENT if e not in self.events}
        events = "; ".join(f"{e}: {_said(e, s)}" for e, s in named.items())
        summary = self.estimand.summary or SUMMARIES[self.kind]
        return (
            f"{self.name}: the {summary} of {self.variable}, {treatments}, in "
            f"{_IN[self.estimand.population]} ({events})."
        )

    @property
    def variable(self) -> str:
        """What is read from each patient, in words."""
        match self.kind:
            case "share":
                until = "" if math.isnan(self.at) else f" by day {self.at / 24:g}"
                return f"patients with {self.of}{until}"
            case "time":
                start = "response" if self.of == DURATION else "the start of treatment"
                return f"the time from {start} to {' or '.join(self.events)}"
            case _:
                return f"the change of {self.of} from the baseline to day {self.at / 24:g}"


def _said(event: str, strategy: str) -> str:
    return "while alive" if (event, strategy) == ("death", "while on treatment") else strategy


_IN = {
    "intention to treat": "all patients of the arms",
    "all treated": "all patients who had a dose",
    "evaluable": "all patients with an assessment after the baseline",
}
_EXAMPLE = "time: progression or death, share: response, or mean: tumour.burden with at: 12 week"


@dataclass(frozen=True)
class Dropout:
    """Loss to follow-up at a constant rate, independent of the patient's state.

    Attributes
    ----------
    share : float
        Of patients who have left by ``within``, were nobody to die.
    within : float
        Hours.
    """

    share: float
    within: float

    def __post_init__(self) -> None:
        if not 0 <= self.share < 1 or not 0 < self.within < math.inf:
            raise EndpointError(
                f"A drop-out of {self.share:g} within {self.within:g} h. Write a share from 0 % "
                f"to less than 100 %, and a time, like share: 10 %, within: 12 week."
            )

    def days(self, seed: int, index: NDArray[np.intp]) -> Floats:
        """Day on which each patient leaves, the same in every arm; infinite for nobody's leaving.

        Parameters
        ----------
        index : ndarray of int, shape (n,)
            Numbers of the patients.
        """
        if self.share == 0:
            return np.full(len(index), np.inf)
        rate = -math.log1p(-self.share) / (self.within / 24)
        return -np.log1p(-uniforms(seed, "dropout", index)) / rate


def _known(what: str, word: str, known: Iterable[str]) -> None:
    if word not in known:
        raise EndpointError(f"Unknown {what}: {word!r}.{did_you_mean(word, known)}")
