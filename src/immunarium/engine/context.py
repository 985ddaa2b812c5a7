"""What a thread carries while it follows patients, as many abreast as a vector has lanes.

All that belongs to a patient stands in its lane while it is followed. Few and flat arguments keep
Numba's compilation to seconds, so tables are structured arrays.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

from immunarium.engine.ir import BYTES, LANES
from immunarium.engine.kernel import Functions, Kernel
from immunarium.engine.layout import Layout

RUNNING = -1  # in place of a Status

LANE = np.dtype(
    [
        ("patient", np.int64),  # -1 in an idle lane
        ("status", np.int64),  # RUNNING, or how it went
        ("waits", np.bool_),  # stands at its stop, whose events are still to come
        ("jumped", np.bool_),  # an event of this stop was just applied
        ("accepted", np.bool_),  # the step just tried
        ("cut", np.bool_),  # the step ends early, at a titration that changes something
        ("rejected", np.bool_),  # the step tried before
        ("stop", np.int64),  # the next stop; the one it stands at while it waits
        ("pause", np.int64),  # the stop at which it is left
        ("timetable", np.int64),
        ("tick", np.int64),  # of the last stop
        ("elapsed", np.float64),  # since then [h]
        ("length", np.float64),  # from the last stop to the next [h]
        ("h", np.float64),  # step to try next [h]
        ("step", np.float64),  # step tried [h]
        ("reach", np.float64),  # share of the step that was lived
        ("ended_at", np.float64),  # [h]; NaN while it lives
        ("record", np.int64),  # the next one
        ("record_tick", np.int64),
        ("culprit", np.int64),
        ("steps", np.int64),
        ("rejections", np.int64),
    ],
    align=True,
)
PATIENT = np.dtype(  # how a patient stands, and where it goes on
    [
        ("status", np.int8),
        ("stop", np.int64),  # it stands at
        ("pause", np.int64),
        ("timetable", np.int64),
        ("record", np.int64),  # the next one
        ("h", np.float64),  # step to try next [h]
        ("culprit", np.int64),
        ("ended_at", np.float64),
        ("stopped_at", np.float64),
        ("steps", np.int64),
        ("rejected", np.int64),
    ],
    align=True,
)
# blocks of rows that a plan adds to the workspace
_BLOCKS = ("samples", "amounts", "outcomes", "best", "when")
_COUNTS = ("norm", "ender", "n_doses", "n_reduces")
JOB = np.dtype(
    [(name, np.int64) for name in (*Layout._fields, *Functions._fields, *_BLOCKS, *_COUNTS)]
)


class Context(NamedTuple):
    """What every function of the driver needs."""

    w: NDArray[np.float64]  # the workspace, (rows, lanes)
    base: int  # its address
    job: Any  # of dtype JOB: rows, addresses, counts
    lanes: Any  # of dtype LANE


class Results(NamedTuple):
    """What is known of all patients; a row each."""

    patients: Any  # of dtype PATIENT
    y: NDArray[np.float64]  # states where they stand
    inputs: NDArray[np.float64]  # infusions that run there
    now: NDArray[np.float64]  # outputs there, before anything happens
    recorded: NDArray[np.float64]
    best: NDArray[np.float64]
    when: NDArray[np.float64]
    amounts: NDArray[np.float64]
    outcomes: NDArray[np.int8]


class Sizes(NamedTuple):
    """How much a workspace holds besides the model."""

    doses: int
    reduces: int
    ender: int  # output whose rise above 0 ends a patient, or -1


def make_context(kernel: Kernel, size: Sizes, rtol: float, norm: int) -> Context:
    """Give a thread its workspace, its lanes (idle) and the numbers of its job."""
    at = kernel.layout
    counts = {
        "norm": norm,
        "ender": size.ender,
        "n_doses": size.doses,
        "n_reduces": size.reduces,
    }
    sizes = (4 * at.n_watched, size.doses, size.doses, size.reduces, size.reduces)
    job = np.zeros(1, dtype=JOB)
    rows = at.size
    for name, rows_of in zip(_BLOCKS, sizes, strict=True):
        job[name], rows = rows, rows + rows_of
    for name, value in (at._asdict() | kernel.functions._asdict() | counts).items():
        job[name] = value
    raw = np.zeros((rows + 1) * LANES)
    offset = -raw.ctypes.data % BYTES // raw.itemsize
    w = raw[offset : offset + rows * LANES].reshape(rows, LANES)
    w[at.tolerance], w[at.h] = rtol, 1.0
    lanes = np.zeros(LANES, dtype=LANE)
    lanes["patient"] = -1
    return Context(w, w.ctypes.data, job[0], lanes)


# for functions that only compiled functions call
inner: Any = njit(  # pyright: ignore[reportCallIssue]
    nogil=True, error_model="numpy", no_cpython_wrapper=True, no_cfunc_wrapper=True
)


def _address_call(typing: Any, function: Any, first: Any, second: Any) -> Any:
    """Call machine code by its address, with two addresses; it may ignore the second."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [pointer, pointer])
        code = builder.inttoptr(args[0], kind.as_pointer())
        builder.call(code, [builder.inttoptr(a, pointer) for a in args[1:]])
        return context.get_dummy_value()

    return types.none(types.int64, types.int64, types.int64), generate


_call: Any = intrinsic(_address_call)


@inner
def call(c: Context, function: int) -> None:
    """Run a function of the kernel on the workspace."""
    _call(function, c.base, c.base)


@inner
def call_on(c: Context, function: int, row: int) -> None:
    """Run a function that also takes the address of a vector: the rows from ``row``."""
    _call(function, c.base, c.base + row * BYTES)


@inner
def finish(c: Context, lane: int, status: int, culprit: int) -> None:
    """Note how a patient's run went; its lane is emptied next."""
    at = c.lanes[lane]
    at.status, at.culprit, at.waits, at.accepted, at.jumped = status, culprit, False, False, False
