"""When and how patients are looked at, and what is compared at the end."""

from __future__ import annotations

import math
from typing import Literal, get_args

from pydantic import Field

from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    ArmName,
    Days,
    Hours,
    InTrial,
    Known,
    Length,
    Quantity,
    Share,
    Text,
)
from immunarium.trial import Credibility, Visits, read_condition
from immunarium.trial.endpoint import (
    INTERCURRENT,
    POPULATIONS,
    STRATEGIES,
    Dropout,
    Endpoint,
    Estimand,
    Kind,
)
from immunarium.trial.protocol import Weight


class VisitsOfFile(Section):
    """Visits at which lesions are measured."""

    days: list[Days] = Field(description="Times of the visits after the baseline.", min_length=1)
    criteria: Literal["WHO", "RECIST 1.1"] = Field(description="What a response means.")
    detection: Length = Field(description="A lesion that is smaller is not seen.")
    measurable: Length = Field(description="A lesion that is smaller is not followed.")
    confirm: Days = Field(description="A response must last so long; '0 week': it need not.")

    def made(self) -> Visits:
        """The visits of a trial."""
        given = {k: v for k, v in self if v is not None}
        return Visits(**{**given, "days": tuple(self.days)})

    def check(self, known: Known) -> None:
        """Make them; they lie within the trial, and there is something to measure."""
        self.made()
        if self.days[-1] * 24 > known.until:
            raise ValueError(
                f"The visit of day {self.days[-1]:g} is after the end of the trial, "
                f"day {known.until / 24:g}."
            )
        if known.graph and not any(q.startswith("lesion_") for q in known.graph.units):
            raise ValueError("This disease has no lesions to measure.")


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
    share: Text | None = Field(
        None, description="Share of patients with response, alive, a grade, a condition, …"
    )
    time: Text | None = Field(
        None, description="Time to death, progression, a condition …, joined by 'or'."
    )
    mean: Quantity | None = Field(None, description="Mean change of a quantity.")
    at: InTrial | None = Field(None, description="When it is read; for a time, the horizon.")
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
        at = math.nan if self.at is None else self.at
        kind, of = taken[0]
        estimand = self.estimand.made() if self.estimand else Estimand()
        return Endpoint(self.name, kind, of, at, tuple(self.compare), estimand)

    def check(self, known: Known) -> None:
        """Read its conditions; it has the visits that it needs."""
        made = self.made()
        if made.assessed and "visits" not in known.sections:
            raise ValueError(
                f"{made.of!r} is assessed at visits, and there are none. Write visits, with their "
                f"days and criteria."
            )
        if known.graph:
            for text in made.conditions:
                read_condition(text, known.graph, known.grades)
