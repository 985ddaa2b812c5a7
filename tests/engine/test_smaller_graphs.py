from __future__ import annotations

import pytest

from immunarium.core import ModelError, symbol

A, B, C, D, K = map(symbol, ("a", "b", "c", "d", "k"))


@pytest.fixture
def graph(graph_of):
    # c is fed by a alone; d only follows b and is read by c
    return graph_of({"a": -K * A, "b": K - B, "c": A * D - C, "d": B - D}, ("k",))


def test_what_is_zero_and_what_nobody_reads_any_more_are_left_out(graph):
    smaller, read = graph.without({"a"}, {"b": B, "both": A + B})
    assert smaller.states == ("b",)
    assert smaller.rates == (K - B,)
    assert read == {"b": B, "both": B}


def test_what_is_read_stays(graph):
    smaller, _ = graph.without({"a"}, {"c": C, "d": D})
    assert smaller.states == ("b", "c", "d")
    assert smaller.rates[1] == -C


def test_a_state_that_does_not_stay_at_zero_cannot_be_left_out(graph):
    with pytest.raises(ModelError, match="b does not stay at 0"):
        graph.without({"a", "b"}, {})
