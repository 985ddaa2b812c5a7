"""Modules: what a piece of biology declares. A rate law is plain Python, run and never parsed."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Protocol, overload

from immunarium.core.errors import ModelError
from immunarium.core.units import OWN_UNITS, is_own, unit


class Reader(Protocol):
    """Whoever runs the laws of a module: with symbols, quantities or numbers."""

    def read(self, ref: Ref) -> Any:
        """Value of a declared thing."""
        ...


class Named:
    """Something a module declares. Read from a module that is being run, it is a value."""

    name: str = ""

    def __init__(self, unit: str, doc: str = "") -> None:
        self.unit, self.doc = unit, doc

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, module: None, owner: type) -> Named: ...
    @overload
    def __get__(self, module: Module, owner: type) -> Any: ...
    def __get__(self, module: Module | None, owner: type) -> Any:
        if module is None:
            return self
        ref = Ref(module, self)
        return ref if module.reader is None else module.reader.read(ref)


class Species(Named):
    """An amount that changes in time, and only by the reactions of the module that declares it.

    Parameters
    ----------
    unit : str
        Made of the model's own units.
    doc : str
        What it is, as an immunologist would say it.
    scale : float
        A typical size, in ``unit``; absolute tolerances follow it.
    doseable : bool
        Whether a bolus or an infusion may enter here.
    exchangeable : str
        Name of the volume [L] in the same module that it is dissolved in, where plasma exchange
        takes it away: any fluid that is drawn from that volume carries its share of it.
    """

    def __init__(
        self,
        unit: str,
        doc: str = "",
        *,
        scale: float = 1.0,
        doseable: bool = False,
        exchangeable: str = "",
    ) -> None:
        super().__init__(unit, doc)
        self.scale, self.exchangeable = scale, exchangeable
        self.doseable = doseable or bool(exchangeable)  # what is drawn may be given back

    def __rshift__(self, right: Species | Side) -> Arrow:
        return Side({self: 1}) >> right

    def __rmul__(self, n: int) -> Side:
        return Side({self: n})

    def __add__(self, other: Species | Side) -> Side:
        return Side({self: 1}) + other


class Side(dict[Species, int]):
    """One side of a reaction."""

    def __rshift__(self, right: Species | Side) -> Arrow:
        right = Side({right: 1}) if isinstance(right, Species) else right
        return Arrow(self, right)

    def __add__(self, other: Species | Side) -> Side:
        other = Side({other: 1}) if isinstance(other, Species) else other
        return Side({s: self.get(s, 0) + other.get(s, 0) for s in [*self, *other]})


class Arrow:
    """What one reaction consumes and makes, and the net change of each species."""

    def __init__(self, left: Side, right: Side) -> None:
        self.left, self.right = left, right
        self.net = {s: right.get(s, 0) - left.get(s, 0) for s in [*left, *right]}

    def __str__(self) -> str:
        def side(s: Side) -> str:
            return " + ".join(f"{n} {k.name}" if n > 1 else k.name for k, n in s.items())

        return f"{side(self.left) or 'nothing'} → {side(self.right) or 'nothing'}"


nothing = Side()


class Parameter(Named):
    """A constant of one patient: a row of the module's table, with its source and spread.

    With ``balances`` it has no row: its value is the one at which that species is at rest at the
    start. The law must be linear in it.
    """

    def __init__(self, unit: str, doc: str = "", *, balances: Species | None = None) -> None:
        super().__init__(unit, doc)
        self.balances = balances


class Covariate(Named):
    """A property of a patient that doses and visits read and laws may not; any unit, kept."""


class Start(Named):
    """The value that a species, a quantity or a need has at the start, before any therapy."""

    def __init__(self, of: Named) -> None:
        super().__init__(of.unit)
        self.of = of

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.doc = f"{self.of.doc or self.of.name} at the start"


class Inflow(Named):
    """The rate at which doses enter a species now; 0 where nothing is infused."""

    def __init__(self, of: Species) -> None:
        super().__init__(f"{of.unit}/h")
        self.of = of

    def __set_name__(self, owner: type, name: str) -> None:
        super().__set_name__(owner, name)
        self.doc = f"{self.of.doc or self.of.name}: what is infused"


class Needs(Named):
    """A value that another module supplies, through a wire."""


class Formula(Named):
    """Base of what is computed: carries the law."""

    formula: Callable[[Any], Any]

    def __call__(self, formula: Callable[[Any], Any]) -> Any:
        """Decorate the method that is the law."""
        self.formula = formula
        self.doc = self.doc or inspect.cleandoc(formula.__doc__ or "").split("\n")[0]
        return self


class quantity(Formula):
    """A derived quantity: a formula with a unit."""


class reaction(Formula):
    """A process that moves amounts along an arrow, at the rate its method returns."""

    def __init__(self, arrow: Arrow) -> None:
        first = next(iter(arrow.net))
        super().__init__(f"{first.unit}/h" if first.unit != "1" else "1/h")
        self.arrow = arrow


class relaxes(Formula):
    """The whole rate of change of a signed regulator, which may fall below its baseline."""

    def __init__(self, species: Species) -> None:
        super().__init__(f"{species.unit}/h" if species.unit != "1" else "1/h")
        self.species = species


class Module:
    """One piece of biology. Final: to change one, write another with the same needs.

    Parameters
    ----------
    name : str
        The instance, first part of every path; by default the class name in lower case.
    """

    reader: Reader | None = None

    def __init__(self, name: str = "") -> None:
        self.name = name or type(self).__name__.lower()

    def __init_subclass__(cls) -> None:
        if cls.__bases__ != (Module,):
            raise ModelError(
                f"{cls.__name__} subclasses a module. Modules are final: write another one with "
                f"the same needs and wire it instead."
            )
        for name, thing in vars(cls).items():
            if isinstance(thing, Named):
                _check_unit(f"{cls.__name__}.{name}", thing)

    @classmethod
    def table(cls) -> Path:
        """Return the table beside the module's file."""
        return Path(inspect.getfile(cls)).with_suffix(".tsv")

    def declared(self, *kinds: type[Named]) -> Iterator[Ref]:
        """Everything of these kinds that the module declares, in order."""
        return (Ref(self, v) for v in vars(type(self)).values() if isinstance(v, kinds))

    def reading(self, reader: Reader) -> Module:
        """Return the same module, with values to read."""
        twin = object.__new__(type(self))
        twin.name, twin.reader = self.name, reader
        return twin


def _check_unit(where: str, thing: Named) -> None:
    unit(thing.unit)
    if not isinstance(thing, Covariate) and not is_own(thing.unit):
        raise ModelError(
            f"{where} is declared in [{thing.unit}]. Inside a model use only "
            f"{', '.join(OWN_UNITS)}; tables may use any unit and are converted."
        )


class Ref:
    """A declared thing in one named module."""

    __slots__ = ("module", "thing")

    def __init__(self, module: Module, thing: Named) -> None:
        self.module, self.thing = module, thing

    @property
    def path(self) -> str:
        """``instance.name``."""
        return f"{self.module.name}.{self.thing.name}"

    @property
    def unit(self) -> str:
        """The unit it is declared in."""
        return self.thing.unit

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ref) and other.path == self.path

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return self.path


class Constant:
    """A number in the model's own units, where a wire needs no module."""

    def __init__(self, value: float, unit: str = "1") -> None:
        if not is_own(unit):
            raise ModelError(
                f"A constant is given in [{unit}]. On a wire use only {', '.join(OWN_UNITS)}."
            )
        self.value, self.unit = value, unit
