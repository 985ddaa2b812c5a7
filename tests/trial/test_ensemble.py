"""A run of any size: the same bytes however it is cut up, and nothing of it is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from immunarium import registry
from immunarium.core import ImmunoError
from immunarium.dosing import Regimen
from immunarium.engine import Status
from immunarium.engine.counts import ERROR
from immunarium.engine.crew import WorkersLostError
from immunarium.engine.store import StoreError
from immunarium.population import Sampler
from immunarium.trial import Asked, Ensemble, assess, ensemble, simulate
from immunarium.trial.asked import Piece
from immunarium.trial.ensemble import Interrupted

ASKED = Asked(
    registry.content, "metastatic_cancer", "aldesleukin 600000 IU/kg IV over 15 min q8h x 2",
    n=24, days=1, rtol=1e-3, keep="il2.plasma,tumour.burden,patient.weight",
)  # fmt: skip
COUNTED = replace(ASKED, keep="quantiles")


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return a folder of each kind, run in one piece by one thread."""
    folders = {}
    for asked in (ASKED, COUNTED):
        folders[asked] = tmp_path_factory.mktemp("whole") / "run"
        Ensemble(asked, folders[asked]).run(workers=1, piece=1000)
    return folders


@pytest.mark.parametrize("asked", [ASKED, COUNTED], ids=["paths", "quantiles"])
@pytest.mark.parametrize(("piece", "workers"), [(1, 1), (7, 2), (20, 4)])
def test_pieces_and_threads_change_no_byte(whole, tmp_path, asked, piece, workers):
    Ensemble(asked, tmp_path / "run").run(workers=workers, piece=piece)
    assert contents(tmp_path / "run") == contents(whole[asked])


def test_processes_change_no_byte(whole, tmp_path, monkeypatch):
    monkeypatch.setattr(ensemble, "_HERE", 0)  # tests/test_scale.py has 1 and 2 workers
    Ensemble(COUNTED, tmp_path / "run").run(workers=4, piece=5)
    assert contents(tmp_path / "run") == contents(whole[COUNTED])


def test_patients_in_any_order_have_the_same_bytes():
    run = ASKED.simulation()
    patients = run.sampler.population(run.sampler.table(0, 40))
    order = np.random.default_rng(1).permutation(len(patients))
    shuffled = replace(patients, table=patients.table.iloc[order])
    one, two = (run.follow(p, workers=2).variables for p in (patients, shuffled))
    for name, variable in one.items():
        assert variable.data[order].tobytes() == two[name].data.tobytes() or (
            variable.data.dtype == object and (variable.data[order] == two[name].data).all()
        )


def test_what_is_kept_of_a_patient_does_not_depend_on_what_else_is(whole):
    who, therapies = registry.content("metastatic_cancer")
    regimen = Regimen.parse(ASKED.regimen)
    memory = simulate(who, therapies, regimen, n=24, days=1, rtol=1e-3)
    with xr.open_zarr(whole[ASKED], chunks=None) as run:
        assert run.load().identical(memory[[*map(str, run.data_vars)]])
    with xr.open_zarr(whole[COUNTED], chunks=None) as run:
        for name in ("grade.Hypotension", "doses_given", "death_day"):
            assert run[name].load().identical(memory[name])


def test_quantiles_are_those_of_the_courses(whole):
    who, therapies = registry.content("metastatic_cancer")
    memory = simulate(who, therapies, Regimen.parse(ASKED.regimen), n=24, days=1, rtol=1e-3)
    with xr.open_zarr(whole[COUNTED], chunks=None) as run:
        courses = [v for v in map(str, run.data_vars) if "quantile" in run[v].dims]
        assert {"il2.plasma", "tumour.burden", "haemodynamics.SBP"} <= set(courses)
        assert tuple(run["quantile"].values) == assess.QUANTILES
        for path in courses:
            exact = memory[path].quantile(run["quantile"].values, "patient")
            most = ERROR * abs(memory[path]).max("patient")
            assert (np.abs(run[path] - exact) <= most).all()


def test_every_variable_has_a_unit_and_full_keeps_all(tmp_path):
    run = Ensemble(replace(ASKED, n=2, keep="full"), tmp_path / "run")
    run.run()
    stored = run.open()
    assert not [v for v in stored.variables if "units" not in stored[v].attrs]
    assert {*run.simulation.bench.graph.states, *run.simulation.bench.graph.parameters} <= {
        *map(str, stored.data_vars)
    }


# ------------------------------------------------------------------------- faults


class Stopped(Exception):
    pass


@pytest.mark.parametrize("asked", [ASKED, COUNTED], ids=["paths", "quantiles"])
@pytest.mark.parametrize(
    ("stop", "raised"),
    [
        (KeyboardInterrupt(), Interrupted),
        (WorkersLostError("They died."), WorkersLostError),
        (Stopped(), Stopped),
    ],
    ids=["ctrl-c", "workers lost", "a bug"],
)
def test_a_run_that_stops_keeps_what_is_done_and_goes_on(
    whole, tmp_path, monkeypatch, asked, stop, raised
):
    follow = ensemble.Here.wait

    def wait(self, ticket, seconds):
        if ticket[0] >= 20:
            raise stop
        return follow(self, ticket, seconds)

    folder = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(ensemble.Here, "wait", wait)
        with pytest.raises(raised) as error:
            Ensemble(asked, folder).run(piece=10)
    if raised is not Stopped:
        assert "of 24 patients are kept in" in str(error.value)
        assert "the same command again" in str(error.value)
    with xr.open_zarr(folder, chunks=None) as half:
        done = int((half["doses_asked"] > 0).sum())
    assert 0 < done < 24
    seen = []
    assert Ensemble(asked, folder).run(progress=lambda done, failed: seen.append(done))
    assert seen[0] == done
    assert contents(folder) == contents(whole[asked])


def test_ctrl_c_at_the_very_end_does_not_say_that_nothing_was_written(whole, tmp_path, monkeypatch):
    def finish(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(ensemble._Filling, "_finish", finish)
        with pytest.raises(Interrupted, match="24 of 24 patients are kept"):
            Ensemble(COUNTED, tmp_path / "run").run()
    assert Ensemble(COUNTED, tmp_path / "run").run()
    assert contents(tmp_path / "run") == contents(whole[COUNTED])


def test_a_finished_run_is_not_run_again(whole, monkeypatch):
    monkeypatch.setattr(Sampler, "table", None)
    assert not Ensemble(ASKED, whole[ASKED]).run()


def test_a_run_of_another_model_is_refused(whole, monkeypatch):
    monkeypatch.setattr("immunarium.trial.asked._hash_of_model", lambda _: "another")
    with pytest.raises(StoreError, match="holds another run: its model is"):
        Ensemble(ASKED, whole[ASKED]).run()


def test_a_worker_with_another_version_is_told_apart():
    run = Ensemble(ASKED)
    manifest = run.manifest | {"numba": "0.1"}
    with pytest.raises(ImmunoError, match=r"another numba than this run: .* in place of 0\.1"):
        Piece(ASKED, tuple(manifest.items()))(0, 1)


def test_the_same_words_name_the_same_folder():
    folders = [Ensemble(a).folder for a in (ASKED, ASKED, replace(ASKED, seed=2), COUNTED)]
    assert folders[0] == folders[1]
    assert len(set(folders)) == 3
    assert folders[0].parent == Path("runs")


def test_a_disk_that_fills_up_is_one_message(tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("immunarium.engine.store._write", full)
    with pytest.raises(StoreError, match="No space left on device"):
        Ensemble(ASKED, tmp_path / "run").run()


def test_a_run_refused_by_its_first_patients_leaves_no_folder(tmp_path):
    late = replace(ASKED, regimen="aldesleukin 600000 IU/kg IV over 15 min q8h x 9")
    with pytest.raises(ImmunoError, match="A dose of aldesleukin"):
        Ensemble(late, tmp_path / "run").run()
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("broken", [np.nan, np.inf, -np.inf])
def test_a_patient_with_a_number_that_is_none_fails_alone_and_says_why(broken):
    run = ASKED.simulation()
    table = run.sampler.table(0, 12)
    path = "il2.CL"
    hurt = table.copy()
    hurt[path] = np.where(np.arange(len(hurt)) == 2, broken, hurt[path])
    one, two = (run.follow(run.sampler.population(t), workers=1) for t in (table, hurt))
    assert (one.failed, two.failed) == (0, 1)
    assert "is not a finite number" in two.variables["why_failed"].data[2]
    others = np.arange(len(table)) != 2
    a, b = (rows.variables["il2.plasma"].data[others] for rows in (one, two))
    assert a.tobytes() == b.tobytes()


def test_the_status_of_a_failure_is_typed():
    assert [s.name for s in Status if s > Status.ENDED] == [
        "STEP_TOO_SMALL",
        "TOO_MANY_STEPS",
        "NOT_FINITE",
    ]
