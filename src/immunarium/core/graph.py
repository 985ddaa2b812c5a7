"""A model as a graph of expressions: all that kernels, formats and reports read."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from immunarium.core.errors import ModelError, did_you_mean
from immunarium.core.expr import ZERO, Expr, const, substitute, symbol, topological

CLEAR = "@clear:"
"""Before the path of a species: the input that is its clearance by plasma exchange [L/h]."""


@dataclass(frozen=True)
class Flow:
    """A reaction, traced.

    Attributes
    ----------
    path : str
        Of the reaction, or the input ``@species`` of an infusion, ``@clear:species`` of exchange.
    left, right : dict of str to int
        How many of which species are consumed and made when it happens once.
    law : Expr
        How often it happens [unit of its species / h].
    signed : bool
        Whether the law is the whole rate of a regulator, of either sign.
    doc : str
        What it is.
    """

    path: str
    left: Mapping[str, int]
    right: Mapping[str, int]
    law: Expr
    signed: bool = False
    doc: str = ""

    @property
    def net(self) -> dict[str, int]:
        """Net change of each species when it happens once."""
        both = [*self.left, *self.right]
        return {s: self.right.get(s, 0) - self.left.get(s, 0) for s in both}


@dataclass(frozen=True)
class Graph:
    """A model traced into expressions; symbols are paths.

    Attributes
    ----------
    states, parameters, inputs : tuple of str
        Order of the arrays the engine reads. ``inputs`` are infusion rates ``@path`` and
        clearances by exchange ``@clear:path`` [L/h].
    rates : tuple of Expr
        d/dt of each state [unit of the state / h].
    quantities : dict of str to Expr
        Every quantity, by path.
    derived : dict of str to Expr
        Parameters without a row (``Start`` and ``balances``), over rows and initial amounts.
    scales : ndarray, shape (states,)
        Typical sizes.
    units, docs : dict of str to str
        By path, for states, parameters and quantities.
    flows : tuple of Flow
        What ``rates`` sums up.
    """

    states: tuple[str, ...]
    parameters: tuple[str, ...]
    inputs: tuple[str, ...]
    rates: tuple[Expr, ...]
    quantities: dict[str, Expr]
    derived: dict[str, Expr]
    scales: NDArray[np.float64]
    units: dict[str, str]
    docs: dict[str, str]
    flows: tuple[Flow, ...] = ()

    def value(self, path: str) -> Expr:
        """Return the expression behind a state, a quantity or a parameter.

        Raises
        ------
        ModelError
            There is no such path; names the nearest.
        """
        if path in self.quantities:
            return self.quantities[path]
        if path in self.units:
            return symbol(path)
        known = [*self.quantities, *self.states, *self.parameters]
        raise ModelError(f"This model has no {path!r}.{did_you_mean(path, known)}")

    def with_powers(self, values: Mapping[str, float]) -> Graph:
        """Write numbers for the parameters that are exponents: x**2 costs less than x**n.

        Parameters
        ----------
        values : mapping of str to float
            Parameters that no patient differs in. Those that are no exponent stay symbols.
        """
        powers = {
            str(n.args[1].value)
            for n in topological([*self.rates, *self.quantities.values()])
            if n.op == "pow" and n.args[1].op == "sym"
        }
        fixed = {p: const(values[p]) for p in powers if p in values}
        memo: dict[int, Expr] = {}
        return replace(
            self,
            rates=tuple(substitute(r, fixed, memo) for r in self.rates),
            quantities={p: substitute(q, fixed, memo) for p, q in self.quantities.items()},
            flows=tuple(replace(f, law=substitute(f.law, fixed, memo)) for f in self.flows),
        )

    def without(
        self, empty: Collection[str], read: Mapping[str, Expr]
    ) -> tuple[Graph, dict[str, Expr]]:
        """Leave out states that are 0 and stay so.

        Parameters
        ----------
        empty : collection of str
            States that are 0 at the start.
        read : mapping of str to Expr
            What is looked at.

        Returns
        -------
        tuple of Graph and dict of str to Expr
            The smaller graph, without flows, and what is looked at.

        Raises
        ------
        ModelError
            A state that does not stay at 0.
        """
        zeros = dict.fromkeys(empty, ZERO)
        memo: dict[int, Expr] = {}
        rates = [substitute(r, zeros, memo) for r in self.rates]
        for state, rate in zip(self.states, rates, strict=True):
            if state in zeros and rate is not ZERO:
                raise ModelError(f"{state} does not stay at 0, so it cannot be left out.")
        kept = [i for i, s in enumerate(self.states) if s not in zeros]
        smaller = replace(
            self,
            states=tuple(self.states[i] for i in kept),
            rates=tuple(rates[i] for i in kept),
            scales=self.scales[kept],
            quantities={p: substitute(q, zeros, memo) for p, q in self.quantities.items()},
            flows=(),
        )
        return smaller, {name: substitute(x, zeros, memo) for name, x in read.items()}
