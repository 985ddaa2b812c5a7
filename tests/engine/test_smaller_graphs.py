from __future__ import annotations

import pytest

from immunarium.core import ModelError, symbol

A, B, C, D, K = map(symbol, ("a", "b", "c", "d", "k"))


@pytest.fixture
def graph(graph_of):
    return graph_of({"a": -K * A, "b": K - B, "c": A * D - C, "d": B - D}, ("k",))


def test_a_state_that_is_zero_is_left_out_of_everything(graph):
    smaller, read = graph.without({"a"}, {"b": B, "both": A + B})
    assert smaller.states == ("b", "c", "d")
    assert smaller.rates == (K - B, -C, B - D)
    assert len(smaller.scales) == 3
    assert read == {"b": B, "both": B}


def test_a_state_that_does_not_stay_at_zero_cannot_be_left_out(graph):
    with pytest.raises(ModelError, match="b does not stay at 0"):
        graph.without({"a", "b"}, {})
