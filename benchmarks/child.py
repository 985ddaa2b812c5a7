"""The new process whose parts are timed: one patient, or then ensembles. Prints JSON."""

from __future__ import annotations

import json
import sys
import time

NAME, RTOL, REPEATS = "metastatic_cancer", 1e-4, 4
ENSEMBLES = {  # patients and workers
    "one": (200, 1),
    "two": (200, 2),
    "many_one": (1000, 1),
    "many_two": (1000, 2),
}


def main(ensemble: bool) -> None:
    """Follow one patient in this new process, or many; print how long each part took."""
    seconds: dict[str, float] = {}
    last = time.perf_counter()

    def mark(name: str) -> None:
        nonlocal last
        now = time.perf_counter()
        seconds[name], last = now - last, now

    import immunarium  # noqa: F401

    mark("import")
    from benchmarks.models import TARGET, draw, given, output_times
    from immunarium.core import symbol
    from immunarium.engine import TICKS_PER_HOUR, Dose, Plan, compile_model, run

    mark("rooms")
    patients = draw(NAME, 1000 if ensemble else 1)
    graph = patients.graph
    mark("model")
    kernel = compile_model(graph, {s: symbol(s) for s in graph.states}, {})
    mark("compile")
    asked = given(patients, 14)
    times = (output_times(14, 60) * TICKS_PER_HOUR).round().astype("int64")
    y0, values = patients.initial(), patients.parameters()

    def follow(n: int, workers: int) -> None:
        doses = tuple(Dose(d.tick, d.duration, TARGET, d.amounts[:n], d.drug, 1) for d in asked)
        plan = Plan(doses, (), int(times[-1]), times, (), None)
        run(kernel, y0[:n], values[:n], plan, rtol=RTOL, workers=workers)

    follow(1, 1)
    mark("patient")
    follow(1, 1)
    mark("again")
    for _ in range(REPEATS if ensemble else 0):  # one worker and two in turns: same noise
        for name, (n, workers) in ENSEMBLES.items():
            began = time.perf_counter()
            follow(n, workers)
            taken = time.perf_counter() - began
            seconds[name] = min(taken, seconds.get(name, taken))
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1] == "many")
