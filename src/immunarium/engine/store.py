"""A run on disk: a Zarr group that grows by whole patients, and knows how far it has come.

Every file is replaced as a whole, a patient's row never changes, and there is no time stamp: a run
that was killed and taken up again ends with the same bytes as one that was not.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import filelock
import numpy as np
import zarr
from numpy.typing import NDArray
from zarr.codecs import ZstdCodec
from zarr.storage import MemoryStore

from immunarium.core import ImmunoError
from immunarium.engine.counts import Counts

MANIFEST, STATE = "manifest.json", ".run"
_CHUNK_BYTES = 2**27  # of a chunk of all variables together
_FEWEST, _MOST = 16, 8192  # patients of a chunk


class Variable(NamedTuple):
    """An array with its dimensions and attributes, as xarray takes it."""

    dims: tuple[str, ...]
    data: NDArray[Any]
    attrs: dict[str, Any]


class StoreError(ImmunoError):
    """A folder that cannot hold this run."""


class Store:
    """The folder of one run.

    Parameters
    ----------
    folder : Path
        New, empty, or of an unfinished or finished run of the same manifest.
    manifest : mapping
        All that decides the bytes of the run.

    Raises
    ------
    StoreError
        The folder holds something else, or another process is writing to it.

    Attributes
    ----------
    stored : int
        Patients that are safe on disk.
    drawn : int
        Where to go on drawing.
    failed : int
        Those of them that could not be followed.
    """

    def __init__(self, folder: Path, manifest: Mapping[str, Any]) -> None:
        self.folder, self._manifest = folder, json.loads(json.dumps(dict(manifest)))
        self.stored = self.drawn = self.failed = 0
        self.finished = False
        self._group: zarr.Group | None = None
        with self._writing():
            self._fresh = not folder.exists()
            self._refuse_foreign()
            (folder / STATE).mkdir(parents=True, exist_ok=True)
            self._lock = filelock.FileLock(folder / STATE / "lock")
            try:
                self._lock.acquire(blocking=False)
            except filelock.Timeout:
                raise StoreError(
                    f"Another process is writing to {folder}. Wait for it, or name another folder."
                ) from None
            self._read_progress()

    # ---------------------------------------------------------------------------- what is there

    def _refuse_foreign(self) -> None:
        file = self.folder / MANIFEST
        if not file.exists():
            strangers = self.folder.is_dir() and {p.name for p in self.folder.iterdir()} - {STATE}
            if strangers or (self.folder.exists() and not self.folder.is_dir()):
                raise StoreError(
                    f"{self.folder} exists already and is no run of Immunarium. Name a new folder."
                )
            return
        theirs = self._json(file)
        for key in (*self._manifest, *theirs):
            mine, other = self._manifest.get(key), theirs.get(key)
            if mine != other:
                raise StoreError(
                    f"{self.folder} holds another run: its {key} is {_short(other)}, and that of "
                    f"this one {_short(mine)}. Name another folder."
                )

    def _read_progress(self) -> None:
        file = self.folder / STATE / "progress.json"
        if not file.exists():
            return
        progress = self._json(file)
        self.stored, self.drawn = progress["patients"], progress["drawn"]
        self.failed, self.finished = progress["failed"], progress["finished"]
        for half in self.folder.rglob("*.partial"):  # what a killed process was writing
            half.unlink()

    def _json(self, file: Path) -> dict[str, Any]:
        try:
            return json.loads(file.read_text(encoding="utf-8"))
        except ValueError:
            raise StoreError(f"{file} is damaged. Remove {self.folder}, or name another.") from None

    # ------------------------------------------------------------------------------- what comes

    def add(
        self, rows: Mapping[str, Variable], others: Mapping[str, Variable], attrs: dict[str, Any],
        patients: int, drawn: int, failed: int, counts: Counts | None,
    ) -> None:  # fmt: skip
        """Put more patients on disk, then note that they are there.

        Parameters
        ----------
        rows : mapping of str to Variable
            First dimension: the new patients.
        others : mapping of str to Variable
            Without patients: coordinates.
        patients : int
            Of the whole run.
        drawn, failed : int
            Where to go on drawing; how many of the new patients failed.
        counts : Counts, optional
            Of all patients, these included.
        """
        new = len(next(iter(rows.values())).data)
        with self._writing():
            if self._group is None:
                if not self.stored:
                    self._create(rows, others, attrs, patients)
                self._group = zarr.open_group(self.folder, mode="r+")
            arrays = dict(self._group.arrays())
            for name, variable in rows.items():
                arrays[name][self.stored : self.stored + new] = variable.data
            self.stored, self.drawn, self.failed = self.stored + new, drawn, self.failed + failed
            if counts is not None:
                counts.save(self._counts_file)
            self._note()

    def _create(
        self, rows: Mapping[str, Variable], others: Mapping[str, Variable], attrs: dict[str, Any],
        patients: int,
    ) -> None:  # fmt: skip
        """Lay the store out for all patients; the manifest is there before anything else."""
        for entry in self.folder.iterdir():
            if entry.name not in (STATE, MANIFEST):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
        _write(self.folder / MANIFEST, json.dumps(self._manifest, indent=1))
        row = sum(v.data[:1].nbytes for v in rows.values())
        chunk = min(max(_CHUNK_BYTES // row, _FEWEST), _MOST, patients)
        nodes = {name: _metadata(v, patients, chunk) for name, v in rows.items()}
        nodes |= {name: _metadata(v) for name, v in others.items()}
        self._lay_out(nodes, others, attrs)

    def _lay_out(
        self, nodes: Mapping[str, Any], written: Mapping[str, Variable], attrs: dict[str, Any]
    ) -> None:
        group = zarr.create_group(self.folder, overwrite=False, attributes=attrs)
        for _ in zarr.create_hierarchy(store=group.store, nodes=dict(nodes)):
            pass
        for name, variable in written.items():
            zarr.open_array(group.store, path=name, mode="r+")[...] = variable.data
        self._consolidate()

    def _consolidate(self) -> None:
        """Put all metadata into one file, so that a thousand variables open at once."""
        file = self.folder / "zarr.json"
        arrays = {f.parent.name: self._json(f) for f in sorted(self.folder.glob("*/zarr.json"))}
        inline = {"kind": "inline", "must_understand": False, "metadata": arrays}
        _write(file, json.dumps(self._json(file) | {"consolidated_metadata": inline}))

    def finish(self, others: Mapping[str, Variable], attrs: dict[str, Any]) -> None:
        """Add what is known only at the end, and note that the run is whole."""
        with self._writing():
            group = zarr.open_group(self.folder, mode="r+", use_consolidated=False)
            for name in others:
                if name in group:
                    shutil.rmtree(self.folder / name)
            group.attrs.update(attrs)
            nodes = {name: _metadata(v) for name, v in others.items()}
            for _ in zarr.create_hierarchy(store=group.store, nodes=nodes):
                pass
            for name, variable in others.items():
                zarr.open_array(group.store, path=name, mode="r+")[...] = variable.data
            self._consolidate()
            self.finished = True
            self._note()

    def restore(self, counts: Counts) -> None:
        """Read back the counts of the patients that are stored.

        Raises
        ------
        StoreError
            They are damaged.
        """
        try:
            counts.load(self._counts_file)
        except (OSError, ValueError, KeyError, IndexError):
            raise StoreError(
                f"{self._counts_file} is damaged. Remove {self.folder}, or name another."
            ) from None

    @property
    def _counts_file(self) -> Path:
        return self.folder / STATE / f"counts-{self.stored}.npz"

    def _note(self) -> None:
        """Note how far the run has come, then drop counts of the past."""
        progress = {
            "patients": self.stored,
            "drawn": self.drawn,
            "failed": self.failed,
            "finished": self.finished,
        }
        _write(self.folder / STATE / "progress.json", json.dumps(progress))
        for old in (self.folder / STATE).glob("counts-*.npz"):
            if self.finished or old != self._counts_file:
                old.unlink()

    def close(self) -> None:
        """Let others in; a folder made in vain disappears."""
        self._lock.release()
        if self._fresh and not (self.folder / STATE / "progress.json").exists():
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as e:
            kept = f"{self.stored:,} patients are kept; make room and write the same command again."
            raise StoreError(
                f"Cannot write {self.folder}: {e.strerror or e}. "
                f"{kept if self.stored else 'Name a place that can be written.'}"
            ) from None


def _metadata(v: Variable, patients: int | None = None, chunk: int = 0) -> Any:
    """Metadata of an array; with ``patients`` its first dimension is made for all of them."""
    shape = v.data.shape if patients is None else (patients, *v.data.shape[1:])
    text = v.data.dtype.kind in "OUT"
    fill = {"O": "", "U": "", "T": "", "f": np.nan, "b": False}.get(v.data.dtype.kind, 0)
    array = zarr.create_array(
        MemoryStore(),
        shape=shape,
        chunks=tuple(max(s, 1) for s in (shape if patients is None else (chunk, *shape[1:]))),
        dtype="str" if text else v.data.dtype,
        fill_value=fill,
        compressors=ZstdCodec(level=1),
        dimension_names=v.dims,
        attributes=v.attrs,
        zarr_format=3,
    )
    return array.metadata


def _write(file: Path, text: str) -> None:
    """Replace a file as a whole."""
    draft = file.with_suffix(".partial")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, file)


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) < 60 else f"{text[:57]}…"
