"""Expressions laid out once, to be evaluated again and again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from immunarium.core.expr import Expr, operation, topological

Values = list[Any]


class Recipe:
    """Values of expressions where a few symbols change from call to call and the others do not.

    Gives the same bits as ``evaluate``.

    Parameters
    ----------
    roots : iterable of Expr
        What is wanted.
    changing : iterable of str
        Names of the symbols that change.
    """

    def __init__(self, roots: Iterable[Expr], changing: Iterable[str]) -> None:
        roots, names = list(roots), set(changing)
        nodes = topological(roots)
        place = {node.serial: i for i, node in enumerate(nodes)}
        moves: list[bool] = []
        for node in nodes:
            arguments = any(moves[place[a.serial]] for a in node.args)
            moves.append(arguments or (node.op == "sym" and node.value in names))
        self._nodes = nodes
        self._roots = [place[r.serial] for r in roots]
        self._symbols = [
            (i, str(n.value)) for i, n in enumerate(nodes) if n.op == "sym" and moves[i]
        ]
        self._steps = [
            (i, operation(n.op), [place[a.serial] for a in n.args])
            for i, n in enumerate(nodes)
            if n.args and moves[i]
        ]
        self._still = [i for i in range(len(nodes)) if not moves[i]]
        read = {a for _, _, arguments in self._steps for a in arguments} | set(self._roots)
        self._kept = [i for i in self._still if i in read]

    def still(self, values: Mapping[str, Any]) -> Values:
        """Evaluate once what does not change, from the symbols that do not.

        Raises
        ------
        KeyError
            A symbol has no value.
        """
        out: Values = [None] * len(self._nodes)
        place = {node.serial: i for i, node in enumerate(self._nodes)}
        with np.errstate(all="ignore"):
            for i in self._still:
                node = self._nodes[i]
                if node.op == "const":
                    out[i] = node.value
                elif node.op == "sym":
                    out[i] = values[str(node.value)]
                else:
                    out[i] = operation(node.op)(*(out[place[a.serial]] for a in node.args))
        return out

    def among(self, still: Values, rows: NDArray[np.bool_]) -> Values:
        """Keep some rows of what does not change."""
        out: Values = [None] * len(still)
        for i in self._kept:
            value = still[i]
            out[i] = value[rows] if np.ndim(value) else value
        return out

    def __call__(self, still: Values, changing: Mapping[str, Any]) -> Values:
        """Values of the roots."""
        out = list(still)
        for i, name in self._symbols:
            out[i] = changing[name]
        with np.errstate(all="ignore"):
            for i, apply, arguments in self._steps:
                out[i] = apply(*[out[a] for a in arguments])
        return [out[i] for i in self._roots]
