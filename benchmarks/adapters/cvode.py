"""C made by a generator, with SUNDIALS CVODE and KLU.

SUNDIALS is looked for where ``SUNDIALS_ROOT`` says, then in AMICI's installation, which holds a
newer one than Debian, then in the system (``apt install libsundials-dev libsuitesparse-dev``).
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from benchmarks.adapters import Solve
    from benchmarks.problem import Problem

_LIBRARIES = (
    "sunlinsolklu", "sunmatrixsparse", "nvecserial", "sunmatrixdense", "sunlinsoldense",
    "sunmatrixband", "sunlinsolband", "sunnonlinsolnewton", "sunnonlinsolfixedpoint", "core",
)  # fmt: skip


def _flags() -> list[str]:
    """Compiler flags of the newest SUNDIALS at hand."""
    found = find_spec("amici")
    own = Path(found.origin).parent / "_installation" if found and found.origin else None
    for root in filter(None, (os.environ.get("SUNDIALS_ROOT"), own, "/usr")):
        root = Path(root)
        libraries = [*root.glob("lib*/libsundials_*"), *root.glob("lib*/*/libsundials_*")]
        if not libraries:
            continue
        where = libraries[0].parent
        made = {p.name.split(".")[0].removeprefix("libsundials_") for p in libraries}
        name = "cvode" if "cvode" in made else "cvodes"
        return [
            f"-I{root}/include", f"-I{root}/include/suitesparse", f"-L{where}",
            *(["-DHAVE_CVODES"] if name == "cvodes" else []),
            *(f"-lsundials_{x}" for x in (name, *(y for y in _LIBRARIES if y in made))),
            "-lklu", "-lamd", "-lcolamd", "-lbtf", "-lsuitesparseconfig", "-lm",
        ]  # fmt: skip
    raise RuntimeError("no SUNDIALS here; pip install amici, or set SUNDIALS_ROOT")


def prepare(problem: Problem) -> Solve:
    """Compile by gcc."""
    built = problem.folder / "libcvode.so"
    driver = Path(__file__).with_name("cvode.c")
    flags = _flags()
    command = [
        "gcc",
        "-O3",
        "-march=native",
        "-shared",
        "-fPIC",
        driver,
        problem.folder / "rates.c",
    ]
    done = subprocess.run([*command, *flags, "-o", built], capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    library = ctypes.CDLL(str(built))
    library.follow.argtypes = (
        [ctypes.c_long] * 6 + [ctypes.c_void_p] * 8 + [ctypes.c_double] + [ctypes.c_void_p] * 3
    )
    starts = np.searchsorted(problem.columns, np.arange(len(problem.states) + 1))

    def solve(n: int, rtol: float) -> np.ndarray:
        who = np.arange(n) % len(problem.y0)
        out = np.empty((n, len(problem.times), len(problem.states)))
        sizes = (
            n, len(problem.states), problem.constants.shape[1], len(problem.rows),
            len(problem.on), len(problem.times),
        )  # fmt: skip
        arrays = [
            problem.y0[who], problem.constants[who], problem.inflow[who], problem.edges,
            problem.on.astype(np.int8), problem.times, problem.rows, starts,
        ]  # fmt: skip
        steps = ctypes.c_long()
        flag = library.follow(
            *sizes, *(a.ctypes.data for a in arrays), rtol, problem.atol(rtol).ctypes.data,
            out.ctypes.data, ctypes.byref(steps),
        )  # fmt: skip
        if flag:
            raise RuntimeError(f"CVODE stopped with {flag}")
        solve.steps = steps.value / n  # type: ignore[attr-defined]
        return out

    return solve


def version() -> str:
    """Version in the header of the SUNDIALS that is used."""
    try:
        root = next(f[2:] for f in _flags() if f.startswith("-I"))
    except RuntimeError:
        return ""
    text = (Path(root) / "sundials" / "sundials_config.h").read_text()
    return text.split('SUNDIALS_VERSION "')[1].split('"')[0]
