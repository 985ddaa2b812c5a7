"""What is given: arms, rules, and what the ward gives without being asked."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field, PositiveInt, ValidationInfo, field_validator
from pydantic_core import core_schema

from immunarium.dosing import Rule
from immunarium.dosing.rules import EXAMPLES, HOLD
from immunarium.literature.vocabulary.section import Section
from immunarium.literature.vocabulary.words import (
    Hours,
    Known,
    Momentary,
    Quantity,
    Text,
    Treatment,
    Word,
    given,
    known,
    seen_by_rule,
)
from immunarium.trial import Support, level

MOST_RULES = 100
_WORDS = {
    "hold": "Drug whose doses are held.",
    "reduce": "Drug whose doses are reduced.",
    "delay": "Drug whose doses are delayed, all later ones too.",
    "slow": "Drug whose infusions are slowed.",
    "stop": "Drug that is stopped.",
    "rescue with": "Regimen that is begun; an intercurrent event.",
    "add": "Regimen that is begun beside the arm's own.",
    "cross over to": "Arm whose regimen and rules are followed from here on.",
    "to": "Share of the dose or of its rate that is left, like 50 %.",
    "by": "How much later, like 1 d.",
    "when": "The condition.",
    "until": "Condition that ends it.",
    "resume at": "Share of the dose after a hold, like 75 %.",
    "at most": "Times that a patient can be decided on.",
    "stop after": "Holds in a row that end the course.",
}
_COUNTS = ("at most", "stop after")


class _ReadRule:
    """A rule, as text or as a mapping with the words of its text."""

    def __get_pydantic_core_schema__(self, source: Any, handler: Any) -> Any:
        return core_schema.with_info_plain_validator_function(_rule)

    def __get_pydantic_json_schema__(self, schema: Any, handler: Any) -> dict[str, Any]:
        kinds = {word: "integer" if word in _COUNTS else "string" for word in _WORDS}
        words = {w: {"type": kinds[w], "description": said} for w, said in _WORDS.items()}
        text = {"type": "string", "examples": list(EXAMPLES.values())}
        mapping = {
            "type": "object",
            "properties": words,
            "required": ["when"],
            "additionalProperties": False,
        }
        return {"anyOf": [text, mapping]}


def _rule(value: Any, info: ValidationInfo) -> Rule:
    if not isinstance(value, str | dict):
        raise ValueError(f"Found {value!r}. Write a rule like {EXAMPLES[HOLD]!r}.")
    rule = Rule.of(value)
    if rule.give is not None:
        given(rule.give)
    for text in filter(None, (rule.when, rule.until)):
        seen_by_rule(text, info)
    return rule


RuleOfFile = Annotated[Rule, _ReadRule()]


class ArmOfFile(Section):
    """A treatment, given to patients who are the same in every arm."""

    name: Word = Field(description="One word, for targets and endpoints to refer to.")
    label: str = Field("", description="As the reports call it; the name if left out.")
    regimen: Treatment = Field(description="Doses, as in a paper; 'none' for no treatment.")
    n: PositiveInt | None = Field(None, description="Patients, where arms differ in size.")
    rules: list[RuleOfFile] = Field(
        [], description="Rules of this arm alone.", max_length=MOST_RULES
    )


class SupportOfFile(Section):
    """What the ward gives by rule, from the first dose of a course on."""

    target: Quantity = Field(description="What is raised and lowered, like support.fluids.")
    start: Momentary = Field(description="Condition that raises it.")
    stop: Momentary = Field(description="Condition that lowers it.")
    step: Text = Field(description="By how much, with its unit, like 80 mL/h.")
    maximum: Text = Field(description="At most, with its unit.")
    every: Hours = Field(description="Time between looks.")
    after: Hours = Field(description="How long after the last dose of a course the looks go on.")

    @field_validator("target")
    @classmethod
    def _given(cls, target: str, info: ValidationInfo) -> str:
        graph = known(info).graph
        if graph and target not in graph.states:
            raise ValueError(f"{target} is no state that can be given, as support.fluids is.")
        return target

    @field_validator("step", "maximum")
    @classmethod
    def _measured(cls, text: str, info: ValidationInfo) -> str:
        if (graph := known(info).graph) and (target := info.data.get("target")):
            level(text, graph.units[target])
        return text

    def made(self) -> Support:
        """The support of a trial."""
        return Support(**dict(self))

    def check(self, known: Known) -> None:
        """There is time between looks."""
        if self.every <= 0:
            raise ValueError("Looks need a time between them: write every = '2 h'.")
