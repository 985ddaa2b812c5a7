"""One solver in a process of its own: compile, or measure on one core. Prints JSON lines."""

from __future__ import annotations

import importlib
import json
import os
import resource
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from benchmarks.problem import Problem
from benchmarks.sweep import next_rtol

ALL = 8  # patients with a reference
COPIES = 16  # how often Immunarium may follow each, to fill its lanes


def say(**line: Any) -> None:
    """Print a result."""
    print(json.dumps(line), flush=True)


def cpu() -> float:
    """CPU seconds of this process and its children."""
    own, children = (
        resource.getrusage(w) for w in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def peak_memory() -> float:
    """Largest resident memory of this process [MB]."""
    status = Path("/proc/self/status")
    if status.exists():  # ru_maxrss would count the parent's, from before exec
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def pin(core: int) -> None:
    """Stay on one core, where the system lets a process choose."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[core]})


def timed(solve: Any, n: int, rtol: float) -> tuple[float, Any]:
    """Patients per second of CPU time, and what came out."""
    began = time.process_time()
    got = solve(n, rtol)
    return n / (time.process_time() - began), got


def measure(problem: Problem, solve: Any, most: int, least: int, seconds: float) -> None:
    """Sweep the tolerance until every target is bracketed closely or time is up.

    Parameters
    ----------
    most, least : int
        Patients of a run; as many as there is time for.
    """
    began = time.process_time()

    def left(share: float) -> bool:
        return time.process_time() - began < share * seconds

    rate, got = timed(solve, least, 1e-4)
    slow = not left(1 / 3)
    if not slow:  # that was to warm up
        rate, got = timed(solve, least, 1e-4)
    n = max(least, 2, min(most, int(seconds * rate / 20)))
    if n > ALL:
        n -= n % ALL  # the same mean patient as the others
    points: list[tuple[float, float]] = []
    if slow or n == least:
        points.append((1e-4, problem.error(got)))
        say(rtol=1e-4, error=points[-1][1], rate=rate, patients=least)
    for coarse, share in ((True, 1.0), (False, 1 / 3)):
        while left(share) and (rtol := next_rtol(points, coarse)) is not None:
            best, got = timed(solve, n, rtol)
            if n / best < 2:
                best = max(best, *(timed(solve, n, rtol)[0] for _ in range(2)))
            points.append((rtol, problem.error(got)))
            say(rtol=rtol, error=points[-1][1], rate=best, patients=min(n, ALL))
    stopped = next_rtol(points, True) is not None
    say(memory=peak_memory(), **({"stopped": f"after {seconds:g} s"} if stopped else {}))


def main(folder: str, file: str, stage: str, seconds: str) -> None:
    """Run one stage of one adapter."""
    warnings.simplefilter("ignore")
    if stage == "measure":
        pin(0)
    try:
        began, wall = cpu(), time.perf_counter()
        problem = Problem.load(Path(folder))
        adapter = importlib.import_module(f"benchmarks.adapters.{file}")
        solve = adapter.prepare(problem)
        if stage == "compile":
            say(compile=cpu() - began, wall=time.perf_counter() - wall)
        else:
            most = ALL * COPIES if file == "own" else ALL
            measure(problem, solve, most, getattr(adapter, "LEAST", 1), float(seconds))
    except Exception as e:
        lines = str(e).strip().splitlines() or [""]
        say(failed=f"{type(e).__name__}: {lines[-1] if lines[-1] else lines[0]}"[:300])


if __name__ == "__main__":
    main(*sys.argv[1:])
