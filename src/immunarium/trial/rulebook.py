"""The rules of a trial, read against its model: all that contradicts itself is said at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from immunarium.core import Expr, Graph, ImmunoError
from immunarium.dosing import Regimen, Rule, check_rules
from immunarium.dosing.rules import CROSS, SLOW
from immunarium.dosing.ticks import HOUR
from immunarium.trial.conditions import Condition, read_condition
from immunarium.trial.ctcae import Grades
from immunarium.trial.decisions import Reading, Treatment
from immunarium.trial.protocol import Trial, TrialError

_LOOKS = 6  # back over the time that a condition must have held


@dataclass(frozen=True)
class RuleBook:
    """Rules as they can be followed.

    Attributes
    ----------
    conditions : mapping of str to Condition
        By their text.
    """

    trial: Trial
    conditions: Mapping[str, Condition]

    @classmethod
    def of(cls, trial: Trial, graph: Graph, grades: Grades) -> RuleBook:
        """Read the rules of every regimen of a trial.

        Raises
        ------
        TrialError
            Everything that is wrong with them: contradictions, drugs and arms that do not exist,
            conditions that cannot be read.
        """
        rules = _rules(trial)
        arms = {a.name: a.regimen.rules for a in trial.arms}
        drugs = {d for r in regimens(trial) for d in r.drugs}
        wrong = [*check_rules([], drugs, arms), *_no_infusions(trial)]
        conditions: dict[str, Condition] = {}
        for rule in rules:
            wrong += _unknown_doses(rule, trial)
            for text in filter(None, (rule.when, rule.until)):
                try:
                    conditions[text] = _read(text, trial, graph, grades)
                except ImmunoError as e:
                    wrong.append(f"'{rule}': {e}")
        if wrong:
            raise TrialError("\n".join(dict.fromkeys(wrong)))
        return cls(trial, conditions)

    def outputs(self, graph: Graph) -> dict[str, Expr]:
        """Return what must be recorded so that rules can be followed."""
        paths = {p for c in self.conditions.values() for x in c.comparisons for p in x.paths}
        return {p: graph.value(p) for p in sorted(paths - set(graph.parameters))}

    def treatments(self, regimen: Regimen) -> list[Treatment]:
        """Return a regimen, and the arms that its patients may cross over to."""
        arms = {a.name: a.regimen for a in self.trial.arms}
        names = {a.regimen: a.name for a in reversed(self.trial.arms)}
        out = [Treatment(names.get(regimen, ""), regimen, self._readings(regimen))]
        for treatment in out:
            known = [t.name for t in out]
            for reading in treatment.readings:
                arm = reading.rule.arm
                if reading.rule.action == CROSS and arm not in known:
                    out.append(Treatment(arm, arms[arm], self._readings(arms[arm])))
                    known.append(arm)
        return out

    def _readings(self, regimen: Regimen) -> tuple[Reading, ...]:
        def test(text: str) -> Condition:
            return self.conditions[text]

        return tuple(
            Reading(r, test(r.when).test, test(r.until).test if r.until else None)
            for r in regimen.rules
        )

    def memory(self, treatments: Iterable[Treatment]) -> NDArray[np.int64]:
        """Ticks that must be recorded so that rules can look back from planned doses and visits."""
        treatments = list(treatments)
        back = {b for t in treatments for b in self._back(t)}
        looks = {d.tick for t in treatments for d in t.regimen.doses}
        if self.trial.visits is not None:
            looks |= {round(24 * HOUR * day) for day in self.trial.visits.days}
        end = round(self.trial.until * HOUR)
        ticks = {look - b for look in looks for b in back}
        return np.array([t for t in ticks if 0 <= t <= end], np.int64)

    def _back(self, treatment: Treatment) -> Iterator[int]:
        """How far its rules look back [ticks]."""
        for rule in treatment.regimen.rules:
            for text in filter(None, (rule.when, rule.until)):
                for c in self.conditions[text].comparisons:
                    yield from ([round(c.change * HOUR)] if c.change else [])
                    step = c.lasting * HOUR / _LOOKS
                    yield from (round(k * step) for k in range(1, _LOOKS)) if step else ()


def regimens(trial: Trial) -> list[Regimen]:
    """Every regimen of a trial: of its arms, its window and its alternatives."""
    others = [r for a in trial.assumed for o in a.alternatives for r in o.regimens.values()]
    return [*(a.regimen for a in trial.arms), *trial.window.values(), *others]


def _rules(trial: Trial) -> list[Rule]:
    return list(dict.fromkeys(rule for r in regimens(trial) for rule in r.rules))


def _no_infusions(trial: Trial) -> list[str]:
    """Return the rules that would slow what is given at once, and has no label to run by."""
    out: list[str] = []
    for regimen in regimens(trial):
        slowed = {r.drug: r for r in regimen.rules if r.action == SLOW}
        for dose in {d.dose for d in regimen.doses if d.dose.drug in slowed}:
            if not dose.duration and dose.enters(trial.therapies).label is None:
                out.append(f"'{slowed[dose.drug]}': '{dose}' is no infusion, so it has no pace.")
    return list(dict.fromkeys(out))


def _unknown_doses(rule: Rule, trial: Trial) -> list[str]:
    """What is wrong with the doses that a rule begins."""
    out = []
    for planned in rule.give.doses if rule.give is not None else ():
        try:
            planned.dose.enters(trial.therapies)
        except ImmunoError as e:
            out.append(f"'{rule}': {e}")
    return out


def _read(text: str, trial: Trial, graph: Graph, grades: Grades) -> Condition:
    condition = read_condition(text, graph, grades)
    asked = condition.knows & {"visit", "response"}
    if asked and trial.visits is None:
        raise TrialError(f"There are no visits, so that nobody knows the {' or '.join(asked)}.")
    return condition
