"""The parts of a regimen. Each is checked when it is made and writes itself as regimen text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

from immunarium.core import Procedure, RouteTarget, Therapy, UnknownNameError, did_you_mean
from immunarium.dosing.fluids import fluid_text, parts_of
from immunarium.dosing.ticks import (
    DAY,
    RegimenError,
    number_text,
    ticks,
    time_text,
    whole,
)

ROUTES = ("IV", "SC")
VOLUMES = ("PV", "L", "mL")
MOST_DOSES = 10_000
LARGEST = 1e15
_CASES = {unit.lower(): unit for unit in VOLUMES}
_PER = {"kg": "kg", "m2": "m²", "m²": "m²", "m^2": "m²"}
RESERVED = frozenset(
    {"once", "daily", "every", "other", "day", "days", "on", "over", "from", "x", "×"}
    | {"rest", "then", "repeat", "none"}
    | {"hold", "reduce", "delay", "slow", "stop", "rescue", "add", "cross"}
    | {"when", "until", "resume", "at", "to", "by", "with"}
)


@dataclass(frozen=True)
class Dose:
    """One amount of one drug by one route, as asked.

    Parameters
    ----------
    drug : str
        Name of a therapy.
    amount : float
        In ``unit``, above zero.
    unit : str
        ``mg``, ``IU/kg``, ``U/m²``, ``cells``: what the therapy can read, per kg or m² or neither.
    route : str
        ``IV`` or ``SC``; empty for a procedure, which is measured in volumes of plasma.
    over : str
        Length of the infusion, such as ``15 min``; empty for a bolus, or as the label says.
    fluid : str
        What replaces the plasma of a procedure: ``albumin 5 %``, or a mixture such as
        ``70 % albumin 5 % and 30 % saline``.
    """

    drug: str
    amount: float
    unit: str
    route: str
    over: str = ""
    fluid: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "drug", drug_name(self.drug))
        object.__setattr__(self, "amount", positive_amount(self.amount))
        object.__setattr__(self, "unit", unit_name(self.unit))
        if self.route or not is_volume(self.unit):
            object.__setattr__(self, "route", route_name(self.route))
        if self.over:
            object.__setattr__(self, "over", time_text(longer_than_zero(self.over)))
        if self.fluid:
            object.__setattr__(self, "fluid", fluid_text(self.fluid))

    @property
    def duration(self) -> int:
        """Length of the infusion [ticks]; 0 for a bolus."""
        return ticks(self.over) if self.over else 0

    def enters(self, therapies: Mapping[str, Therapy]) -> RouteTarget:
        """Say where it enters the body.

        Raises
        ------
        UnknownNameError
            The drug is no therapy here.
        RegimenError
            The therapy has no such route.
        """
        if self.drug not in therapies:
            raise UnknownNameError(
                f"No therapy is called {self.drug!r}.{did_you_mean(self.drug, therapies)}"
            )
        therapy = therapies[self.drug]
        routes = therapy.routes
        if isinstance(therapy, Procedure):
            self._check_procedure(therapy)
        elif not self.route:
            raise RegimenError(f"'{self}' has no route. Write {' or '.join(routes)} behind it.")
        elif self.fluid:
            raise RegimenError(
                f"'{self}' replaces no plasma: {self.drug} is no procedure. Leave out "
                f"'with {self.fluid}'."
            )
        if self.route not in routes:
            raise RegimenError(
                f"'{self}' cannot be given: {self.drug} has no route {self.route}. "
                f"Give it {' or '.join(routes)}."
            )
        return routes[self.route]

    def _check_procedure(self, procedure: Procedure) -> None:
        if self.route:
            raise RegimenError(
                f"'{self}' cannot be given: {self.drug} is a procedure. Leave out {self.route}."
            )
        if not self.over:
            raise RegimenError(f"'{self}' takes time. Say how long, as in 'over 2.5 h'.")
        fluids = procedure.fluids
        if fluids is None:
            if self.fluid:
                raise RegimenError(
                    f"'{self}' cannot be given: {self.drug} gives the plasma back. Leave out "
                    f"'with {self.fluid}'."
                )
            return
        if not self.fluid:
            raise RegimenError(
                f"'{self}' does not say what replaces the plasma. Write 'with' and a fluid behind "
                f"it: {', '.join(f.name for f in fluids.fluids)}."
            )
        for _, name in parts_of(self.fluid):
            try:
                fluids.composition(name)
            except UnknownNameError as e:
                raise UnknownNameError(f"'{self}' cannot be given: {e}") from None

    @property
    def given(self) -> str:
        """It without its fluid, which stands behind the schedule."""
        route = f" {self.route}" if self.route else ""
        over = f" over {self.over}" if self.over else ""
        return f"{self.drug} {number_text(self.amount)} {self.unit}{route}{over}"

    def __str__(self) -> str:
        return f"{self.given} with {self.fluid}" if self.fluid else self.given


@dataclass(frozen=True)
class Once:
    """A single dose."""

    @property
    def times(self) -> tuple[int, ...]:
        """When, from its start [ticks]."""
        return (0,)

    @property
    def length(self) -> int:
        """Until the end of its last interval [ticks]."""
        return 0

    def __str__(self) -> str:
        return "once"


@dataclass(frozen=True)
class Every:
    """``count`` doses, one at the start of every ``interval``."""

    interval: str
    count: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "interval", time_text(longer_than_zero(self.interval)))
        checked_count(self.count)

    @property
    def times(self) -> tuple[int, ...]:
        """When, from its start [ticks]."""
        return tuple(range(0, self.length, ticks(self.interval)))

    @property
    def length(self) -> int:
        """Until the end of its last interval [ticks]."""
        return self.count * ticks(self.interval)

    def __str__(self) -> str:
        words = {"1 d": "daily", "2 d": "every other day"}
        often = words.get(self.interval, f"q{self.interval.replace(' ', '')}")
        return f"{often} x {self.count}"


@dataclass(frozen=True)
class OnDays:
    """A dose on each of these days; day 0 is the start of the study."""

    days: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "days", tuple(float(d) for d in self.days))
        if not self.days or any(a >= b for a, b in pairwise(self.days)):
            raise RegimenError("The days of a schedule must be given, and rise.")
        checked_count(len(self.days))
        _ = self.times

    @property
    def times(self) -> tuple[int, ...]:
        """When, from the start of the study [ticks]."""
        return tuple(whole(number_text(d), DAY, f"day {number_text(d)}") for d in self.days)

    @property
    def length(self) -> int:
        """Until the end of its last day [ticks]."""
        return self.times[-1] + DAY

    def __str__(self) -> str:
        return f"on days {', '.join(map(number_text, self.days))}"


@dataclass(frozen=True)
class Give:
    """A dose on a schedule.

    Parameters
    ----------
    dose : Dose
        What is given.
    schedule : Once or Every or OnDays
        How often.
    start : str or None
        Time since the start of the study, such as ``12 d``; None where the doses follow what was
        written before.
    """

    dose: Dose
    schedule: Once | Every | OnDays
    start: str | None = None

    def __post_init__(self) -> None:
        gaps = [b - a for a, b in pairwise(self.schedule.times)]
        if gaps and self.dose.duration > min(gaps):
            raise RegimenError(f"An infusion of {self.dose.over} does not end before the next.")
        if self.start is None:
            return
        if isinstance(self.schedule, OnDays):
            raise RegimenError("'on days' counts from the start of the study: leave out 'from'.")
        object.__setattr__(self, "start", time_text(ticks(self.start)))

    @property
    def dated(self) -> bool:
        """Whether it counts from the start of the study."""
        return self.start is not None or isinstance(self.schedule, OnDays)

    def __str__(self) -> str:
        fluid = f" with {self.dose.fluid}" if self.dose.fluid else ""
        text = f"{self.dose.given} {self.schedule}{fluid}"
        if self.start is None:
            return text
        days = self.start.removesuffix(" d")
        return f"{text} from {self.start if ' ' in days else f'day {days}'}"


@dataclass(frozen=True)
class Rest:
    """Time without doses after the last interval; then the next course. None of it is ``then``."""

    length: str = "0 d"

    def __post_init__(self) -> None:
        object.__setattr__(self, "length", time_text(ticks(self.length)))

    def __str__(self) -> str:
        return "then" if self.length == "0 d" else f"rest {self.length}"


@dataclass(frozen=True)
class Repeat:
    """Everything since the last repeat, ``count`` more times, with its rest in between."""

    count: int

    def __post_init__(self) -> None:
        checked_count(self.count)

    def __str__(self) -> str:
        return f"repeat {self.count}"


Item = Give | Rest | Repeat


def positive_amount(amount: float) -> float:
    """Return the amount, where one can give it."""
    value = float(amount)
    if not 0 < value <= LARGEST:
        raise RegimenError("An amount is a number above zero, and at most 1e15.")
    return value


def unit_name(unit: str) -> str:
    """Return a unit of dose as the house writes it."""
    base, *per = unit.split("/")
    if base in RESERVED or base.upper() in ROUTES or not base.isalpha():
        raise RegimenError("An amount needs a unit, as in '720000 IU/kg'.")
    if base not in VOLUMES and (meant := _CASES.get(base.lower())):
        raise RegimenError(f"No unit is called {base!r}. Did you mean {'/'.join([meant, *per])}?")
    if len(per) > 1 or (per and per[0] not in _PER):
        raise RegimenError("An amount may be per kg or per m² only; give the whole of it, no rate.")
    if base == "PV" and per:
        raise RegimenError("PV is the patient's own plasma volume: write it without 'per'.")
    return f"{base}/{_PER[per[0]]}" if per else base


def is_volume(unit: str) -> bool:
    """Whether a dose is a volume, so that it may be of plasma."""
    return unit.partition("/")[0] in VOLUMES


def route_name(route: str) -> str:
    """Return a route as the house writes it."""
    if route.upper() not in ROUTES:
        raise RegimenError(f"A route is one of {', '.join(ROUTES)}.")
    return route.upper()


def drug_name(drug: str) -> str:
    """Return the name of a drug as the house writes it."""
    name = drug.lower()
    if name in RESERVED or not name.replace("-", "_").isidentifier():
        raise RegimenError("The name of a drug was wanted here, such as aldesleukin.")
    return name


def longer_than_zero(text: str) -> int:
    """Return the ticks of a time that must not be zero."""
    if not (time := ticks(text)):
        raise RegimenError("A time must be longer than zero.")
    return time


def checked_count(count: int) -> int:
    """Return a number of times that a regimen can have."""
    if not 1 <= count <= MOST_DOSES:
        raise RegimenError(f"A count must be between 1 and {MOST_DOSES}.")
    return count
