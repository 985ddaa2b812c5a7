"""A run on disk: what is there stays, what does not belong is refused, a full disk is survived."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import xarray as xr

from immunarium.engine.counts import Counts
from immunarium.engine.store import Store, StoreError, Variable

MANIFEST = {"immunarium": "1", "seed": 1, "keep": ["a", "b"]}
TIME = Variable(("time",), np.arange(3.0), {"units": "h"})


def rows(low, high):
    n = np.arange(low, high)
    noise = np.random.default_rng(1).random((1000, 3))[low:high]
    death = np.array(["", "disease"] * 500)[low:high].astype(object)
    return {
        "patient": Variable(("patient",), n, {"units": "1"}),
        "il2.plasma": Variable(("patient", "time"), noise, {"units": "nmol/L"}),
        "death": Variable(("patient",), death, {"units": "1"}),
    }


def put(store, low, high, patients=100):
    store.add(rows(low, high), {"time": TIME}, {"notice": "x"}, patients, high, 0, None)


def contents(folder: Path):
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture
def whole(tmp_path):
    folder = tmp_path / "whole"
    store = Store(folder, MANIFEST)
    put(store, 0, 100)
    store.finish({}, {"draws": 3})
    store.close()
    return folder


def test_a_store_opens_with_units_and_attributes(whole):
    with xr.open_zarr(whole) as run:
        assert dict(run.sizes) == {"patient": 100, "time": 3}
        assert run["il2.plasma"].attrs["units"] == "nmol/L"
        assert run.attrs["draws"] == 3
        assert (run["il2.plasma"] == rows(0, 100)["il2.plasma"].data).all()
        assert run["death"][:2].values.tolist() == ["", "disease"]


def test_it_grows_in_any_steps_to_the_same_bytes(whole, tmp_path):
    store = Store(tmp_path / "steps", MANIFEST)
    for low, high in ((0, 1), (1, 50), (50, 100)):
        put(store, low, high)
        store.close()
        store = Store(tmp_path / "steps", MANIFEST)
        assert (store.stored, store.drawn) == (high, high)
    store.finish({}, {"draws": 3})
    store.close()
    assert contents(tmp_path / "steps") == contents(whole)


def test_what_a_killed_process_left_half_written_is_swept_up(whole, tmp_path):
    store = Store(tmp_path / "killed", MANIFEST)
    put(store, 0, 60)
    store.close()
    (tmp_path / "killed" / "il2.plasma" / "c" / "0" / "0.123.partial").write_bytes(b"half")
    store = Store(tmp_path / "killed", MANIFEST)
    put(store, 60, 100)
    store.finish({}, {"draws": 3})
    store.close()
    assert contents(tmp_path / "killed") == contents(whole)


def test_a_store_killed_while_it_was_laid_out_is_laid_out_again(whole, tmp_path):
    folder = tmp_path / "early"
    (folder / "patient").mkdir(parents=True)
    (folder / "patient" / "zarr.json").write_text("{")
    (folder / "manifest.json").write_text(json.dumps(MANIFEST))
    store = Store(folder, MANIFEST)
    put(store, 0, 100)
    store.finish({}, {"draws": 3})
    store.close()
    assert contents(folder) == contents(whole)


@pytest.mark.parametrize(
    ("change", "saying"),
    [
        ({"seed": 2}, "its seed is 1, and that of this one 2"),
        ({"immunarium": "2"}, 'its immunarium is "1"'),
        ({"rtol": 1e-3}, "its rtol is null"),
    ],
)
def test_the_folder_of_another_run_is_refused_with_the_difference(whole, change, saying):
    before = contents(whole)
    with pytest.raises(StoreError, match=saying):
        Store(whole, MANIFEST | change)
    assert contents(whole) == before


def test_a_folder_of_something_else_is_refused_untouched(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(StoreError, match="exists already"):
        Store(tmp_path, MANIFEST)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


def test_a_damaged_manifest_is_refused(whole):
    (whole / "manifest.json").write_text("{")
    with pytest.raises(StoreError, match="is damaged"):
        Store(whole, MANIFEST)


def test_damaged_counts_are_refused(tmp_path):
    store, counts = Store(tmp_path / "run", MANIFEST), Counts(["x"], 3)
    store.add(rows(0, 4), {"time": TIME}, {}, 9, 4, 0, counts)
    (tmp_path / "run" / ".run" / "counts-4.npz").write_bytes(b"PK")
    with pytest.raises(StoreError, match="is damaged"):
        store.restore(counts)
    store.close()


def test_a_folder_that_another_process_writes_to_is_refused(tmp_path):
    code = (
        "import sys; from immunarium.engine.store import Store\n"
        f"s = Store(__import__('pathlib').Path({str(tmp_path / 'run')!r}), {MANIFEST!r})\n"
        "print('locked', flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "locked\n"
        with pytest.raises(StoreError, match="Another process is writing"):
            Store(tmp_path / "run", MANIFEST)
        other.kill()
    Store(tmp_path / "run", MANIFEST).close()  # a dead process holds nothing


def test_a_folder_made_in_vain_disappears(tmp_path):
    Store(tmp_path / "run", MANIFEST).close()
    assert not list(tmp_path.iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on the size of files")
def test_a_full_disk_loses_no_patient_that_was_there(tmp_path):
    import resource

    folder = tmp_path / "run"
    store = Store(folder, MANIFEST)
    put(store, 0, 100, 1000)
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8000, hard))  # 1000 patients need 24 kB
    try:
        with pytest.raises(StoreError, match="100 patients are kept; make room"):
            put(store, 100, 1000, 1000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    store.close()
    store = Store(folder, MANIFEST)
    assert store.stored == 100
    put(store, 100, 1000, 1000)
    store.close()
    with xr.open_zarr(folder) as run:
        assert (run["il2.plasma"] == rows(0, 1000)["il2.plasma"].data).all()
