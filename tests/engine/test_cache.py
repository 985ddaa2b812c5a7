from __future__ import annotations

import os
import subprocess
import sys

import llvmlite.binding as llvm
import numpy as np
import pytest

from immunarium.core import exp, log, symbol
from immunarium.engine import TICKS_PER_HOUR, Plan, cache, compile_model, kernel, run
from immunarium.engine.codegen import Printer

X, K = symbol("x"), symbol("k")


@pytest.fixture
def fresh(tmp_path, monkeypatch):
    """An empty cache on disk, and no kernel in memory."""
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "kernels")
    monkeypatch.setattr(kernel, "_made", {})
    return tmp_path / "kernels"


def answer(graph):
    made = compile_model(graph, {"x": X}, {})
    kernel._made.clear()
    plan = Plan((), (), TICKS_PER_HOUR, np.array([TICKS_PER_HOUR]), (), None)
    return run(made, np.ones((3, 1)), np.full((3, 1), 2.0), plan).recorded.tobytes()


@pytest.fixture
def graph(graph_of):
    return graph_of({"x": -K * X + 0.1 * log(1.0 + exp(-X))}, ("k",))


def test_a_kernel_is_read_back_from_the_disk(fresh, graph, monkeypatch):
    first = answer(graph)
    (entry,) = fresh.iterdir()
    monkeypatch.setattr(kernel, "Printer", None)  # compiling again would need it
    assert answer(graph) == first
    assert list(fresh.iterdir()) == [entry]


@pytest.mark.parametrize(
    "damage",
    [
        lambda b: b[:-100],
        lambda b: b[:-100] + bytes(100),
        lambda b: b"",
        lambda b: b"[]\n" + b,
        lambda b: b.replace(b'"layout": [1', b'"layout": [2', 1),
    ],
)
def test_a_damaged_entry_is_made_again(fresh, graph, damage):
    first = answer(graph)
    (entry,) = fresh.iterdir()
    sound = entry.read_bytes()
    entry.write_bytes(damage(sound))
    assert answer(graph) == first
    assert entry.read_bytes() == sound


def test_an_entry_of_another_model_under_this_name_is_not_trusted(fresh, graph, graph_of):
    first = answer(graph)
    (entry,) = fresh.iterdir()
    answer(graph_of({"x": -2.0 * K * X}, ("k",)))
    (other,) = set(fresh.iterdir()) - {entry}
    entry.write_bytes(other.read_bytes())
    assert answer(graph) == first


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path, graph, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setattr(kernel, "_made", {})
    monkeypatch.setattr(cache, "folder", lambda: tmp_path / "file" / "kernels")
    assert answer(graph)


def test_the_oldest_entries_make_room(fresh, graph, graph_of, monkeypatch):
    monkeypatch.setattr(cache, "_MOST", 2)
    for i in range(4):
        answer(graph_of({"x": -float(i + 1) * K * X}, ("k",)))
    assert len(list(fresh.iterdir())) == 2


PROBE = """
import sys, numpy as np
from immunarium import registry
from immunarium.dosing import Regimen
from immunarium.engine.ir import LANES
from immunarium.trial import simulate
course = Regimen.parse("aldesleukin 600000 IU/kg IV over 15 min q8h x 2")
cancer = registry.disease("metastatic_cancer")
got = simulate(cancer, registry.therapies(), course, n=11, days=2, seed=3, rtol=1e-4)
sys.stdout.buffer.write(bytes([LANES]) + got["il2.central"].values.tobytes())
"""


@pytest.mark.skipif(
    not llvm.get_host_cpu_features().get("avx2"),
    reason="this processor has no AVX2 to fall back to",
)
def test_shorter_vectors_give_the_same_bytes():
    def with_processor(**named):
        done = subprocess.run(
            [sys.executable, "-c", PROBE], env=os.environ | named, capture_output=True, check=True
        )
        return done.stdout[0], done.stdout[1:]

    lanes, short = with_processor(IMMUNARIUM_CPU="x86-64-v3")
    assert lanes == 4
    assert with_processor()[1] == short


def test_kernels_can_be_printed_for_arm(graph):
    llvm.initialize_all_targets()
    llvm.initialize_all_asmprinters()
    names = (graph.states, graph.parameters, graph.inputs)
    text = Printer(names, graph.rates, [X], 1).program(graph.scales).text
    machine = llvm.Target.from_triple("aarch64-linux-gnu").create_target_machine(opt=1)
    assembly = machine.emit_assembly(llvm.parse_assembly(text))
    assert "fmla" in assembly
    assert "step:" in assembly
