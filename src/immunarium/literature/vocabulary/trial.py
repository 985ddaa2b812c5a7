"""A whole file."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from immunarium.literature.vocabulary.assessment import (
    CredibilityOfFile,
    DropoutOfFile,
    EndpointOfFile,
    VisitsOfFile,
)
from immunarium.literature.vocabulary.comparison import AssumedOfFile, TargetOfFile, WindowOfFile
from immunarium.literature.vocabulary.design import DesignOfFile
from immunarium.literature.vocabulary.patients import Population
from immunarium.literature.vocabulary.section import Section, every
from immunarium.literature.vocabulary.treatment import (
    MOST_RULES,
    ArmOfFile,
    RuleOfFile,
    SupportOfFile,
)
from immunarium.literature.vocabulary.words import DiseaseName, Hours, Quantity, Text
from immunarium.trial.protocol import DOCUMENTS, Sight

MOST_ARMS, MOST = 100, 1000


def _times(texts: list[str]) -> list[str]:
    every(texts)
    return texts


class TrialFile(Section):
    """A trial: who is treated, with what, how they are looked at, and what is compared."""

    title: Text = Field(description="What the trial is, in a line.")
    citation: str = Field("", description="Author. Journal year; volume: pages.")
    source: str = Field("", description="doi: or pmid: of the published trial.")
    document: Literal[DOCUMENTS] | None = Field(  # pyright: ignore[reportInvalidTypeForm]
        None, description="The founding document that it stands for."
    )
    disease: DiseaseName = Field(description="Name of the disease, like metastatic_cancer.")
    until: Hours = Field(description="Length of follow-up, like 52 week.")
    record: Annotated[list[Text], AfterValidator(_times)] | None = Field(
        None,
        description="When courses are kept: 'every 4 h to 30 d', each going on from the last.",
        max_length=MOST,
    )
    courses: list[Quantity] | None = Field(
        None, description="Quantities whose courses are kept.", max_length=MOST
    )
    rules_see: Sight = Field(
        "measurements", description="What rules look at: values with their error, or the state."
    )
    rules: list[RuleOfFile] = Field(
        [], description="For every arm that gives the drug.", max_length=MOST_RULES
    )
    population: Population = Field(description="The virtual patients.")
    arm: list[ArmOfFile] = Field(
        description="Treatments, on the same patients.", min_length=1, max_length=MOST_ARMS
    )
    support: list[SupportOfFile] = Field(
        [], description="What the ward gives by rule.", max_length=MOST
    )
    visits: VisitsOfFile | None = Field(
        None, description="When lesions are measured and scores rated."
    )
    dropout: DropoutOfFile | None = Field(None, description="Patients who are lost.")
    endpoint: list[EndpointOfFile] = Field(
        [], description="What is estimated and compared.", max_length=MOST
    )
    design: DesignOfFile | None = Field(
        None, description="How patients meet the arms; in parallel if left out."
    )
    credibility: CredibilityOfFile | None = Field(
        None, description="What the model is asked to support."
    )
    window: WindowOfFile | None = Field(None, description="The therapeutic window over doses.")
    assumed: list[AssumedOfFile] = Field(
        [], description="What the sources do not give.", max_length=MOST
    )
    target: list[TargetOfFile] = Field(
        [], description="Published numbers that the trial is compared with.", max_length=MOST
    )
