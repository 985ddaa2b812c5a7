"""Time against patients, states and doses: ``python -m benchmarks.growth``."""

from __future__ import annotations

import argparse
import importlib
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.adapters import Solve
from benchmarks.models import course, write
from benchmarks.problem import Problem
from benchmarks.worker import pin

PATIENTS = (1, 8, 64, 512)
MODELS = ("treg", "treg+tconv+cd8", "lymphocytes", "metastatic_cancer")
DOSES = (0, 1, 5, 14, 28, 56)
LARGE = "metastatic_cancer"
RTOL, THEIRS = 1e-4, 1e-6  # libRoadRunner needs a tighter one for a like error
HEAD = ["", "patients", "states", "doses", "Immunarium ms/patient", "libRoadRunner ms/patient"]


def problems(folder: Path) -> Iterator[tuple[str, int, int, Problem]]:
    """What varies, patients, doses and the problem."""
    base = write(folder / "base", LARGE, n=16)
    for n in PATIENTS:
        yield "patients", n, 14, base
    for name in MODELS:
        yield "states", 64, 14, base if name == LARGE else write(folder / name, name, n=16)
    for doses in DOSES:
        yield "doses", 64, doses, replace(base, **course(doses, 60))


def milliseconds(solve: Solve, n: int, rtol: float) -> float:
    """CPU time per patient, best of two."""
    times = []
    for _ in range(2):
        began = time.process_time()
        solve(n, rtol)
        times.append(time.process_time() - began)
    return 1e3 * min(times) / n


def row(what: str, n: int, doses: int, problem: Problem, peer: Any) -> list[str]:
    """Measure one problem; libRoadRunner follows one patient, since it has no ensembles."""
    from benchmarks.adapters import own

    solve = own.prepare(problem)
    solve(1, RTOL)
    other = "" if peer else "not installed"
    if peer and (what != "patients" or n == 1):
        other = f"{milliseconds(peer.prepare(problem), 1, THEIRS):.1f}"
    mine = milliseconds(solve, n, RTOL)
    return [what, str(n), str(len(problem.states)), str(doses), f"{mine:.2f}", other]


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    chosen = parser.parse_args()
    pin(0)
    peer = None
    if machine.version_of(["libroadrunner"]):
        peer = importlib.import_module("benchmarks.adapters.roadrunner")
    with tempfile.TemporaryDirectory() as folder:
        table = []
        for case in problems(Path(folder)):
            table.append(row(*case, peer))
            print(*table[-1], file=sys.stderr, flush=True)
    machine.show(f"One core, rtol {RTOL:g} (libRoadRunner {THEIRS:g})", HEAD, table)
    if chosen.write:
        head = f"Measured on {machine.describe()}; one core, CPU time, best of two.\n\n"
        machine.write("growth", head + machine.markdown(HEAD, table))


if __name__ == "__main__":
    main()
