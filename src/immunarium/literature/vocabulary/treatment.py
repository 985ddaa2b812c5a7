"""What is given: arms, and what the ward gives by rule."""

from __future__ import annotations

from pydantic import Field, PositiveInt

from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    Hours,
    Known,
    Momentary,
    Quantity,
    Text,
    Treatment,
)
from immunarium.trial import Support, level


class ArmOfFile(Section):
    """A treatment, given to patients who are the same in every arm."""

    name: Text = Field(description="One word, for targets and endpoints to refer to.")
    label: str = Field("", description="As the reports call it; the name if left out.")
    regimen: Treatment = Field(description="Doses, as in a paper; 'none' for no treatment.")
    n: PositiveInt | None = Field(None, description="Patients, where arms differ in size.")


class SupportOfFile(Section):
    """What the ward gives by rule, from the first dose of a course on."""

    target: Quantity = Field(description="What is raised and lowered, like support.fluids.")
    start: Momentary = Field(description="Condition that raises it.")
    stop: Momentary = Field(description="Condition that lowers it.")
    step: Text = Field(description="By how much, with its unit, like 80 mL/h.")
    maximum: Text = Field(description="At most, with its unit.")
    every: Hours = Field(description="Time between looks.")
    after: Hours = Field(description="How long after the last dose of a course the looks go on.")

    def made(self) -> Support:
        """The support of a trial."""
        return Support(**dict(self))

    def check(self, known: Known) -> None:
        """Read the steps in the unit of what is given."""
        if self.every <= 0:
            raise ValueError("Looks need a time between them: write every = '2 h'.")
        if known.graph is None:
            return
        if self.target not in known.graph.states:
            raise ValueError(f"{self.target} is no state that can be given, as support.fluids is.")
        for text in (self.step, self.maximum):
            level(text, known.graph.units[self.target])
