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
from immunarium.trial.protocol import EVENT
from immunarium.trial.rated import Reached, read_score
from immunarium.trial.scales import scale, scales

Floats = NDArray[np.float64]
Kind = Literal["share", "time", "mean"]
Strategy = Literal[
    "treatment policy", "hypothetical", "composite", "while on treatment", "principal stratum"
]
KINDS: tuple[str, ...] = get_args(Kind)
STRATEGIES: tuple[str, ...] = get_args(Strategy)
POPULATIONS = ("intention to treat", "all treated", "evaluable")
STOPPED, RESCUE, CROSSED, DEATH = "treatment stopped", "rescue", "cross over", "death"
INTERCURRENT = (STOPPED, RESCUE, CROSSED, DEATH)
GOOD = ("response", "complete response", "disease control", "alive")
PROGRESSION, TREATMENT_DEATH, DROPOUT = "progression", "treatment death", "drop-out"
EVENTS = (DEATH, PROGRESSION, "response", TREATMENT_DEATH, DROPOUT, STOPPED, RESCUE, CROSSED)
OUTCOMES = (*GOOD, *(e for e in EVENTS if e not in GOOD))
DURATION = "duration of response"
ASSESSED = (PROGRESSION, "response", "complete response", "disease control", DURATION)
MEASURES = {
    "share": ("difference of proportions", "odds ratio"),
    "time": ("hazard ratio", "log-rank", "difference of restricted means"),
    "mean": ("difference of means",),
}
ANY_GRADE = re.compile(r"(?:any\s+)?grade\s*>=\s*([1-5])")


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
        that is no part of the endpoint ends what can be seen (``while on treatment``), but where
        the scale of a mean has a value for it (``composite``).
    summary : str
        What compares the arms, one of ``MEASURES``; by default the first of the endpoint's kind.
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
        Of a share or a time, events joined by ``or``: some of ``EVENTS``, ``grade >= 3`` (any
        term), conditions in words (``hypotension grade >= 3``), what is said of a score (``QMG
        improved by 3``), an adverse event (``event: headache``). Of a share also one of ``GOOD``,
        of a time also ``duration of response``. Of a mean the path of a quantity, or a scale.
    at : float
        Hours: when a mean is read, and what is said of a score; up to when another share is
        counted; the horizon of the restricted mean of a time. NaN: the end of follow-up.
    since : float
        Of what is said of a score at a visit, and of a mean of a scale: hour of the visit that
        stands for the baseline; NaN: day 0.
    compare : tuple of str
        Two arms, the second one the reference; empty: the first arm against each of the others.
    """

    name: str
    kind: Kind
    of: str
    at: float = math.nan
    compare: tuple[str, ...] = ()
    estimand: Estimand = field(default_factory=Estimand)
    since: float = math.nan

    def __post_init__(self) -> None:
        _known(f"kind of the endpoint {self.name!r}", self.kind, KINDS)
        object.__setattr__(self, "of", " ".join(self.of.split()))  # what is compared by its words
        if not self.of:
            raise EndpointError(f"Endpoint {self.name!r} says not of what. Write {_EXAMPLE}.")
        if self.at <= 0:
            raise EndpointError(f"Endpoint {self.name!r} is read at {self.at:g} h. Write a later.")
        if len(self.compare) not in (0, 2) or len(set(self.compare)) != len(self.compare):
            raise EndpointError(
                f"Endpoint {self.name!r} compares {list(self.compare)}. Write two different arms, "
                f"the second one the reference."
            )
        if self.kind == "mean":
            _check_mean(self)
        else:
            _check_events(self)
        _check_since(self)
        _known(f"summary of {self.name!r}", self.summary, MEASURES[self.kind])

    @property
    def summary(self) -> str:
        """What compares the arms."""
        return self.estimand.summary or MEASURES[self.kind][0]

    @property
    def events(self) -> tuple[str, ...]:
        """What its event is any of."""
        if self.kind == "mean":
            return ()
        if self.of == DURATION:
            return (PROGRESSION, DEATH)
        return tuple(part.strip() for part in re.split(r"\bor\b", self.of))

    @property
    def conditions(self) -> tuple[str, ...]:
        """Its events that are conditions in words, to be looked for in the run."""
        own = (e for e in self.events if e not in (*OUTCOMES, *self.adverse))
        return tuple(e for e in own if not ANY_GRADE.fullmatch(e) and read_score(e) is None)

    @property
    def rated(self) -> tuple[Reached, ...]:
        """Its events that are said of scores."""
        return tuple(said for e in self.events if (said := read_score(e)))

    @property
    def scale(self) -> str:
        """The scale that a mean is of; empty for a quantity."""
        return self.of if self.kind == "mean" and self.of in scales() else ""

    @property
    def adverse(self) -> tuple[str, ...]:
        """Its events that are adverse ones by hazard."""
        return tuple(e for e in self.events if e.startswith(EVENT))

    @property
    def grades(self) -> tuple[str, ...]:
        """Its events that are a grade of any term."""
        return tuple(e for e in self.events if ANY_GRADE.fullmatch(e))

    @property
    def good(self) -> bool:
        """Whether it is a share of patients to whom something good happened."""
        return self.kind == "share" and self.of in GOOD

    @property
    def mortal(self) -> bool:
        """Whether death is part of it."""
        return DEATH in self.events or self.of == "alive"

    @property
    def assessed(self) -> bool:
        """Whether it needs visits."""
        scored = bool(self.rated or self.scale)
        return scored or self.of == DURATION or any(e in ASSESSED for e in self.events)

    def strategy(self, event: str) -> str:
        """What is done about an intercurrent event; a scale may have a value for death."""
        usual = "treatment policy" if event != DEATH or self.mortal else "while on treatment"
        if event == DEATH and self.scale and not math.isnan(scale(self.scale).dead):
            usual = "composite"
        return self.estimand.strategies.get(event, usual)

    def intercurrent(self, *strategies: str) -> tuple[str, ...]:
        """Events under one of some strategies; one that is the endpoint itself is none."""
        own = (DEATH,) if self.mortal else ()
        others = (e for e in INTERCURRENT if e not in (*self.events, *own))
        return tuple(e for e in others if self.strategy(e) in strategies)

    def sentence(self, arms: tuple[str, str] | None = None) -> str:
        """Name the five attributes of the estimand.

        Treatments, population, variable, intercurrent events, summary.

        Parameters
        ----------
        arms : pair of str, optional
            Labels of the two arms; their names by default.
        """
        treatments = " against ".join(arms or self.compare) or "the first arm against each other"
        said: dict[str, list[str]] = {}
        for event in self.intercurrent(*STRATEGIES):
            said.setdefault(_said(event, self.strategy(event)), []).append(event)
        events = "; ".join(f"{strategy}: {', '.join(es)}" for strategy, es in said.items())
        who = _IN[self.estimand.population]
        if self.kind == "mean" and self.strategy("death") == "while on treatment":
            who += " who are alive on that day"
        what = f"the {self.summary} of {self.variable}"
        return f"{self.name}: {what}, {treatments}, in {who} ({events})."

    @property
    def variable(self) -> str:
        """What is read from each patient, in words."""
        match self.kind:
            case "share":
                word = "at" if self.rated else "by"
                until = "" if math.isnan(self.at) else f" {word} day {self.at / 24:g}"
                return f"patients with {self.of}{until}{self._from}"
            case "time":
                start = "response" if self.of == DURATION else "the start of treatment"
                return f"the time from {start} to {' or '.join(self.events)}"
            case _:
                start = "the baseline" if math.isnan(self.since) else f"day {self.since / 24:g}"
                return f"the change of {self.of} from {start} to day {self.at / 24:g}"

    @property
    def _from(self) -> str:
        return "" if math.isnan(self.since) else f", from day {self.since / 24:g} on"


def _said(event: str, strategy: str) -> str:
    return "while alive" if (event, strategy) == ("death", "while on treatment") else strategy


_IN = {
    "intention to treat": "all patients of the arms",
    "all treated": "all patients who had a dose",
    "evaluable": "all patients with an assessment after the baseline",
}
_EXAMPLE = "time: progression or death, share: response, or mean: tumour.burden with at: 12 week"


def _check_mean(endpoint: Endpoint) -> None:
    if math.isnan(endpoint.at):
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is a mean: write when it is read, like at: 12 week."
        )
    if "composite" in endpoint.estimand.strategies.values():
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is a mean, and an event has no value that a composite "
            f"could take. Write another strategy, or make it a share."
        )


def _check_since(endpoint: Endpoint) -> None:
    """Refuse another baseline where nothing is rated at a visit, and one that comes too late."""
    if math.isnan(endpoint.since):
        return
    at_visit = endpoint.kind == "share" and endpoint.rated and not math.isnan(endpoint.at)
    if not (at_visit or endpoint.scale):
        raise EndpointError(
            f"Endpoint {endpoint.name!r} has a 'since', which is of scores at a visit: write "
            f"share: 'INCAT worsened by 1' or mean: INCAT, with 'at'."
        )
    if not 0 <= endpoint.since < endpoint.at:
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is read on day {endpoint.at / 24:g} against day "
            f"{endpoint.since / 24:g}. Write an earlier 'since'."
        )


def _check_events(endpoint: Endpoint) -> None:
    own = (*EVENTS, *(GOOD if endpoint.kind == "share" else (DURATION,)))
    other = {*endpoint.adverse, *(said.text for said in endpoint.rated)}
    for event in endpoint.events:
        if event not in (*own, *other) and not re.search("[<>]", event):
            name = re.split(r" (?:improved|worsened)\b", event)[0]
            near = did_you_mean(name, scales()) if name != event else did_you_mean(event, own)
            raise EndpointError(
                f"Endpoint {endpoint.name!r}: unknown event {event!r}.{near} A condition looks "
                f"like 'hypotension grade >= 3', what is said of a score like 'QMG improved by 3'."
            )
        if event in GOOD and event not in EVENTS and len(endpoint.events) > 1:
            raise EndpointError(f"Endpoint {endpoint.name!r}: {event!r} goes with no other event.")
    if endpoint.of == "disease control" and not math.isnan(endpoint.at):
        raise EndpointError(
            f"Endpoint {endpoint.name!r}: disease control is a best response, read at no one time. "
            f"Leave out 'at'."
        )
    if endpoint.estimand.strategies.get(DEATH) == "treatment policy" and not endpoint.mortal:
        raise EndpointError(
            f"Endpoint {endpoint.name!r} is not seen after death, so death cannot be under "
            f"'treatment policy'. Write 'while on treatment' (while alive), 'composite' or "
            f"'principal stratum'."
        )


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
