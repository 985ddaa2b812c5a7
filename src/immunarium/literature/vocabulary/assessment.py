"""When and how patients are looked at, and what is compared at the end."""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, PositiveInt, ValidationInfo

from immunarium.core import UnknownNameError, did_you_mean
from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    MOST,
    ArmName,
    Days,
    Hours,
    InTrial,
    Known,
    Length,
    Share,
    Text,
    in_trial,
    known,
)
from immunarium.trial import Credibility, Visits, read_condition
from immunarium.trial.adverse_events import event_of
from immunarium.trial.endpoint import (
    INTERCURRENT,
    POPULATIONS,
    STRATEGIES,
    Dropout,
    Endpoint,
    Estimand,
    Kind,
)
from immunarium.trial.protocol import EVENT, Weight
from immunarium.trial.scales import scales
from immunarium.trial.watch import check_scores


def _rising(days: list[float], info: ValidationInfo) -> list[float]:
    if not days:
        return days  # told by the length of the list
    if any(a >= b for a, b in pairwise((0.0, *days))):
        raise ValueError("Visits are after the baseline, and their times rise.")
    in_trial(days[-1] * 24, info)
    return days


def _events(kind: Kind) -> AfterValidator:
    """Check what an endpoint is of: its conditions can be read, and it has the visits it needs."""

    def checked(of: str, info: ValidationInfo) -> str:
        name, here = info.data.get("name", ""), known(info)
        made = Endpoint(name, kind, of, at=1.0)
        if made.assessed and here.graph and "visits" not in here.sections:
            raise ValueError(
                f"{of!r} is assessed at visits, and there are none. Write visits, with their days."
            )
        if here.graph:
            for text in made.conditions:
                read_condition(text, here.graph, here.grades)
            for said in made.rated:
                here.raters.check(said)
            for event in made.adverse:
                event_of(event.removeprefix(EVENT), here.graph)
        return of

    return AfterValidator(checked)


def _changing(of: str, info: ValidationInfo) -> str:
    """Check what a mean is of: a quantity of the model, or a score."""
    here = known(info)
    if of in scales():
        here.raters.check(of)
    elif here.graph and of not in here.graph.units:
        near = did_you_mean(of, {**here.raters.scores, **here.graph.units})
        raise UnknownNameError(f"This model has no {of!r}.{near}")
    return of


class VisitsOfFile(Section):
    """Visits at which lesions are measured and scores rated."""

    days: Annotated[list[Days], AfterValidator(_rising)] | None = Field(
        None, description="Times of the visits after the baseline.", min_length=1, max_length=MOST
    )
    every: Days | None = Field(None, description="Instead of days: a visit so often, to the end.")
    window: Days | None = Field(None, description="Whole days that a visit may be early or late.")
    missing: Share | None = Field(None, description="Share of visits that are missed, like 5 %.")
    criteria: Literal["WHO", "RECIST 1.1"] | None = Field(
        None, description="What a response means; RECIST 1.1 if left out."
    )
    detection: Length | None = Field(None, description="A lesion that is smaller is not seen.")
    measurable: Length | None = Field(None, description="A lesion that is smaller is not followed.")
    targets: PositiveInt | None = Field(None, description="Most lesions that are followed.")
    confirm: Days | None = Field(
        None, description="A response must last so long; '0 week': it need not."
    )

    def made(self, until: float) -> Visits:
        """The visits of a trial of so many hours."""
        given = {k: v for k, v in self if v is not None and k != "every"}
        return Visits(**{**given, "days": tuple(self._days(until))})

    def _days(self, until: float) -> list[float]:
        if (self.days is None) == (self.every is None):
            raise ValueError("Write days: [8 week, 12 week] or every: 8 week, one of them.")
        if self.every is None:
            return self.days or []
        count = int(until / 24 / self.every + 1e-9) if self.every > 0 else 0
        if not 0 < count <= MOST:
            raise ValueError(
                f"A visit every {self.every:g} d is {count} visits in {until / 24:g} d. "
                f"Write a time between, and at most {MOST} visits."
            )
        return [i * self.every for i in range(1, count + 1)]

    def check(self, known: Known) -> None:
        """Make them; they lie within the trial, and there is something to measure."""
        self.made(known.until)
        scores = known.disease and known.disease.scores
        lesions = known.graph and any(q.startswith("lesion_") for q in known.graph.units)
        if known.graph and not lesions and not scores:
            raise ValueError("This disease has no lesions to measure and no scores to rate.")


class CredibilityOfFile(Section):
    """What the model is asked to support: ASME V&V 40."""

    question: str = Field("", description="The question of interest.")
    context: str = Field(
        "", description="What the model answers of it, and beside which other evidence."
    )
    influence: Weight | None = Field(None, description="Of the model on the decision.")
    consequence: Weight | None = Field(None, description="Of a decision that is wrong.")

    def made(self) -> Credibility:
        """The credibility of a trial."""
        return Credibility(**dict(self))


class DropoutOfFile(Section):
    """Patients who are lost, at a constant rate that does not depend on how they do."""

    share: Share = Field(description="Of patients who have left, like 10 %.")
    within: Hours = Field(description="By when, like 12 week.")

    def made(self) -> Dropout:
        """The drop-out of a trial."""
        return Dropout(self.share, self.within)

    def check(self, known: Known) -> None:
        """Make it."""
        self.made()


class EstimandOfFile(Section):
    """In whom an endpoint is read, and what other events mean for it (ICH E9(R1))."""

    population: str = Field("intention to treat", description=f"One of {', '.join(POPULATIONS)}.")
    strategies: dict[str, str] = Field(
        {}, description=f"For {', '.join(INTERCURRENT)}: one of {', '.join(STRATEGIES)}."
    )
    summary: str = Field("", description="What compares the arms, in words.")

    def made(self) -> Estimand:
        """The estimand of an endpoint."""
        return Estimand(**dict(self))

    def check(self, known: Known) -> None:
        """Make it."""
        self.made()


class EndpointOfFile(Section):
    """What is estimated in each arm and compared between two."""

    name: Text = Field(description="As the reports call it.")
    share: Annotated[Text, _events("share")] | None = Field(
        None, description="Share of patients with response, alive, a grade, a condition, …"
    )
    time: Annotated[Text, _events("time")] | None = Field(
        None, description="Time to death, progression, a condition …, joined by 'or'."
    )
    mean: Annotated[Text, AfterValidator(_changing)] | None = Field(
        None, description="Mean change of a quantity, or of a score.", examples=["il2.plasma"]
    )
    at: InTrial | None = Field(None, description="When it is read; for a time, the horizon.")
    since: InTrial | None = Field(
        None, description="Of a score: the visit that stands for the baseline."
    )
    compare: list[ArmName] = Field(
        [], description="Two arms, the second the reference; if left out, the first against each."
    )
    estimand: EstimandOfFile | None = Field(
        None, description="In whom, and what other events mean."
    )

    def made(self) -> Endpoint:
        """The endpoint of a trial."""
        taken = [(kind, of) for kind in get_args(Kind) if (of := getattr(self, kind))]
        if len(taken) != 1:
            raise ValueError("Write share: '…', time: '…' or mean: '…', one of them.")
        at, since = (math.nan if t is None else t for t in (self.at, self.since))
        kind, of = taken[0]
        estimand = self.estimand.made() if self.estimand else Estimand()
        return Endpoint(self.name, kind, of, at, tuple(self.compare), estimand, since)

    def check(self, known: Known) -> None:
        """Make it; what is of scores is rated at visits on those days."""
        made = self.made()
        if known.graph and len(known.raters.planned) > 1:
            check_scores(made, known.raters)
