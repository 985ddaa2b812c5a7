"""SBML Level 3 Version 2 core: reactions, rate rules, quantities as rules, doses as events."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from html import escape
from math import fsum
from typing import Any, NamedTuple

from immunarium.core import CLEAR, Flow, ImmunoError, UnknownNameError, did_you_mean
from immunarium.dosing import ResolvedDose
from immunarium.dosing.ticks import HOUR
from immunarium.formats.course import Course
from immunarium.formats.formula import Writer
from immunarium.formats.ids import sid
from immunarium.formats.units import BASES, is_substance, powers, unit_id

_BODY = "body"


def to_sbml(course: Course) -> str:
    """Write one patient's course as SBML Level 3 Version 2 core.

    Species that reactions move are species, in amounts; states that only relax are parameters with
    rate rules; quantities are assignment rules; each time at which a dose starts or an infusion
    ends is an event. Time is in hours.

    Parameters
    ----------
    course : Course
        The model, the numbers of one patient and the doses.

    Returns
    -------
    str
        XML. Numbers have 15 digits, as libSBML writes them.

    Raises
    ------
    ImmunoError
        libSBML is not installed, a number is missing or not finite, or a dose enters nowhere.
    """
    return _Document(course).text()


class _Document:
    """Writes a course, part by part."""

    def __init__(self, course: Course) -> None:
        self.sbml: Any = _library()
        self.course, self.graph = course, course.graph
        self.formulas = Writer(self.graph.quantities)
        self.document = self.sbml.SBMLDocument(3, 2)
        self.model = self.document.createModel(sid(course.name))

    def text(self) -> str:
        """Write everything."""
        self._head()
        self._states()
        self._parameters()
        self._rules()
        for flow in self.graph.flows:
            if self.course.species.issuperset((*flow.left, *flow.right)):
                self._reaction(flow)
        for stop in stops(self.course):
            self._event(stop)
        return self.sbml.writeSBMLToString(self.document)

    def _head(self) -> None:
        self.model.setName(self.course.name)
        self._notes(self.model, *self.course.about)
        self.model.setTimeUnits("h")
        for text in sorted(
            {*BASES, *self.graph.units.values(), *map(self._unit, self.graph.inputs)}
        ):
            self._unit_definition(text)
        body = self.model.createCompartment()
        body.setId(_BODY)
        self._notes(body, "Amounts are amounts: this compartment holds them, and has no volume.")
        body.setConstant(True)
        body.setSpatialDimensions(3)
        body.setSize(1.0)
        body.setUnits("dimensionless")

    def _unit(self, path: str) -> str:
        """Return the unit of a path; of an input, amount or volume per hour."""
        if path.startswith(CLEAR):
            return "L/h"
        if path[0] != "@":
            return self.graph.units.get(path, "1")
        return f"{self.graph.units.get(path[1:], '1')}/h"

    def _unit_definition(self, text: str) -> None:
        name = unit_id(text)
        if name == "dimensionless" or self.model.getUnitDefinition(name):
            return
        definition = self.model.createUnitDefinition()
        definition.setId(name)
        for own, power in powers(text).items():
            part, base = definition.createUnit(), BASES[own]
            part.setKind(self.sbml.UnitKind_forName(base.kind))
            part.setMultiplier(base.multiplier)
            part.setScale(base.scale)
            part.setExponent(power)

    def _states(self) -> None:
        """Add species; and states that no reaction moves, as parameters."""
        for path in self.graph.states:
            amount = _number(self.course.initial, path, "initial amount")
            if path in self.course.species:
                self._species(path, amount)
            else:
                self._parameter(path, amount, constant=False)

    def _species(self, path: str, amount: float) -> None:
        out = self.model.createSpecies()
        self._describe(out, path)
        out.setCompartment(_BODY)
        out.setInitialAmount(amount)
        if is_substance(self._unit(path)):
            out.setSubstanceUnits(unit_id(self._unit(path)))
        out.setHasOnlySubstanceUnits(True)
        out.setBoundaryCondition(False)
        out.setConstant(False)

    def _parameters(self) -> None:
        for path in self.graph.parameters:
            self._parameter(path, _number(self.course.parameters, path, "value"), constant=True)
        for path in self.graph.inputs:
            self._parameter(path, 0.0, constant=False)
        for path in self.graph.quantities:
            self._parameter(path, None, constant=False)

    def _parameter(self, path: str, value: float | None, *, constant: bool) -> None:
        out = self.model.createParameter()
        self._describe(out, path)
        if value is not None:
            out.setValue(value)
        out.setUnits(unit_id(self._unit(path)))
        out.setConstant(constant)

    def _rules(self) -> None:
        graph = self.graph
        for path, root in graph.quantities.items():
            rule = self.model.createAssignmentRule()
            rule.setVariable(sid(path))
            rule.setMath(self._math(self.formulas.quantity(path, root)))
        for path, rate in zip(graph.states, graph.rates, strict=True):
            if path not in self.course.species and (rate.args or rate.value):
                rule = self.model.createRateRule()
                rule.setVariable(sid(path))
                rule.setMath(self._math(self.formulas.law(rate)))

    def _reaction(self, flow: Flow) -> None:
        out = self.model.createReaction()
        name = flow.path.replace(CLEAR, "exchange.").replace("@", "infusion.")
        out.setId(sid(name))
        out.setName(name)
        self._notes(out, flow.doc)
        out.setReversible(flow.signed)
        for side, add in ((flow.left, out.createReactant), (flow.right, out.createProduct)):
            for path, n in side.items():
                part = add()
                part.setSpecies(sid(path))
                part.setStoichiometry(float(n))
                part.setConstant(True)
        read = self.formulas.read_by(flow.law) - {sid(p) for p in (*flow.left, *flow.right)}
        for name in sorted(read & set(map(sid, self.course.species))):
            out.createModifier().setSpecies(name)
        out.createKineticLaw().setMath(self._math(self.formulas.law(flow.law)))

    def _event(self, stop: Stop) -> None:
        out = self.model.createEvent()
        out.setId(f"stop_{self.model.getNumEvents()}")
        out.setName("; ".join(stop.texts))
        out.setUseValuesFromTriggerTime(True)
        trigger = out.createTrigger()
        trigger.setInitialValue(False)
        trigger.setPersistent(True)
        trigger.setMath(self._math(f"time >= {_hours(stop.tick)}"))
        for path, rate in stop.rates.items():
            self._assign(out, f"@{path}", repr(rate))
        for path, amount in stop.boluses.items():
            self._assign(out, path, f"{sid(path)} + {amount!r}")

    def _assign(self, event: Any, path: str, formula: str) -> None:
        out = event.createEventAssignment()
        out.setVariable(sid(path))
        out.setMath(self._math(formula))

    def _describe(self, element: Any, path: str) -> None:
        element.setId(sid(path))
        element.setName(path.replace(CLEAR, "exchange of ").replace("@", "infusion of "))
        lines = [self.graph.docs.get(path, ""), f"[{self._unit(path)}]"]
        self._notes(element, " ".join(lines).strip(), self.course.sources.get(path, ""))

    def _notes(self, element: Any, *paragraphs: str) -> None:
        body = "".join(f"<p>{escape(p)}</p>" for p in paragraphs if p)
        if body:
            element.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{body}</body>')

    def _math(self, formula: str) -> Any:
        math = self.sbml.parseL3Formula(formula)
        assert math is not None, self.sbml.getLastParseL3Error()
        return math


class Stop(NamedTuple):
    """A time at which a dose starts or an infusion ends.

    ``rates`` are what flows from now on [amount/h], ``boluses`` what enters at once, by species.
    """

    tick: int
    texts: Sequence[str]
    rates: dict[str, float]
    boluses: dict[str, float]


def stops(course: Course) -> list[Stop]:
    """Lay doses out: at each time, the sum of all that flows, so that nothing is left at the end.

    Raises
    ------
    UnknownNameError
        A dose enters a species that this model does not have, or that takes none.
    """
    doses = course.doses
    for dose in doses:
        _enters(dose, course)
    running = [d for d in doses if d.duration]
    ticks = {d.tick for d in doses} | {d.tick + d.duration for d in running}
    return [_stop(tick, doses, running) for tick in sorted(ticks)]


def _stop(tick: int, doses: Sequence[ResolvedDose], running: Sequence[ResolvedDose]) -> Stop:
    starts = [d for d in doses if d.tick == tick]
    ends = [d for d in running if d.tick + d.duration == tick]
    now = [d for d in running if d.tick <= tick < d.tick + d.duration]
    changed = dict.fromkeys(d.target for d in (*starts, *ends) if d.duration)
    entered = dict.fromkeys(d.target for d in starts if not d.duration)
    texts = [*(f"{d.text} ends" for d in ends), *(d.text for d in starts)]
    rates = {t: _total(now, t, lambda d: _amount(d) / (d.duration / HOUR)) for t in changed}
    boluses = {t: _total((d for d in starts if not d.duration), t, _amount) for t in entered}
    return Stop(tick, list(dict.fromkeys(texts)), rates, boluses)


def _total(
    doses: Iterable[ResolvedDose], target: str, size: Callable[[ResolvedDose], float]
) -> float:
    return fsum(size(d) for d in doses if d.target == target)


def _amount(dose: ResolvedDose) -> float:
    return float(dose.amounts[0])


def _enters(dose: ResolvedDose, course: Course) -> None:
    known = [i.removeprefix("@") for i in course.graph.inputs]
    if dose.target not in known:
        raise UnknownNameError(
            f"'{dose.text}' enters {dose.target}, which {course.name} does not have."
            f"{did_you_mean(dose.target, known)}"
        )
    if dose.amounts.shape != (1,):
        raise ImmunoError(
            f"'{dose.text}' has {dose.amounts.size} amounts. A file holds one patient: resolve the "
            f"regimen with the row of that patient."
        )


def _hours(tick: int) -> str:
    """Write a time exactly: as a decimal number, or as a fraction where none of 15 digits is."""
    return repr(tick / HOUR) if float(f"{tick / HOUR:.15g}") == tick / HOUR else f"{tick} / {HOUR}"


def _number(values: Any, path: str, what: str) -> float:
    value = float(values.get(path, "nan"))
    if not abs(value) < float("inf"):
        raise ImmunoError(f"The {what} of {path} is {value:g}. SBML needs a number: give one.")
    return value


def _library() -> Any:
    try:
        import libsbml
    except ImportError:
        raise ImmunoError("This needs libSBML. Run: pip install 'immunarium[sbml]'") from None
    return libsbml
