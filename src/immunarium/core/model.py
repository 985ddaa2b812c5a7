"""Models: modules wired together, checked when made, and traced once into one graph."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from immunarium.core.errors import ModelError, did_you_mean
from immunarium.core.expr import (
    ZERO,
    Expr,
    const,
    gradient,
    substitute,
    symbol,
    symbols,
)
from immunarium.core.graph import CLEAR, Flow, Graph
from immunarium.core.module import (
    Constant,
    Covariate,
    Formula,
    Inflow,
    Module,
    Named,
    Needs,
    Parameter,
    Ref,
    Species,
    Start,
    quantity,
    reaction,
    relaxes,
)
from immunarium.core.units import compatible, registry, unit

Supply = Ref | Constant


class Run:
    """Runs the laws of a model once, for one kind of value."""

    def __init__(
        self, model: Model, leaf: Callable[[Ref], Any], constant: Callable[[Constant], Any]
    ) -> None:
        self.model, self.leaf, self.constant = model, leaf, constant
        self.memo: dict[str, Any] = {}
        self.open: list[str] = []

    def read(self, ref: Ref | Constant) -> Any:
        """Value of a declared thing, remembered."""
        if isinstance(ref, Constant):
            return self.constant(ref)
        path = ref.path
        if path not in self.memo:
            self.memo[path] = self._value(path, ref)
        return self.memo[path]

    def _value(self, path: str, ref: Ref) -> Any:
        match ref.thing:
            case Covariate():
                raise ModelError(
                    f"A law reads the covariate {path}. Laws read parameters: declare one, and "
                    f"give it the row '= {path}'."
                )
            case Needs():
                supplies = self.model.wires[path]
                total = self.read(supplies[0])
                for s in supplies[1:]:
                    total = total + self.read(s)
                return total
            case Formula() as thing:
                if path in self.open:
                    loop = " → ".join([*self.open[self.open.index(path) :], path])
                    raise ModelError(f"Quantities need one another in a loop: {loop}.")
                self.open.append(path)
                try:
                    return thing.formula(ref.module.reading(self))
                except (AttributeError, TypeError, ValueError) as e:
                    if type(e) not in (AttributeError, TypeError, ValueError):
                        raise  # ours, or pint's: units that do not fit
                    raise ModelError(
                        f"The law {path} cannot be read: {str(e).rstrip('.')}. A law is arithmetic "
                        f"on what its module declares, without 'if', comparison or numpy; "
                        f"immunarium.core has exp, log, hill, ramp and smooth_step."
                    ) from None
                finally:
                    self.open.pop()
            case _:
                return self.leaf(ref)


class Model:
    """Modules wired together. Checked when made, so a Model that exists is a valid one.

    Parameters
    ----------
    *modules : Module
        Instances, with names that differ.
    wires : mapping of Ref to Ref, Constant or a list of them
        ``need: supply``; a list is a sum.

    Raises
    ------
    ModelError
        Says which wire, unit or law is wrong, and what to write.
    """

    def __init__(self, *modules: Module, wires: Mapping[Any, Any]) -> None:
        self.modules: dict[str, Module] = {}
        for m in modules:
            if m.name in self.modules:
                raise ModelError(f"Two modules are called {m.name}. Give one another name.")
            self.modules[m.name] = m
        self.species = self._every(Species)
        self.parameters = self._every(Parameter)
        self.covariates = self._every(Covariate)
        self.starts = self._every(Start)
        self.inflows = self._every(Inflow)
        self.needs = self._every(Needs)
        self.quantities = self._every(quantity)
        self.reactions = self._every(reaction)
        self.relaxations = self._every(relaxes)
        self.wires = self._wire(wires)
        self._check_units()
        self._check_plasma()

    def _every(self, kind: type[Named]) -> dict[str, Ref]:
        return {r.path: r for m in self.modules.values() for r in m.declared(kind)}

    def offers(self) -> dict[str, Ref]:
        """Everything a wire may read."""
        own = (self.species, self.quantities, self.parameters, self.starts, self.inflows)
        return {path: ref for kind in own for path, ref in kind.items()}

    def _wire(self, wires: Mapping[Any, Any]) -> dict[str, list[Supply]]:
        known = {**self.offers(), **self.needs}
        out: dict[str, list[Supply]] = {}
        for need, supply in wires.items():
            supplies: list[Supply] = [*supply] if isinstance(supply, list) else [supply]
            if need.path not in self.needs:
                raise ModelError(
                    f"{need.path} is wired but needs nothing.{did_you_mean(need.path, self.needs)}"
                )
            for s in supplies:
                if isinstance(s, Ref) and s.path not in known:
                    raise ModelError(
                        f"{need.path} is wired to {s.path}, whose module is not in this model."
                    )
                if not compatible(s.unit, need.unit):
                    name = s.path if isinstance(s, Ref) else "a constant"
                    raise ModelError(
                        f"{need.path} needs [{need.unit}] but is wired to {name} [{s.unit}]."
                    )
            if not supplies:
                raise ModelError(
                    f"{need.path} is wired to an empty list. Write Constant(0, {need.unit!r})."
                )
            out[need.path] = supplies
        for path, need in self.needs.items():
            if path not in out:
                self._not_wired(path, need)
        return out

    def _not_wired(self, path: str, need: Ref) -> None:
        offers = {**self.species, **self.quantities}
        fit = [p for p, o in offers.items() if compatible(o.unit, need.unit)][:4]
        could = f"In this model it could be {' or '.join(fit)}: w" if fit else "W"
        raise ModelError(
            f"{path} [{need.unit}] is not wired. {could}rite "
            f"wires={{{path}: {fit[0] if fit else '...'}}}."
        )

    def _check_units(self) -> None:
        """Run every law once with quantities."""
        import pint

        units = registry()

        def leaf(ref: Ref) -> Any:
            size = 1.0 + (sum(map(ord, ref.path)) % 89) / 200  # avoids log(1) and x - x
            return units.Quantity(size, unit(ref.unit))

        run = Run(self, leaf, lambda c: units.Quantity(c.value or 1.0, unit(c.unit)))
        for path, ref in chain(
            self.quantities.items(), self.reactions.items(), self.relaxations.items()
        ):
            try:
                with np.errstate(over="ignore"):  # the sizes mean nothing
                    got = units.Quantity(run.read(ref))
            except pint.DimensionalityError as e:
                raise ModelError(f"{path} puts [{e.units1}] together with [{e.units2}].") from None
            for wanted in _wanted(ref.thing):
                if got.dimensionality != unit(wanted).dimensionality:
                    raise ModelError(
                        f"{path} should be [{wanted}] but its formula gives [{got.units:~P}]."
                    )

    def _check_plasma(self) -> None:
        """Check that what is infused can be, and that what is exchanged has a volume."""
        for path, ref in self.inflows.items():
            of = _as(Inflow, ref.thing).of
            if not of.doseable:
                raise ModelError(
                    f"{path} is what flows into {of.name}, which takes no dose. Declare it with "
                    f"doseable=True."
                )
        for path, ref in self.species.items():
            name = _as(Species, ref.thing).exchangeable
            volume = vars(type(ref.module)).get(name)
            if not name or (isinstance(volume, Named) and compatible(volume.unit, "L")):
                continue
            own = [r.thing.name for r in ref.module.declared(Named) if compatible(r.unit, "L")]
            found = f"is [{volume.unit}]" if isinstance(volume, Named) else "is not declared there"
            raise ModelError(
                f"{path} is exchangeable={name!r}, but {name} {found}. Name the volume [L] that "
                f"it is dissolved in{': ' + ' or '.join(own) if own else ''}."
            )

    @cached_property
    def graph(self) -> Graph:
        """The model as expressions."""
        run = Run(self, _symbol, lambda c: const(c.value))
        flows = [
            _flow(ref, run.read(ref))
            for ref in [*self.reactions.values(), *self.relaxations.values()]
        ]
        rates = _sums(dict.fromkeys(self.species, ZERO), flows)
        derived = self._derive(run, rates)
        species = {p: _as(Species, r.thing) for p, r in self.species.items()}
        doseable = [p for p, s in species.items() if s.doseable]
        infusions = [Flow(f"@{p}", {}, {p: 1}, symbol(f"@{p}"), doc="infusion") for p in doseable]
        cleared = [_cleared(self.species[p], run) for p, s in species.items() if s.exchangeable]
        rates = _sums(rates, (*infusions, *cleared))
        observed = {**self.quantities, **self.inflows}
        things = {**self.species, **self.parameters, **self.starts, **observed}
        return Graph(
            states=tuple(self.species),
            parameters=(*self.parameters, *self.starts),
            inputs=(*(f"@{p}" for p in doseable), *(f.path for f in cleared)),
            rates=tuple(rates.values()),
            quantities={p: _lift(run.read(r)) for p, r in observed.items()},
            derived=derived,
            scales=np.array([s.scale for s in species.values()]),
            units={p: r.unit for p, r in things.items()},
            docs={p: r.thing.doc for p, r in things.items()},
            flows=(*flows, *infusions, *cleared),
        )

    def _derive(self, run: Run, rates: Mapping[str, Expr]) -> dict[str, Expr]:
        """Express every parameter without a row over rows and initial amounts."""
        raw: dict[str, Expr] = {}
        for path, ref in self.starts.items():
            raw[path] = _lift(run.read(Ref(ref.module, _as(Start, ref.thing).of)))
        for path, ref in self.parameters.items():
            balances = _as(Parameter, ref.thing).balances
            if balances is not None:
                raw[path] = _balance(path, rates[f"{ref.module.name}.{balances.name}"])
        nothing_given = {i: ZERO for r in raw.values() for i in symbols(r) if i.startswith("@")}
        return _resolve({path: substitute(r, nothing_given) for path, r in raw.items()})

    def balanced(self) -> set[str]:
        """Paths of the parameters that are derived, so that have no row."""
        rows = self.parameters.items()
        return {p for p, r in rows if _as(Parameter, r.thing).balances is not None}

    def rate_of(self, path: str) -> Expr:
        """Return d/dt of a species at the start, over rows and initial amounts, no drug given."""
        g = self.graph
        rate = substitute(g.rates[g.states.index(path)], {i: ZERO for i in g.inputs})
        return substitute(rate, g.derived)


T = TypeVar("T", bound=Named)


def _as(kind: type[T], thing: Named) -> T:
    assert isinstance(thing, kind)
    return thing


def _symbol(ref: Ref) -> Expr:
    """Return the symbol that the graph has for a declared thing."""
    thing = ref.thing
    if isinstance(thing, Inflow):
        return symbol(f"@{ref.module.name}.{thing.of.name}")
    return symbol(ref.path)


def _cleared(ref: Ref, run: Run) -> Flow:
    """Say what plasma exchange takes: its clearance [L/h] times the concentration."""
    volume = vars(type(ref.module))[_as(Species, ref.thing).exchangeable]
    concentration = symbol(ref.path) / _lift(run.read(Ref(ref.module, volume)))
    path = f"{CLEAR}{ref.path}"
    return Flow(path, {ref.path: 1}, {}, symbol(path) * concentration, doc="exchange")


def _flow(ref: Ref, law: Any) -> Flow:
    """Say what a reaction or relaxation with this law moves."""

    def paths(side: Mapping[Species, int]) -> dict[str, int]:
        return {f"{ref.module.name}.{s.name}": n for s, n in side.items()}

    thing = ref.thing
    if isinstance(thing, reaction):
        left, right = paths(thing.arrow.left), paths(thing.arrow.right)
        return Flow(ref.path, left, right, _lift(law), doc=thing.doc)
    right = paths({_as(relaxes, thing).species: 1})
    return Flow(ref.path, {}, right, _lift(law), signed=True, doc=thing.doc)


def _sums(rates: Mapping[str, Expr], flows: Iterable[Flow]) -> dict[str, Expr]:
    """Add what flows change to the rate of each species."""
    out = dict(rates)
    for flow in flows:
        for path, n in flow.net.items():
            out[path] = out[path] - flow.law if n == -1 else out[path] + n * flow.law
    return out


def _lift(value: Any) -> Expr:
    return value if isinstance(value, Expr) else const(float(value))


def _wanted(thing: Named) -> Iterable[str]:
    if isinstance(thing, reaction):
        return [f"{s.unit}/h" if s.unit != "1" else "1/h" for s in thing.arrow.net]
    return [thing.unit]


def _balance(path: str, rate: Expr) -> Expr:
    """Solve ``rate = 0`` for a parameter the rate is linear in."""
    slope = gradient(rate, [path]).get(path)
    if slope is None:
        raise ModelError(f"{path} should balance a species whose rate does not contain it.")
    if path in symbols(slope):
        raise ModelError(f"{path} balances a species whose rate is not linear in it.")
    return -(substitute(rate, {path: ZERO}) / slope)


def _resolve(raw: Mapping[str, Expr]) -> dict[str, Expr]:
    """Replace derived parameters inside one another, or name the loop."""
    done: dict[str, Expr] = {}
    open_: list[str] = []

    def resolve(path: str) -> Expr:
        if path in done:
            return done[path]
        if path in open_:
            loop = " → ".join([*open_[open_.index(path) :], path])
            raise ModelError(f"Parameters are derived from one another in a loop: {loop}.")
        open_.append(path)
        inner = {s: resolve(s) for s in symbols(raw[path]) if s in raw}
        open_.pop()
        done[path] = substitute(raw[path], inner)
        return done[path]

    return {path: resolve(path) for path in raw}
