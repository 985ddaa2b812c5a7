"""Problems between the parts of a file, told whatever else is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from immunarium import registry
from immunarium.core import ImmunoError
from immunarium.dosing import Regimen, Rule, check_rules
from immunarium.dosing.rules import regimen_problems
from immunarium.literature import problems as p
from immunarium.literature.files import Content
from immunarium.literature.problems import Problem
from immunarium.literature.vocabulary.treatment import MOST_RULES
from immunarium.trial import hours
from immunarium.trial.observe import ticks

MOST_ITEMS = 1000  # more are refused where the section is read
_NAMED = (("arm", "name"), ("target", "id"), ("endpoint", "name"))


def across(content: Content) -> Iterator[Problem]:
    """Names that two of a kind have, rules that contradict each other, doses after the end."""
    for path, message in (*_twice(content.values), *_rules(content.values), *_late(content.values)):
        yield Problem(content.name, content.line(path), path, message)


def subject_to(regimen: Regimen, arm: str, common: Iterable[Rule], own: Iterable[Rule]) -> Regimen:
    """Add to a regimen its arm's rules, and the common ones about a drug it gives or about none.

    Raises
    ------
    ImmunoError
        The rules contradict each other.
    """
    return replace(regimen, rules=_all_of(regimen, arm, [*common], [*own]))


def _all_of(regimen: Regimen, arm: str, common: list[Rule], own: list[Rule]) -> tuple[Rule, ...]:
    begun = {d for r in (*common, *own) if r.give is not None for d in r.give.drugs}
    drugs = {*regimen.drugs, *begun}
    mine = (r for r in common if (r.drug in drugs if r.drug else r.arm != arm))
    return tuple(dict.fromkeys((*regimen.rules, *mine, *own)))


def _items(values: Mapping[str, Any], section: str) -> list[dict[str, Any]]:
    found = values.get(section)
    items = found[:MOST_ITEMS] if isinstance(found, list) else []
    return [x if isinstance(x, dict) else {} for x in items]


def _twice(values: Mapping[str, Any]) -> Iterator[tuple[p.Path, str]]:
    for section, key in _NAMED:
        first: dict[str, int] = {}
        for i, item in enumerate(_items(values, section)):
            name = item.get(key)
            if not isinstance(name, str):
                continue
            if name in first:
                message = f"{name!r} is also the {key} of {section} {first[name] + 1}."
                yield (section, i, key), message
            first.setdefault(name, i)


def _rules(values: Mapping[str, Any]) -> Iterator[tuple[p.Path, str]]:
    """Contradictions among the rules that can be read."""
    common = _readable(values, ("rules",))
    arms = _items(values, "arm")
    names = [str(a.get("name")) for a in arms]
    own = [_readable(a, ("arm", i, "rules")) for i, a in enumerate(arms)]
    regimens = [_regimen(a) for a in arms]
    every = [*common.items(), *(x for rules in own for x in rules.items())]
    drugs = {d for r in regimens if r for d in r.drugs}
    if None in regimens:
        drugs |= set(registry.therapies())
    by_arm = {name: list(rules.values()) for name, rules in zip(names, own, strict=True)}
    told: set[str] = set()
    for said in check_rules(common.values(), drugs, by_arm):
        told.add(said)
        quoted = [path for path, rule in every if f"'{rule}'" in said]
        yield (quoted[-1] if quoted else ("rules",)), said
    for i, (regimen, rules) in enumerate(zip(regimens, own, strict=True)):
        if regimen is not None:
            mine = _all_of(regimen, names[i], [*common.values()], [*rules.values()])
            for said in regimen_problems(regimen.items, mine):
                if said not in told:
                    told.add(said)
                    yield ("arm", i, "regimen"), said


def _readable(values: Mapping[str, Any], path: p.Path) -> dict[p.Path, Rule]:
    found = values.get("rules")
    out: dict[p.Path, Rule] = {}
    for i, item in enumerate(found[:MOST_RULES] if isinstance(found, list) else []):
        if isinstance(item, str | dict):
            with suppress(ImmunoError):  # told where the rule is read
                out[(*path, i)] = Rule.of(item)
    return out


def _regimen(arm: Mapping[str, Any]) -> Regimen | None:
    try:
        return Regimen.parse(arm["regimen"])
    except (ImmunoError, KeyError, TypeError, AttributeError):
        return None  # told where the regimen is read


def _late(values: Mapping[str, Any]) -> Iterator[tuple[p.Path, str]]:
    try:
        until = ticks(hours(values["until"]))
    except (ImmunoError, KeyError, TypeError):
        return
    day = ticks(24.0)
    for i, arm in enumerate(_items(values, "arm")):
        regimen = _regimen(arm)
        last = max((d.tick for d in regimen.doses), default=0) if regimen else 0
        if last >= until:
            yield (
                ("arm", i, "regimen"),
                (
                    f"Its last dose is on day {last / day:g}, and the trial ends on day "
                    f"{until / day:g}. Write a longer until, or fewer doses."
                ),
            )
