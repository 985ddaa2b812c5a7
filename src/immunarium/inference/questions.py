"""Questions that are often asked of regimens, as data: who gets what, and what is looked at."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from immunarium.core import TableError, UnknownNameError, did_you_mean
from immunarium.dosing import Regimen
from immunarium.inference.compare import ComparisonError, Look

FILE = Path(__file__).with_name("questions.toml")


@dataclass(frozen=True)
class Question:
    """Regimens to be held beside each other in a disease.

    Attributes
    ----------
    name, title : str
        Its name in commands, and the question.
    disease : str
        Of the registry.
    days : float
        How long patients are followed.
    regimens : mapping of str to Regimen
        By label.
    looks : tuple of Look
        What is looked at.
    note : str
        What is known of the answer, with its source.
    """

    name: str
    title: str
    disease: str
    days: float
    regimens: Mapping[str, Regimen]
    looks: tuple[Look, ...]
    note: str


@cache
def questions() -> Mapping[str, Question]:
    """Every question, by name.

    Raises
    ------
    TableError
        One lacks a key, or has another one.
    """
    content = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: _question(name, dict(q)) for name, q in content.items()}


def question(name: str) -> Question:
    """Find a question.

    Raises
    ------
    UnknownNameError
        There is none of that name; suggests the nearest.
    """
    if name not in questions():
        raise UnknownNameError(f"There is no question {name!r}.{did_you_mean(name, questions())}")
    return questions()[name]


def _question(name: str, q: dict) -> Question:
    try:
        looks = tuple(Look(x["path"], x.get("unit", ""), x["label"]) for x in q.pop("look"))
        regimens = {x["label"]: Regimen.parse(x["regimen"]) for x in q.pop("arm")}
        made = Question(name=name, looks=looks, regimens=regimens, **q)
    except (KeyError, TypeError) as e:
        raise TableError(f"{FILE.name}, {name}: {e}. Look at another question.") from None
    return made


def asked(
    words: Sequence[str], disease: str | None, of: Sequence[str], days: float | None
) -> Question:
    """Return a question of the library, or one made of regimens.

    Parameters
    ----------
    words : sequence of str
        The name of a question, or the texts of at least two regimens.
    disease, of, days
        As of a question; what is given replaces what the library says.

    Raises
    ------
    ImmunoError
        Neither, or regimens without a disease, a quantity or days.
    """
    looks = tuple(map(Look.parse, of))
    if len(words) == 1 and " " not in words[0].strip():
        known = question(words[0])
        return replace(
            known, disease=disease or known.disease, looks=looks or known.looks,
            days=days or known.days,
        )  # fmt: skip
    if disease is None or days is None or not looks:
        raise ComparisonError(
            "Regimens need to know in whom, of what and how long: write --in, --of and --days, as "
            "in immunarium compare 'ivig 1 g/kg IV daily x 2' none --in healthy_adult --of "
            "'igg.total in g/L' --days 28"
        )
    regimens = {text: Regimen.parse(text) for text in words}
    return Question("asked", "Regimens compared", disease, days, regimens, looks, "")
