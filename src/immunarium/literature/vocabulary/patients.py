"""Who is treated."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, PositiveInt, WithJsonSchema

from immunarium.core import Row, did_you_mean
from immunarium.core.tables import EVIDENCE, LAWS
from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import Histology, Known, Text
from immunarium.population import layered

NotNegative = Annotated[float, Field(ge=0)]


def _number(value: Any) -> Any:
    """A number or a formula, as the tables have it: text."""
    return repr(value) if type(value) in (int, float) else value


Value = Annotated[
    Text,
    BeforeValidator(_number),
    WithJsonSchema({"type": ["number", "string"], "examples": [1.2, "= 0.5 * patient.weight"]}),
]


class RowOfFile(Section):
    """A number that differs in this trial, as a row of a parameter table."""

    path: Text = Field(description="Which number, like il2.CL.")
    value: Value = Field(description="The median, in the unit; or a formula '= …' over paths.")
    unit: Text = Field(description="Unit of the value; 1 for a pure number.")
    cv: NotNegative | None = Field(None, description="Spread between patients.")
    law: str = Field("", description=f"Distribution; lognormal if left out. {', '.join(LAWS[1:])}.")
    evidence: Text = Field(description=f"One of {', '.join(EVIDENCE)}.")
    source: Text = Field(description="doi:, pmid: or 'this work'.")
    note: str = Field("", description="Anything worth knowing.")

    def row(self, file: str, line: int = 1) -> Row:
        """The row of a table that it is."""
        instance, _, name = self.path.rpartition(".")
        return Row(
            instance, name, self.value, self.unit, self.cv, self.law, self.evidence, self.source,
            self.note, file, line,
        )  # fmt: skip

    def check(self, known: Known) -> None:
        """Put it on top of the tables of the disease."""
        for word, words in ((self.evidence, EVIDENCE), (self.law, LAWS)):
            if word not in words:
                raise ValueError(f"Unknown word {word!r}.{did_you_mean(word, words)}")
        if known.disease and known.model:
            first = next(iter(known.disease.histologies))
            layered(known.disease, known.model, [first], [self.row(known.name)])


class Population(Section):
    """The virtual patients."""

    n: PositiveInt = Field(description="Patients in an arm.")
    histologies: dict[Histology, NotNegative] | None = Field(
        None,
        description="Share of each histology, in any measure; as the disease has it if left out.",
    )
    row: list[RowOfFile] = Field([], description="Numbers that differ in this trial.")

    def check(self, known: Known) -> None:
        """Refuse shares that are all nought."""
        if self.histologies is not None and not sum(self.histologies.values()) > 0:
            raise ValueError("No histology has a share above 0.")
