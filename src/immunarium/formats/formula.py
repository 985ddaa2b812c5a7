"""Expressions as formulas in SBML identifiers, with quantities left as names."""

from __future__ import annotations

from collections.abc import Mapping

from immunarium.core import Expr, symbols
from immunarium.formats.ids import sid

_WRITTEN = {
    "add": "({0} + {1})",
    "sub": "({0} - {1})",
    "mul": "({0} * {1})",
    "div": "({0} / {1})",
    "pow": "pow({0}, {1})",
    "neg": "(-{0})",
    "exp": "exp({0})",
    "log": "ln({0})",
    "sqrt": "sqrt({0})",
    "positive": "max({0}, 0)",  # as a piecewise, each kink is an event to libRoadRunner
    "indicator": "piecewise(1, {0} > 0, 0)",
}


class Writer:
    """Writes expressions, and in place of a quantity inside them its name.

    Parameters
    ----------
    quantities : mapping of str to Expr
        By path. Equal expressions are one object, so a quantity is found wherever it occurs.
    """

    def __init__(self, quantities: Mapping[str, Expr]) -> None:
        self.names: dict[int, str] = {}
        for path, root in quantities.items():
            if root.args:
                self.names.setdefault(root.serial, sid(path))

    def law(self, root: Expr) -> str:
        """Write the rate of a reaction or a rule."""
        return self.names.get(root.serial) or self._spelled(root)

    def quantity(self, path: str, root: Expr) -> str:
        """Write the formula of a quantity; where it equals an earlier one, that one's name."""
        return self._spelled(root) if self.names.get(root.serial) == sid(path) else self.law(root)

    def _spelled(self, root: Expr) -> str:
        if root.op == "const":
            return repr(float(root.value or 0.0))
        if root.op == "sym":
            return sid(str(root.value))
        return _WRITTEN[root.op].format(*map(self.law, root.args))

    def read_by(self, root: Expr) -> set[str]:
        """Identifiers in the formula of a law."""
        if root.serial in self.names:
            return {self.names[root.serial]}
        if not root.args:
            return set(map(sid, symbols(root)))
        return set().union(*map(self.read_by, root.args))
