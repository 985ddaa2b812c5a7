"""The same patients with Immunarium and other solvers: ``python -m benchmarks.peers``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks import machine
from benchmarks.adapters import PEERS, Peer
from benchmarks.models import write
from benchmarks.problem import Problem
from benchmarks.sweep import TARGETS, at_accuracy
from benchmarks.worker import ALL

MODELS = ("metastatic_cancer", "lymphocytes")
FIELDS = ("compile", "memory", "failed", "stopped")


@dataclass
class Outcome:
    """What a solver did on a problem."""

    peer: Peer
    compile: float | None = None
    memory: float | None = None
    failed: str = ""
    stopped: str = ""
    patients: int = 0
    points: list[tuple[float, float, float]] = field(default_factory=list)

    def at(self, target: float) -> float | None:
        """Patients per second and core at an error."""
        return at_accuracy([(e, r) for _, e, r in self.points], target)

    def take(self, line: dict) -> None:
        """Add what a worker said."""
        if "rtol" in line:
            self.points.append((line["rtol"], line["error"], line["rate"]))
            self.patients = line["patients"]
        for name in FIELDS:
            if name in line:
                setattr(self, name, line[name])


def work(folder: Path, peer: Peer, stage: str, seconds: float, limit: float) -> list[dict]:
    """Run a worker, and return its lines; a crash or a limit is a line, too."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.worker",
        str(folder),
        peer.file,
        stage,
        str(seconds),
    ]
    one = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    cache = {"XDG_CACHE_HOME": str(folder)}  # no kernel from before
    if peer.file != "own":  # whose driver is compiled once, for all models
        cache["NUMBA_CACHE_DIR"] = str(folder / "numba" / peer.file)
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, **one, **cache, "PYTHONPATH": path}
    failed = ""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=limit, env=environment, cwd=folder
        )
        out = done.stdout
        if done.returncode:
            failed = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    except subprocess.TimeoutExpired as e:
        out = (e.stdout or b"").decode() if isinstance(e.stdout, bytes) else e.stdout or ""
        failed = f"took more than {limit:g} s to {stage}"
    lines = [json.loads(x) for x in out.splitlines() if x.startswith("{")]
    if failed and not any("rtol" in x for x in lines):
        lines.append({"failed": failed})
    elif failed:
        lines.append({"stopped": failed})
    return lines


def make(folder: Path, name: str) -> Problem:
    """Write a problem with its reference, by SciPy's LSODA at rtol 1e-12."""
    from benchmarks.adapters import scipy_lsoda

    problem = write(folder, name, n=ALL)
    reference = scipy_lsoda.prepare(problem)(ALL, 1e-12)
    shutil.rmtree(folder / "__pycache__", ignore_errors=True)  # each solver compiles its own
    arrays = dict(np.load(folder / "arrays.npz"))
    np.savez(folder / "arrays.npz", **{**arrays, "reference": reference})
    return Problem.load(folder)


def compare(folder: Path, peers: Sequence[Peer], seconds: float, limit: float) -> list[Outcome]:
    """Compile, two at a time, then measure, one after another."""
    outcomes = [Outcome(p) for p in peers]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        slow_first = outcomes[::-1]
        compiled = pool.map(lambda o: work(folder, o.peer, "compile", seconds, limit), slow_first)
    for outcome, lines in zip(slow_first, compiled, strict=True):
        for line in lines:
            outcome.take(line)
    for outcome in outcomes:
        if not outcome.failed:
            for line in work(folder, outcome.peer, "measure", seconds, limit + 2 * seconds):
                outcome.take(line)
        print(f"{outcome.peer.name}: {outcome.failed or len(outcome.points)}", file=sys.stderr)
    return outcomes


HEAD = [
    "solver", "version", *(f"/s at {t:g}" for t in TARGETS), *(f"× at {t:g}" for t in TARGETS),
    "patients", "compile s", "memory MB", "size MB",
]  # fmt: skip


def rows(outcomes: Sequence[Outcome]) -> list[list[str]]:
    """Return a row per solver; × is how many times faster Immunarium is."""
    own = outcomes[0]
    out = []
    for o in outcomes:
        rates = [o.at(t) for t in TARGETS]
        ratios = [
            f"{a / b:.1f}" if a and b else "–"
            for a, b in zip(map(own.at, TARGETS), rates, strict=True)
        ]
        size = machine.megabytes(o.peer.needs)
        version = sundials() if o.peer.file == "cvode" else machine.version_of(o.peer.needs)
        if o.failed:
            out.append([o.peer.name, version, f"failed: {o.failed}", *[""] * (len(HEAD) - 3)])
            continue
        out.append([
            o.peer.name, version, *(f"{r:.3g}" if r else "not reached" for r in rates), *ratios,
            str(o.patients), *(f"{x:.3g}" if x else "–" for x in (o.compile, o.memory, size)),
        ])  # fmt: skip
    return out


def sundials() -> str:
    """Version of the SUNDIALS that C is linked to."""
    from benchmarks.adapters import cvode

    return cvode.version()


def verdict(outcomes: Sequence[Outcome]) -> list[str]:
    """Return the two ratios: to the fastest that pip installs, and to C with CVODE and KLU."""
    own, *others = outcomes
    out = []
    for target in TARGETS:
        mine = own.at(target)
        pip = [(o.at(target) or 0.0, o.peer.name) for o in others if o.peer.pip]
        best, name = max(pip, default=(0.0, ""))
        c = next((o.at(target) for o in others if o.peer.file == "cvode"), None)
        words = f"At {target:g}: "
        words += f"{mine / best:.1f} times {name}" if mine and best else "no peer of pip to compare"
        words += f", {mine / c:.1f} times C with CVODE and KLU." if mine and c else "."
        out.append(words)
    return out


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    parser.add_argument("--model", choices=MODELS, action="append")
    parser.add_argument("--only", help="adapters to run beside Immunarium, joined by commas")
    parser.add_argument("--seconds", type=float, default=30, help="CPU time of a sweep")
    parser.add_argument("--limit", type=float, default=240, help="time to compile")
    parser.add_argument("--folder", type=Path, help="keep sources and compiled files here")
    chosen = parser.parse_args()
    only = chosen.only.split(",") if chosen.only else [p.file for p in PEERS]
    peers = [p for p in PEERS if p.file == "own" or p.file in only]
    parts = [f"Measured on {machine.describe()}.\n"]
    with tempfile.TemporaryDirectory() as temporary:
        for name in chosen.model or MODELS:
            folder = (chosen.folder or Path(temporary)) / name
            problem = make(folder, name)
            title = f"{name}: {len(problem.states)} states, {len(problem.parameters)} parameters"
            outcomes = compare(folder, peers, chosen.seconds, chosen.limit)
            table, lines = rows(outcomes), verdict(outcomes)
            machine.show(title, HEAD, table)
            print("\n".join(lines))
            parts += [f"### {title}\n", machine.markdown(HEAD, table) + "\n"]
            parts += [*(f"{x}  " for x in lines), "", _notes(outcomes), _curves(outcomes)]
    parts.append("What each was given:\n")
    parts += [f"- {p.name}: {p.got}." for p in peers]
    if chosen.write:
        machine.write("peers", "\n".join(parts))


def _notes(outcomes: Sequence[Outcome]) -> str:
    return "".join(f"{o.peer.name} was stopped {o.stopped}.\n" for o in outcomes if o.stopped)


def _curves(outcomes: Sequence[Outcome]) -> str:
    """Return every point measured: rtol, error, patients per second."""
    head = ["solver", "rtol", "largest error", "patients/s"]
    lines = [
        [o.peer.name, f"{r:.1e}", f"{e:.1e}", f"{rate:.3g}"]
        for o in outcomes
        for r, e, rate in sorted(o.points, reverse=True)
    ]
    table = machine.markdown(head, lines)
    return f"<details><summary>Every point</summary>\n\n{table}\n\n</details>\n"


if __name__ == "__main__":
    main()
