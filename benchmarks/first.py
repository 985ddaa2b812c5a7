"""Time to the first result in a new process: ``python -m benchmarks.first``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import machine
from benchmarks.child import ENSEMBLES, NAME, REPEATS, RTOL

HEAD = ["", "seconds"]
SHOWN = {
    "start": "Python starts",
    "import": "`import immunarium`",
    "rooms": "import of what a run needs",
    "model": "build the model and draw the patient",
    "compile": "compile, or load the kernel",
    "patient": "the first patient",
    "whole": "all of it, a new process from start to end",
    "again": "one more patient, kernel in memory",
}


def started(cache: Path | None, ensemble: bool = False) -> dict[str, float]:
    """Run a child with its own caches, or the user's, and return seconds by part."""
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path}
    if cache:
        environment |= {"XDG_CACHE_HOME": str(cache)}
    command = [sys.executable, "-m", "benchmarks.child", "many" if ensemble else "one"]
    began = time.perf_counter()
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    whole = time.perf_counter() - began
    parts = json.loads(done.stdout)
    inside = sum(v for k, v in parts.items() if k not in ("again", *ENSEMBLES))
    return {**parts, "start": max(0.0, whole - inside - parts["again"]), "whole": whole}


def least(runs: list[dict[str, float]]) -> dict[str, float]:
    """Return the shortest of each part."""
    return {k: min(r[k] for r in runs) for k in runs[0]}


def main() -> None:
    """Measure, print, and write the page if asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="update docs/benchmarks.md")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cold = least([started(Path(folder) / str(i)) for i in range(2)])
        warm = least([started(Path(folder) / "0") for _ in range(REPEATS)])
        many = started(Path(folder) / "0", ensemble=True)
    head = ["seconds", "new model", "kernel on disk"]
    table = [[text, f"{cold[k]:.3f}", f"{warm[k]:.3f}"] for k, text in SHOWN.items()]
    title = f"{NAME}, 14 infusions, 60 days, rtol {RTOL:g}"
    machine.show(title, head, table)
    ensembles = [
        [f"{n:,} patients, {w} worker{'s' * (w > 1)}", f"{many[k]:.3f}"]
        for k, (n, w) in ENSEMBLES.items()
    ]
    scaling = many["many_one"] / many["many_two"]
    ensembles.append(["scaling from one to two workers", f"{scaling:.2f}"])
    machine.show("Ensembles, kernel in memory, wall time", HEAD, ensembles)
    if chosen.write:
        text = f"Measured on {machine.describe()}; {title}; wall time, best of several.\n\n"
        text += machine.markdown(head, table) + "\n\n"
        machine.write(
            "first", text + machine.markdown(["ensembles, kernel in memory", "seconds"], ensembles)
        )


if __name__ == "__main__":
    main()
