"""The texts of a trial's file: times, sizes, quantities, conditions and regimens, each checked."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    StringConstraints,
    ValidationInfo,
    WithJsonSchema,
)
from pydantic_core import core_schema

from immunarium import registry
from immunarium.core import Disease, Graph, Model, UnknownNameError, did_you_mean
from immunarium.core.units import factor
from immunarium.dosing import Regimen
from immunarium.trial import hours, level, read_condition
from immunarium.trial.ctcae import Grades, read_grades
from immunarium.trial.probes import Raters

MOST = 1000
"""Entries of a list in a file, and visits."""
_LONG = 876_600.0  # h


@dataclass(frozen=True)
class Known:
    """What the names in a file may mean.

    Attributes
    ----------
    name : str
        Of the file.
    disease, model, graph, grades
        Of the disease that is meant, also where its name is mistyped; None and nothing where that
        cannot be told.
    arms : tuple of str
        Names of all arms, also of those that cannot be read.
    until : float
        Hours of follow-up; a hundred years where the file does not say.
    sections : frozenset of str
        Keys that are there.
    raters : Raters
        What scores there are, and the days on which they are rated.
    """

    name: str = ""
    disease: Disease | None = None
    model: Model | None = None
    graph: Graph | None = None
    grades: Grades = field(default_factory=dict)
    arms: tuple[str, ...] = ()
    until: float = _LONG
    sections: frozenset[str] = frozenset()
    raters: Raters = field(default_factory=Raters)

    @classmethod
    def of(cls, name: str, content: Mapping[str, Any]) -> Known:
        """Look ahead in a file for what the rest of it is checked against."""
        arms = content.get("arm")
        listed = arms if isinstance(arms, list) else []
        named = [a.get("name") for a in listed if isinstance(a, dict)]
        try:
            until = hours(str(content.get("until")))
        except ValueError:
            until = _LONG
        meant = get_close_matches(str(content.get("disease")), registry.names("diseases"), 1)
        found = content_of(meant[0]) if meant else (None, None, None, {})
        disease, names = found[0], tuple(n for n in named if isinstance(n, str))
        raters = Raters()
        if disease is not None:
            raters = Raters(disease.name, disease.scores, _planned(content.get("visits"), until))
        return cls(name, *found, names, until, frozenset(content), raters)


def _planned(visits: Any, until: float) -> tuple[float, ...]:
    """Days of the baseline and the visits; nothing where there are none, or they are not plain."""
    if not isinstance(visits, dict):
        return ()
    try:
        if "every" in visits:
            every = hours(str(visits["every"]))
            count = min(int(until / every + 1e-9), MOST)  # more are refused where they are made
            return tuple(i * every / 24 for i in range(count + 1))
        return (0.0, *(hours(str(day)) / 24 for day in visits.get("days", ())))
    except (ValueError, TypeError, ZeroDivisionError):
        return (0.0,)


@cache
def content_of(disease: str) -> tuple[Disease, Model, Graph, Grades]:
    """Return a disease, its model, the graph of that, and what decides its grades."""
    found = registry.disease(disease)
    model = found.model
    return found, model, model.graph, read_grades(model.graph)


def known(info: ValidationInfo) -> Known:
    """What names may mean; nothing, where a file is checked without its context."""
    return info.context or Known()


def wanted_text(value: Any, looks: str) -> str:
    """Return a text.

    Raises
    ------
    ValueError
        It is none; says how it looks.
    """
    if not isinstance(value, str):
        raise ValueError(f"Found {value!r}. Write a text like {looks!r}.")
    return value


@dataclass(frozen=True, eq=False)
class Read:
    """A text that is read at once, and how its schema describes it."""

    read: Callable[[str], Any]
    looks: str
    schema: Mapping[str, Any] = field(default_factory=dict)

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.no_info_plain_validator_function(
            lambda x: self.read(wanted_text(x, self.looks))
        )

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        return {"type": "string", "examples": [self.looks], **self.schema}


_REGIMEN = "aldesleukin 720000 IU/kg IV over 15 min q8h x 14"
_WORD = r"\w[\w+-]*"


def _word(text: str) -> str:
    if not re.fullmatch(_WORD, text):
        raise ValueError(
            f"Found {text!r}. Write one word of letters, digits, '_', '-' and '+', like 'q8h'; "
            "what reports call it is its label."
        )
    return text


_NUMBER = r"\d+\.?\d*"
_TIME = {"pattern": rf"^\s*{_NUMBER}\s*(min|h|d|day|days|week|weeks|month|months)\s*$"}

Text = Annotated[str, StringConstraints(min_length=1)]
Word = Annotated[str, Read(_word, "q8h", {"pattern": f"^{_WORD}$"})]
Hours = Annotated[float, Read(hours, "12 week", _TIME)]
Days = Annotated[float, Read(lambda t: hours(t) / 24, "12 week", _TIME)]
Length = Annotated[float, Read(lambda t: level(t, "mm"), "10 mm")]
Share = Annotated[float, Read(lambda t: level(t, "1"), "10 %")]
Treatment = Annotated[Regimen, Read(lambda t: given(Regimen.parse(t)), _REGIMEN)]


def given(regimen: Regimen) -> Regimen:
    """Return a regimen whose drugs exist, by routes and in units that they have.

    Raises
    ------
    ImmunoError
        Names the dose.
    """
    therapies = registry.therapies()
    for dose in dict.fromkeys(p.dose for p in regimen.doses):
        dose.enters(therapies)
        try:
            therapies[dose.drug].amount_of(dose.unit.partition("/")[0])
        except ValueError as e:
            raise ValueError(f"'{dose}' cannot be given: {e}") from None
    return regimen


def _disease(name: str) -> str:
    registry.disease(name)
    return name


def _quantity(path: str, info: ValidationInfo) -> str:
    if (graph := known(info).graph) and path not in graph.units:
        raise UnknownNameError(f"This model has no {path!r}.{did_you_mean(path, graph.units)}")
    return path


def _condition(text: str, info: ValidationInfo) -> str:
    if graph := known(info).graph:
        read_condition(text, graph, known(info).grades)
    return text


def seen_by_rule(text: str, info: ValidationInfo) -> None:
    """Read the condition of a rule.

    Raises
    ------
    ImmunoError
        Points at the word.
    """
    here = known(info)
    if here.graph is None:
        return
    asked = read_condition(text, here.graph, here.grades).knows & {"visit", "response"}
    if asked and "visits" not in here.sections:
        raise ValueError(
            f"There are no visits, so that nobody knows the {' or '.join(sorted(asked))}. "
            f"Write visits, with their days."
        )


def _momentary(text: str, info: ValidationInfo) -> str:
    if graph := known(info).graph:
        read_condition(text, graph, known(info).grades).truth()
    return text


def _arm(name: str, info: ValidationInfo) -> str:
    if (arms := known(info).arms) and name not in arms:
        raise UnknownNameError(f"There is no arm {name!r}.{did_you_mean(name, arms)}")
    return name


def _histology(name: str, info: ValidationInfo) -> str:
    disease = known(info).disease
    if disease and name not in disease.histologies:
        raise UnknownNameError(
            f"{disease.name} has no histology {name!r}.{did_you_mean(name, disease.histologies)}"
        )
    return name


def _unit(text: str) -> str:
    if text != "patients":
        factor(text, text)
    return text


def in_trial(time: float, info: ValidationInfo) -> float:
    """Return a time that is not after the end of the trial.

    Raises
    ------
    ValueError
        It is.
    """
    if time > (until := known(info).until):
        raise ValueError(f"Day {time / 24:g} is after the end of the trial, day {until / 24:g}.")
    return time


DiseaseName = Annotated[Text, AfterValidator(_disease)]
Quantity = Annotated[
    Text, AfterValidator(_quantity), WithJsonSchema({"type": "string", "examples": ["il2.plasma"]})
]
Assessed = Annotated[Text, AfterValidator(_condition)]
Momentary = Annotated[Text, AfterValidator(_momentary)]
ArmName = Annotated[Text, AfterValidator(_arm)]
Histology = Annotated[Text, AfterValidator(_histology)]
Unit = Annotated[Text, AfterValidator(_unit)]
InTrial = Annotated[Hours, AfterValidator(in_trial)]
