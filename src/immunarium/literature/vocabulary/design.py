"""How patients meet the arms."""

from __future__ import annotations

import re
from abc import abstractmethod
from typing import Annotated, Literal

from pydantic import Field, PositiveInt, ValidationInfo, field_validator

from immunarium.literature.vocabulary.comparison import by_dose
from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    ArmName,
    Hours,
    InTrial,
    Known,
    Share,
    Text,
    known,
)
from immunarium.trial import read_condition
from immunarium.trial.design import Crossover, Design, Escalation, Parallel, Withdrawal


class _DesignOfFile(Section):
    @abstractmethod
    def made(self) -> Design:
        """The design of a trial."""

    def check(self, known: Known) -> None:
        """Make it."""
        self.made()


class ParallelOfFile(_DesignOfFile):
    """Every patient in one arm."""

    kind: Literal["parallel"] = Field(description="Every patient in one arm.")

    def made(self) -> Design:
        """The design of a trial."""
        return Parallel()


class CrossoverOfFile(_DesignOfFile):
    """Each patient gets several arms, one after the other."""

    kind: Literal["crossover"] = Field(description="Several arms one after the other.")
    sequences: list[list[ArmName]] = Field(description="Arms, a period each.")
    period: Hours = Field(description="Length of a period.")
    washout: Hours = Field(0.0, description="Time without treatment between two periods.")

    def made(self) -> Design:
        """The design of a trial."""
        return Crossover(tuple(map(tuple, self.sequences)), self.period, self.washout)


class WithdrawalOfFile(_DesignOfFile):
    """All are treated; who responds is drawn to go on or to stop."""

    kind: Literal["withdrawal"] = Field(description="Treated, then drawn to go on or stop.")
    arm: ArmName = Field(description="The treatment.")
    at: InTrial = Field(description="When those who respond are drawn.")
    when: str = Field("", description="Condition that must hold then; everybody alive if left out.")
    stop: list[Text] = Field([], description="Drugs that are stopped; all if left out.")

    def made(self) -> Design:
        """The design of a trial."""
        return Withdrawal(self.arm, self.at, self.when, tuple(self.stop))

    def check(self, known: Known) -> None:
        """Make it, and read its condition: comparisons, for a response is read between visits."""
        self.made()
        if self.when and known.graph:
            _ = read_condition(self.when, known.graph, known.grades).any_of


class EscalationOfFile(_DesignOfFile):
    """Doses go up, cohort by cohort, until they are not tolerated."""

    kind: Literal["escalation"] = Field(description="Doses that go up.")
    regimen: Text = Field(description="A regimen with {dose} where the dose belongs.")
    doses: list[Text] = Field(description="Doses with their units, lowest first.")
    toxicity: Text = Field(description="The dose-limiting toxicity, a condition.")
    within: Hours = Field(description="Time from the first dose in which it counts.")
    method: Literal["3+3", "BOIN"] = Field("3+3", description="The rule of escalation.")
    target: Share = Field(0.3, description="Toxicity that is looked for (BOIN), like 30 %.")
    cohort: PositiveInt = Field(3, description="Patients in a cohort.")
    most: PositiveInt = Field(30, description="Patients in all.")

    @field_validator("toxicity")
    @classmethod
    def _readable(cls, toxicity: str, info: ValidationInfo) -> str:
        here = known(info)
        for text in re.split(r"\bor\b", toxicity):
            if here.graph and not re.fullmatch(r"\s*[\w-]+\s+stopped\s*", text):
                read_condition(text, here.graph, here.grades)
        return toxicity

    def made(self) -> Design:
        """The design of a trial."""
        return Escalation(
            by_dose(self.regimen, self.doses), self.toxicity, self.within, self.method,
            self.target, self.cohort, self.most,
        )  # fmt: skip


DesignOfFile = Annotated[
    ParallelOfFile | CrossoverOfFile | WithdrawalOfFile | EscalationOfFile,
    Field(discriminator="kind"),
]
