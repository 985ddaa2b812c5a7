"""Plasma drawn from a volume carries its share of what is dissolved in it."""

import numpy as np
import pytest

from immunarium.core import Model, Module, Parameter, Species, quantity
from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run


class Plasma(Module):
    """Two proteins that stay where they are."""

    volume = Parameter("L", "plasma volume")
    igg = Species("mg", "a protein", exchangeable="volume")
    drug = Species("nmol", "a drug", exchangeable="room")

    @quantity("L")
    def room(self):
        """Half of it is bound."""
        return 2 * self.volume


@pytest.mark.parametrize("hours", [1e-3, 2.5])
@pytest.mark.parametrize(("volumes", "left"), [(1.0, 1 - 0.632), (1.5, 1 - 0.777)])
def test_one_plasma_volume_takes_63_percent_and_one_and_a_half_78(hours, volumes, left):
    graph = Model(Plasma("pool"), wires={}).graph
    kernel = compile_model(graph, {s: graph.value(s) for s in graph.states}, {})
    plasma = np.array([2.5, 3.2])
    span = round(hours * TICKS_PER_HOUR)
    drawn = [Dose(0, span, f"clear:{path}", volumes * plasma, "exchange") for path in graph.states]
    end = 4 * TICKS_PER_HOUR
    plan = Plan(tuple(drawn), (), end, np.array([end]), (), None)
    out = run(kernel, np.full((2, 2), 10.0), plasma[:, None], plan).recorded[:, 0]
    assert out[:, 0] / 10 == pytest.approx(left, abs=1e-3)
    assert out[:, 0] / 10 == pytest.approx(np.exp(-volumes), rel=1e-5)
    assert out[:, 1] / 10 == pytest.approx(np.exp(-volumes / 2), rel=1e-5)
