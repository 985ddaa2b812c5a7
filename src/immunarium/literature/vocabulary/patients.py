"""Who is treated."""

from __future__ import annotations

import re
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PositiveInt,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)

from immunarium.core import Row, did_you_mean
from immunarium.core.tables import EVIDENCE, LAWS
from immunarium.core.units import factor
from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    MOST,
    Histology,
    Known,
    Text,
    Unit,
    content_of,
    known,
)
from immunarium.parameters import Tables
from immunarium.population import Correlation, Marginal, baseline_graph, layered
from immunarium.population.correlation import Copula
from immunarium.trial import level, read_condition
from immunarium.trial.rated import check_scales, read_score

NotNegative = Annotated[float, Field(ge=0)]


def _number(value: Any) -> Any:
    """A number or a formula, as the tables have it: text."""
    if type(value) in (int, float):
        return repr(value)
    if isinstance(value, str) and not re.fullmatch(
        r"\s*(=.*|[-+.\deE]+(\s*,[-+.\deE\s]+)?)", value
    ):
        raise ValueError(f"Found {value!r}. Write a number, or a formula that begins with '='.")
    return value


@cache
def numbers_of(disease: str) -> Tables:
    """Return the numbers of a disease in its first histology."""
    found, model, _, _ = content_of(disease)
    first = next(iter(found.histologies))
    return layered(found, model, [first])[first]


Value = Annotated[
    Text,
    BeforeValidator(_number),
    WithJsonSchema({"type": ["number", "string"], "examples": [1.2, "= 0.5 * patient.weight"]}),
]


def _part(value: Any) -> float:
    return level(value, "1") if isinstance(value, str) else value


def _eligible(text: str, info: ValidationInfo) -> str:
    here = known(info)
    if (said := read_score(text)) and here.disease:
        check_scales(said, set(here.disease.scores), here.disease.name)
    elif model := here.model:
        read_condition(text, baseline_graph(model), known(info).grades).truth()
    return text


Part = Annotated[
    float,
    BeforeValidator(_part),
    WithJsonSchema({"type": ["number", "string"], "examples": ["20 %", 0.2]}),
]
ShareKey = Annotated[float, BeforeValidator(_part)]
Eligible = Annotated[
    Text,
    AfterValidator(_eligible),
    WithJsonSchema({"type": "string", "examples": ["kidney.creatinine < 1.5 mg/dL"]}),
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

    @field_validator("path")
    @classmethod
    def _path(cls, path: str, info: ValidationInfo) -> str:
        if (disease := known(info).disease) and path not in (numbers := numbers_of(disease.name)):
            raise ValueError(f"This model has no number {path!r}.{did_you_mean(path, numbers)}")
        return path

    @field_validator("unit")
    @classmethod
    def _unit(cls, unit: str, info: ValidationInfo) -> str:
        disease, path = known(info).disease, info.data.get("path")
        if disease and path:
            factor(unit, numbers_of(disease.name)[path].unit)
        return unit

    @field_validator("evidence", "law")
    @classmethod
    def _word(cls, word: str, info: ValidationInfo) -> str:
        words = EVIDENCE if info.field_name == "evidence" else LAWS
        if word not in words:
            raise ValueError(f"Unknown {info.field_name} {word!r}.{did_you_mean(word, words)}")
        return word


class CorrelationOfFile(Section):
    """Numbers that go together between patients."""

    of: list[Text] = Field(description="Paths of two numbers or more.", min_length=2)
    rho: float | list[list[float]] = Field(
        description="Spearman's rank correlation of each pair, or a matrix in the order of 'of'."
    )
    evidence: str = Field("assumed", description=f"One of {', '.join(EVIDENCE)}.")
    source: Text = Field(description="doi:, pmid: or 'this work'.")
    note: str = Field("", description="Anything worth knowing.")

    def made(self) -> Correlation:
        """The correlation of a trial."""
        rho = tuple(map(tuple, self.rho)) if isinstance(self.rho, list) else float(self.rho)
        return Correlation(tuple(self.of), rho, self.source, self.evidence, self.note)

    def check(self, known: Known) -> None:
        """Make it, of numbers that the model has."""
        together(known, [self])


class MarginalOfFile(Section):
    """A published distribution of one thing between patients."""

    of: Text = Field(description="A covariate, a number or quantity at the start, or histology.")
    source: Text = Field(description="doi:, pmid: or 'this work'.")
    unit: Unit = Field("1", description="Of the numbers.")
    mean: float | None = Field(None, description="Mean, with sd and law.")
    sd: float | None = Field(None, description="Standard deviation.")
    law: Literal["normal", "lognormal"] = Field("normal", description="Law of a mean and sd.")
    median: float | None = Field(None, description="Instead: the median.")
    quantiles: dict[ShareKey, float] = Field(
        {}, description="Instead: value below which a share lies, like '25 %': 42."
    )
    shares: dict[str, Part] = Field(
        {}, description="Instead: shares of categories or of intervals, like '< 40': 20 %."
    )

    def made(self) -> Marginal:
        """The published distribution."""
        return Marginal(**dict(self))

    def check(self, known: Known) -> None:
        """Make it, of something that patients have, in a unit that converts."""
        self.made()
        if known.model and self.of != "histology":
            units = baseline_graph(known.model).units
            if self.of not in units:
                near = did_you_mean(self.of, ("histology", *units))
                raise ValueError(f"This model has no {self.of!r}.{near}")
            factor(self.unit, units[self.of])


class Population(Section):
    """The virtual patients."""

    n: PositiveInt = Field(description="Patients in an arm.")
    histologies: dict[Histology, NotNegative] | None = Field(
        None,
        description="Share of each histology, in any measure; as the disease has it if left out.",
    )
    row: list[RowOfFile] = Field(
        [], description="Numbers that differ in this trial.", max_length=MOST
    )
    correlated: list[CorrelationOfFile] = Field(
        [], description="Numbers that go together between patients.", max_length=MOST
    )
    eligible: list[Eligible] = Field(
        [], description="Conditions at the start on which patients are taken.", max_length=MOST
    )
    match: list[MarginalOfFile] = Field(
        [],
        description="Published distributions that the patients are weighted to.",
        max_length=MOST,
    )

    def check(self, known: Known) -> None:
        """Refuse shares that are all nought, and correlations that cannot all hold."""
        if self.histologies is not None and not sum(self.histologies.values()) > 0:
            raise ValueError("No histology has a share above 0.")
        together(known, self.correlated)
        if self.row and known.disease and known.model:
            rows = [r.row(known.name, i) for i, r in enumerate(self.row, start=1)]
            layered(known.disease, known.model, list(known.disease.histologies)[:1], rows)


def together(known: Known, correlated: list[CorrelationOfFile]) -> None:
    """Refuse correlations of numbers that cannot have them, or that cannot all hold.

    Raises
    ------
    ImmunoError
        Says which.
    """
    made = [c.made() for c in correlated]
    if made and known.disease:
        Copula(made, {"": numbers_of(known.disease.name)})
