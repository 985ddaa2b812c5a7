"""Where each variable of the patients abreast lies in their workspace."""

from __future__ import annotations

from typing import NamedTuple


class Layout(NamedTuple):
    """First row of each block of the workspace; a row is one variable of them all.

    A named tuple of whole numbers, so that the compiled driver can read it.
    """

    n_states: int
    n_outputs: int  # the outputs proper
    n_watched: int  # outputs, then conditions
    n_inputs: int
    h: int  # step size
    inverse_h: int
    diagonal: int  # 1/(hγ)
    accept: int  # 1 where the step counts
    theta: int  # place inside the step where outputs are taken
    tolerance: int  # relative
    error: int  # over tolerance
    y: int
    y1: int
    u: int
    k: int  # stages
    d: int  # dense output
    matrix: int  # I/(hγ) - J, then L and U
    prepared: int  # what depends on parameters only
    inputs: int
    watched: int
    raw: int  # parameters, read when a patient is loaded
    size: int

    @classmethod
    def of(cls, n_states: int, stages: int, counts: tuple[int, int, int, int, int, int]) -> Layout:
        """Lay out the blocks.

        ``counts``: entries of L and U, prepared values, inputs, outputs, watched, parameters.
        """
        factors, prepared, inputs, outputs, watched, raw = counts
        singles = ["h", "inverse_h", "diagonal", "accept", "theta", "tolerance", "error"]
        blocks = dict.fromkeys(singles, 1) | {
            "y": n_states,
            "y1": n_states,
            "u": n_states,
            "k": stages * n_states,
            "d": 3 * n_states,
            "matrix": factors,
            "prepared": prepared,
            "inputs": inputs,
            "watched": watched,
            "raw": raw,
        }
        at, first = {}, 0
        for name, rows in blocks.items():
            at[name] = first
            first += rows
        return cls(n_states, outputs, watched, inputs, **at, size=first)
