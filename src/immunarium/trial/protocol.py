"""What a trial is: patients, arms, rules, visits, what is assumed and what is compared."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from immunarium.core import Disease, ImmunoError, Row, UnitError, did_you_mean
from immunarium.core.therapy import Therapy
from immunarium.core.units import factor
from immunarium.dosing import Regimen
from immunarium.trial.response import Visits

if TYPE_CHECKING:
    from immunarium.population import Correlation, Marginal
    from immunarium.trial.design import Design
    from immunarium.trial.endpoint import Dropout, Endpoint

Sight = Literal["measurements", "state"]
Role = Literal["calibrate", "predict", "report"]
Tier = Literal["verified", "derived", "memory"]
Layer = Literal["kinetics", "cells", "cytokines", "physiology", "toxicity", "response", "survival"]
"""How far down from the dose a target is read."""
Weight = Literal["low", "medium", "high"]
DOCUMENTS = ("000", "001", "002", "003", "004")
"""The founding documents, whose claims the library's studies stand for."""
STATISTICS = ("share", "median", "mean", "sd", "cv", "auc", "hazard_ratio")
FORETELLING = ("auc", "hazard_ratio")
"""Statistics of what a reading foretells: each patient has the reading, and what came of it."""
EVENT = "event: "
"""What the share of patients with an adverse event begins with."""
OUTCOMES = ("response", "complete response", "treatment death", "alive")
TOLERATED = "maximum tolerated dose"
"""The reading that an escalation finds."""
VARIATION = "variation"
"""The reading of a score whose change comes again: how much it varies within a patient."""
READINGS = (
    "peak", "nadir", "time of peak", "time of nadir", "time above", "value", "fold",
    "half-life", "ratio of peaks", "doses given", "change", "time to",
    VARIATION,
    TOLERATED,
)  # fmt: skip
OF_DRUG = ("doses given", TOLERATED)
"""Readings that are of a drug, and not of a quantity."""
TIME_TO = "time to"
"""The reading that is of what is said of a score: when it is first so."""
_TIMES = ("min", "h", "d", "day", "days", "week", "weeks", "month", "months")


class TrialError(ImmunoError):
    """A trial that cannot be run as it is written."""


def hours(text: str) -> float:
    """Read a time.

    Examples
    --------
    >>> hours("36 h"), hours("2 weeks")
    (36.0, 336.0)

    Raises
    ------
    TrialError
        It has no number, or another unit: ``hh`` would be a hundred hours.
    """
    found = re.fullmatch(r"\s*(\d+\.?\d*)\s*([A-Za-z]+)\s*", text)
    if found is None or found[2] not in _TIMES:
        raise TrialError(
            f"Cannot read the time {text!r}. Write a number and one of {', '.join(_TIMES)}, "
            f"like '36 h' or '2 weeks'."
        )
    return float(found[1]) * factor(found[2], "h")


def level(text: str, own: str) -> float:
    """Read a number with its unit, as a number of ``own`` units.

    Examples
    --------
    >>> level("80 mL/h", "L/h"), level("0.05", "1")
    (0.08, 0.05)

    Raises
    ------
    TrialError
        It is no number, or the unit does not convert.
    """
    number, _, unit = text.strip().partition(" ")
    try:
        return float(number) * factor(unit, own)
    except (ValueError, UnitError):
        raise TrialError(f"Cannot read {text!r} as a number of [{own}], like '1 {own}'.") from None


@dataclass(frozen=True)
class Arm:
    """One treatment, given to ``n`` patients in the published trial."""

    name: str
    label: str
    regimen: Regimen
    n: int

    def __post_init__(self) -> None:
        if self.n < 1:
            raise TrialError(f"The arm {self.name!r} has n = {self.n}. Write at least 1.")


@dataclass(frozen=True)
class Support:
    """What the ward gives by rule, from the first dose of a course on.

    Attributes
    ----------
    target : str
        A state, like ``support.fluids``.
    step, maximum : str
        With units, like ``80 mL/h``.
    start, stop : str
        Conditions that raise it, and that lower it.
    every, after : float
        Hours between looks, and after the last dose of a course that the looks go on.
    """

    target: str
    step: str
    maximum: str
    start: str
    stop: str
    every: float
    after: float


@dataclass(frozen=True)
class Observable:
    """What is read from each patient, and how the patients of an arm are put together.

    Attributes
    ----------
    statistic : str
        ``share`` of patients with an outcome or condition; ``median``, ``mean``, ``sd`` or ``cv``
        (in %) of a reading; ``auc`` of a reading for an outcome, or ``hazard_ratio`` of an event
        between the highest and the lowest quarter of patients by a reading.
    take : str
        One of the readings or outcomes, a condition in words, what is said of a score
        (``QMG improved by 3``), or an adverse event (``event: headache``).
    of : str
        The quantity that is read, the scale or the drug; of a ``time to`` what is said of a score;
        of an ``auc`` or ``hazard_ratio`` what foretells.
    span, second : pair of float
        Hours within which it is read; for a half-life ``second`` is the later phase whose line is
        taken off first, for a ratio of peaks the numerator.
    at : float
        Hour at which it is read.
    above : str
        Level of a ``time above``, with its unit.
    by : float
        Of a share of what is said of a score: hour up to which any visit will do.
    running : int
        At so many visits in a row it must be so, the first of them the one at ``at`` or by ``by``.
    until : float
        Hour up to which it must be so at every visit, from that one on.
    since : float
        Hour of the visit that stands for the baseline; NaN: day 0.
    every : float
        Of a ``variation``: hours after which both visits, ``since`` and ``at``, come again.
    when : float
        Hour of the reading that foretells.
    read : str
        What of it is read: ``value``, ``change`` or ``fold``.
    """

    statistic: str
    take: str
    of: str = ""
    span: tuple[float, float] = (0.0, math.inf)
    second: tuple[float, float] | None = None
    at: float = math.nan
    above: str = ""
    by: float = math.nan
    running: int = 1
    until: float = math.nan
    since: float = math.nan
    every: float = math.nan
    when: float = math.nan
    read: str = "value"

    def __post_init__(self) -> None:
        if self.statistic not in STATISTICS:
            raise TrialError(
                f"Unknown statistic {self.statistic!r}.{did_you_mean(self.statistic, STATISTICS)}"
            )
        self._check_foretelling()
        if self.statistic not in ("share", *FORETELLING) and self.take not in READINGS:
            raise TrialError(f"Unknown reading {self.take!r}.{did_you_mean(self.take, READINGS)}")
        timed = self.take in ("value", "fold", "change", "alive")
        if timed and math.isnan(self.at):
            raise TrialError(f"{self.take!r} is read at a time: write at = '3 h'.")
        if self.take == TIME_TO and self.statistic != "median":
            raise TrialError(
                f"A 'time to' has a median, by Kaplan and Meier, and no {self.statistic}: who is "
                f"never there has none. Write median = 'time to'."
            )
        if not (math.isnan(self.at) or math.isnan(self.by)):
            raise TrialError("It is read at one visit, or at any by then: write 'at' or 'by'.")
        if self.running < 1:
            raise TrialError(f"running is {self.running}. Write how many visits in a row, like 2.")

    def _check_foretelling(self) -> None:
        """Refuse a reading that foretells without its time, and its words where nothing does."""
        if self.statistic not in FORETELLING:
            if not math.isnan(self.when) or self.read != "value":
                raise TrialError(
                    "'when' and 'read' are of what foretells: of an auc or a hazard_ratio."
                )
            return
        if math.isnan(self.when):
            raise TrialError("What foretells is read at a time: write when = '2 week'.")
        if self.statistic == "auc" and math.isnan(self.at) and math.isnan(self.by):
            raise TrialError("An auc is for an outcome at a visit, or by then: write 'at' or 'by'.")
        later = [self.at, self.by, self.until, self.since]
        if self.statistic == "hazard_ratio" and not all(map(math.isnan, later)):
            raise TrialError(
                "A hazard_ratio is of an event over all visits: leave at, by, until and since out."
            )

    @property
    def summary(self) -> str:
        """How patients are put together: the statistic, or the median of Kaplan and Meier."""
        return "median time" if self.take == TIME_TO else self.statistic


@dataclass(frozen=True)
class Target:
    """A published number, and what the simulated one must do to agree with it.

    Attributes
    ----------
    unit : str
        Of ``observed`` and ``window``.
    assay : str
        What one unit is worth in the model's terms, where the unit does not convert by itself
        (``3.99 pmol/L`` for a target in IU/mL).
    window : pair of float, optional
        The simulated value must lie inside.
    tail : pair of float, optional
        Instead: the share of simulated trials above the observed one (ties count half) must lie
        inside.
    layer : str, optional
        What kind of thing it is.
    among : str
        Only these patients count: what is said of a score before the arms part (``INCAT improved by
        1 at 10 week``), or a condition at the start.
    against : str
        The arm whose value is taken off.
    ratio_to : str
        The arm by whose value it is divided.
    n : int, optional
        Of ``among``: patients of the published trial who count, so many in each arm that is read;
        None: those who count of the arm's own.
    """

    id: str
    name: str
    arm: str
    observable: Observable
    observed: float
    unit: str
    tier: Tier
    role: Role
    source: str
    note: str = ""
    assay: str = ""
    window: tuple[float, float] | None = None
    tail: tuple[float, float] | None = None
    layer: Layer | None = None
    among: str = ""
    against: str = ""
    ratio_to: str = ""
    n: int | None = None

    def __post_init__(self) -> None:
        self._check_n()
        if self.against and self.ratio_to:
            raise TrialError(
                f"Target {self.id} is a difference or a ratio: write against or ratio_to."
            )
        if self.role != "report" and (self.window is None) == (self.tail is None):
            raise TrialError(
                f"Target {self.id} has the role {self.role!r}, so it needs a window or a tail "
                f"(one of them). Without one its role is 'report'."
            )

    def _check_n(self) -> None:
        """Refuse a number of patients that is of nobody, and patients of an unknown number."""
        if self.n is not None and (self.n < 1 or not self.among):
            raise TrialError(
                f"Target {self.id} has n = {self.n}. It is how many patients count of those that "
                f"'among' takes: write at least 1, and among."
            )
        if self.unit == "patients" and self.among and self.n is None:
            raise TrialError(
                f"Target {self.id} is a number of patients among some of an arm. Write n, how many "
                f"those were, or give it in %."
            )


@dataclass(frozen=True)
class Alternative:
    """Another choice where the sources leave one: other regimens, or another mix of patients."""

    label: str
    regimens: Mapping[str, Regimen] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Assumed:
    """Something the sources do not give: what was chosen, why, and what else it could be."""

    what: str
    choice: str
    reason: str
    alternatives: tuple[Alternative, ...]


@dataclass(frozen=True)
class Credibility:
    """What the model is asked to support; empty or None where nobody has said.

    Attributes
    ----------
    question : str
        The question of interest.
    context : str
        The context of use: what the model answers of it, and beside which other evidence.
    influence : str, optional
        Of the model on the decision.
    consequence : str, optional
        Of a decision that is wrong.
    """

    question: str = ""
    context: str = ""
    influence: Weight | None = None
    consequence: Weight | None = None


@dataclass(frozen=True)
class Trial:
    """A trial, ready to run on the virtual patients of a disease.

    Attributes
    ----------
    shares : mapping of str to float
        Of each histology.
    rows : tuple of Row
        Numbers that differ in this study.
    record : tuple of float
        Hours at which courses are recorded.
    until : float
        Hours of follow-up.
    courses : tuple of str
        Quantities whose courses the result keeps.
    window : mapping of str to Regimen
        By dose: the regimen with that dose, for the therapeutic window.
    citation, source : str
        Of the published trial; ``source`` is its doi: or pmid:.
    document : str
        The founding document that it stands for, one of ``DOCUMENTS``, or empty.
    credibility : Credibility
        What it is asked to support.
    endpoints : tuple of Endpoint
        What is estimated and compared; without any, response, survival and worst toxicity.
    dropout : Dropout, optional
        Loss to follow-up.
    design : Design, optional
        How patients meet the arms; None: in parallel.
    rules_see : str
        ``measurements``, with their error, or the hidden ``state``.
    correlated : tuple of Correlation
        Numbers that go together in this study.
    eligible : tuple of str
        Conditions at the start on which patients are taken.
    match : tuple of Marginal
        Published distributions that the patients are selected to.
    file : str
        Name of the file that it was read from; empty for a study of the library.
    """

    name: str
    title: str
    disease: Disease
    therapies: Mapping[str, Therapy]
    arms: tuple[Arm, ...]
    shares: Mapping[str, float]
    record: tuple[float, ...]
    until: float
    courses: tuple[str, ...]
    rows: tuple[Row, ...] = ()
    support: tuple[Support, ...] = ()
    visits: Visits | None = None
    targets: tuple[Target, ...] = ()
    assumed: tuple[Assumed, ...] = ()
    window: Mapping[str, Regimen] = field(default_factory=dict)
    citation: str = ""
    source: str = ""
    document: str = ""
    credibility: Credibility = field(default_factory=Credibility)
    endpoints: tuple[Endpoint, ...] = ()
    dropout: Dropout | None = None
    design: Design | None = None
    rules_see: Sight = "measurements"
    correlated: tuple[Correlation, ...] = ()
    eligible: tuple[str, ...] = ()
    match: tuple[Marginal, ...] = ()
    file: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        names = [a.name for a in self.arms]
        if not names:
            raise TrialError(f"The trial {self.name} has no arm.")
        ids, endpoints = [t.id for t in self.targets], [e.name for e in self.endpoints]
        for kind, used in (("arm", names), ("target", ids), ("endpoint", endpoints)):
            twice = sorted({x for x in used if used.count(x) > 1})
            if twice:
                raise TrialError(f"Two {kind}s of {self.name} are called {twice[0]!r}.")
        asked = [a for t in self.targets for a in (t.arm, t.against, t.ratio_to) if a]
        asked += [a for r in self.assumed for alt in r.alternatives for a in alt.regimens]
        asked += [a for e in self.endpoints for a in e.compare]
        for arm in asked:
            if arm not in names:
                raise TrialError(f"{self.name} has no arm {arm!r}.{did_you_mean(arm, names)}")
        for t in self.targets:
            if t.observable.take == TOLERATED:
                _check_tolerated(t, self.design)
        for e in self.endpoints:
            if e.assessed and self.visits is None:
                raise TrialError(
                    f"The endpoint {e.name!r} of {self.name} is assessed at visits, and there are "
                    f"none. Write visits, with their days and criteria."
                )


def _check_tolerated(target: Target, design: Design | None) -> None:
    """Refuse a maximum tolerated dose that no escalation finds, or in another unit."""
    unit = getattr(design, "unit", None)  # which only an escalation has
    if unit is None:
        raise TrialError(
            f"Target {target.id} is a {TOLERATED}, and the trial does not escalate. "
            f"Write design: with kind: escalation."
        )
    if target.unit != unit:
        raise TrialError(
            f"Target {target.id} is in {target.unit}, and the doses of the escalation are in "
            f"{unit}. Write unit: {unit}."
        )
    if target.tail is not None:
        raise TrialError(f"Target {target.id} is a {TOLERATED}. Write a window in place of a tail.")
