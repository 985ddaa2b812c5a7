"""Real processes, really killed: a run goes on to the same bytes, here and on a cluster."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

N = 40
WORDS = [
    "simulate", "aldesleukin 600000 IU/kg IV over 15 min q8h x 2", "--in", "metastatic_cancer",
    "--patients", str(N), "--days", "1", "--rtol", "1e-3", "--keep", "quantiles",
]  # fmt: skip
SMALL = """
import immunarium.trial.ensemble as e
e._HERE, e._PIECE_DRAWS, e._SAFE_AFTER = 0, 5, 0.0  # many pieces, each safe at once
from immunarium.cli import main
if __name__ == "__main__":
    main()
"""
HELD = """
import os, time
import immunarium.trial.ensemble as e
flush = e._Filling._flush
def held(self):
    flush(self)
    while self.store.stored and not os.path.exists(os.environ["GO_ON"]):
        e._Filling._flush = flush  # it waits once
        time.sleep(0.02)
e._Filling._flush = held
"""  # waits when the first patients are safe, so that it is stopped before its end
needs_signals = pytest.mark.skipif(sys.platform == "win32", reason="needs signals")


def heeds_signals() -> None:
    """Let a process that is started from one in the background be interrupted all the same."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@contextmanager
def started(*words: str | Path, **named: str) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(
        [sys.executable, *map(str, words)], env=os.environ | named,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
        preexec_fn=None if sys.platform == "win32" else heeds_signals,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()


def simulation(out: Path, *more: str):
    return started("-c", SMALL, *WORDS, "--out", out, *more)


def held(out: Path, *more: str):
    """Return a simulation that waits for the file ``go-on`` once some patients are safe."""
    words = ("-c", HELD + SMALL, *WORDS, "--out", out, *more)
    return started(*words, GO_ON=str(out.with_name("go-on")))


def patients(out: Path) -> int:
    try:
        return json.loads((out / ".run" / "progress.json").read_text())["patients"]
    except FileNotFoundError:
        return 0


def until(true: Callable[[], object], seconds: float = 120.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.02)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("whole") / "run"
    with simulation(out, "--workers", "2") as run:
        stdout, stderr = run.communicate()
    assert run.returncode == 0, stderr
    assert "No fluids, pressors or holds are given beyond what the regimen says." in stdout
    assert stderr.count("\n") == 1
    assert stderr.startswith(f"{N} patients followed, 0 failed, in ")
    return out


def gone(pid: int) -> bool:
    import psutil

    return not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


@needs_signals
def test_a_killed_run_goes_on_to_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    psutil = pytest.importorskip("psutil")
    out = tmp_path / "run"
    with held(out, "--workers", "2") as run:
        until(lambda: patients(out))
        family = [child.pid for child in psutil.Process(run.pid).children(recursive=True)]
        run.kill()
    assert 0 < patients(out) < N
    until(lambda: all(gone(pid) for pid in family))  # no worker outlives it
    with simulation(out, "--workers", "1") as run:
        stdout, stderr = run.communicate()
    assert run.returncode == 0, stderr
    assert "of them before" in stderr
    assert contents(out) == contents(whole)
    with simulation(out) as run:
        again, stderr = run.communicate()
    assert again == stdout.replace("Written to", "There already:")
    assert stderr == ""


@needs_signals
def test_ctrl_c_keeps_what_is_done_and_says_how_to_go_on(whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    with held(out, "--workers", "2") as run:
        until(lambda: patients(out))
        os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers too
        stdout, stderr = run.communicate(timeout=120)
    assert run.returncode == 130
    assert stdout == ""
    assert stderr.count("\n") == 1, stderr
    assert stderr.startswith("Interrupted. ")
    assert f"{patients(out)} of {N} patients are kept in {out}" in stderr
    with simulation(out, "--workers", "2") as run:
        assert run.wait() == 0
    assert contents(out) == contents(whole)


@needs_signals
def test_a_cluster_that_loses_a_worker_gives_the_same_bytes(whole: Path, tmp_path: Path) -> None:
    pytest.importorskip("distributed")
    told, out = tmp_path / "scheduler.json", tmp_path / "run"
    local = ("--host", "127.0.0.1", "--dashboard-address", "127.0.0.1:0")
    scheduler = started(
        "-m", "distributed.cli.dask_scheduler", *local, "--port", "0", "--scheduler-file", told
    )
    worker = (
        "-m", "distributed.cli.dask_worker", "--scheduler-file", told, *local,
        "--no-nanny", "--nthreads", "1", "--local-directory", tmp_path,
    )  # fmt: skip
    with scheduler:
        until(told.exists)
        with started(*worker) as one, started(*worker):
            address = json.loads(told.read_text())["address"]
            with held(out, "--scheduler", address) as run:
                until(lambda: patients(out))
                one.kill()
                assert patients(out) < N
                (tmp_path / "go-on").touch()
                _, stderr = run.communicate()
    assert run.returncode == 0, stderr
    assert contents(out) == contents(whole)
