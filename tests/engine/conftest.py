"""Small models for the engine's tests."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from immunarium.core import Expr, Graph, symbol

CASES = Path(__file__).parents[3] / "shared" / "cases" / "stiff"


@pytest.fixture(scope="session")
def graph_of() -> Callable[..., Graph]:
    """Make a graph from the rate of each state, by name."""

    def make(
        rates: Mapping[str, Expr], parameters: tuple[str, ...] = (), infused: tuple[str, ...] = ()
    ) -> Graph:
        return Graph(
            states=tuple(rates),
            parameters=parameters,
            inputs=tuple(f"@{name}" for name in infused),
            rates=tuple(rates.values()),
            quantities={},
            derived={},
            scales=np.ones(len(rates)),
            units={},
            docs={},
        )

    return make


@pytest.fixture(scope="session")
def decay(graph_of: Callable[..., Graph]) -> Graph:
    """One compartment: x' = @x - k x, with a counter that events may move."""
    x, k = symbol("x"), symbol("k")
    rates = {"x": symbol("@x") - k * x, "level": symbol("level") * 0.0}
    return graph_of(rates, ("k",), ("x",))


@pytest.fixture(scope="session")
def stiff_drug(graph_of: Callable[..., Graph]) -> Graph:
    """Return a drug that binds a scarce receptor fast, and is eaten with it."""
    drug, far, free, bound = map(symbol, ("drug", "far", "free", "bound"))
    binding = symbol("kon") * drug * free - 20.0 * bound
    rates = {
        "drug": symbol("@drug") - symbol("cl") * drug - 2.0 * drug + far - binding,
        "far": 2.0 * drug - far,
        "free": 0.5 - 0.5 * free - binding + 0.8 * bound,
        "bound": binding - 3.0 * bound,
    }
    return graph_of(rates, ("kon", "cl"), ("drug",))


@pytest.fixture
def stiff_case() -> Callable[[str], dict[str, Any]]:
    """Read a case of ../shared/cases/stiff by name."""

    def read(name: str) -> dict[str, Any]:
        path = CASES / f"{name}.json"
        if not path.exists():
            pytest.skip("the stiff reference cases of ../shared/cases are not on this machine")
        return json.loads(path.read_text())

    return read
