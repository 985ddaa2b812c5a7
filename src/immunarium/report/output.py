"""What a run leaves behind; it appears whole or not at all, and is refused before the work."""

from __future__ import annotations

import json
import math
import os
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from immunarium.core import ImmunoError
from immunarium.report import html, markdown
from immunarium.report.figures import summary_figure
from immunarium.trial import adam

if TYPE_CHECKING:
    from immunarium.trial.protocol import Trial
    from immunarium.trial.result import TrialResult

PAGES = (".html", ".md")
REPORTS = (*PAGES, ".png", ".svg")


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """Give a folder to write in, which becomes ``path`` when the block ends well.

    Parameters
    ----------
    path : Path
        Must not exist, or be an empty folder.

    Raises
    ------
    ImmunoError
        The folder is not empty, or cannot be made there.
    """
    draft = _draft(path)
    with _refusing(path):
        if path.exists() and not (path.is_dir() and not any(path.iterdir())):
            raise ImmunoError(f"{path} exists already. Name a new folder, or remove it first.")
        draft.mkdir()
    try:
        yield draft
        with _refusing(path):
            if path.exists():
                path.rmdir()
            draft.rename(path)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


@contextmanager
def new_file(path: Path) -> Iterator[Path]:
    """Give a file to write, which replaces ``path`` when the block ends well.

    Raises
    ------
    ImmunoError
        ``path`` is a folder, or cannot be written.
    """
    draft = _draft(path)
    with _refusing(path):
        if path.is_dir():
            raise ImmunoError(f"{path} is a folder. Name a file in it.")
        draft.touch(exist_ok=False)
    try:
        yield draft
        with _refusing(path):
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def new_page(path: Path, suffix: str = ".html") -> Iterator[Path]:
    """Give a page to write, as ``new_file`` does.

    Raises
    ------
    ImmunoError
        Its name does not end in the suffix, or it cannot be written.
    """
    if path.suffix.lower() != suffix:
        raise ImmunoError(
            f"The page is {suffix}, not {path.name!r}. Write {path.with_suffix(suffix).name}"
        )
    with new_file(path) as draft:
        yield draft


@contextmanager
def new_report(path: Path, trial: Trial) -> Iterator[Path]:
    """Give a report to write, as ``new_file`` does.

    Raises
    ------
    ImmunoError
        Its name does not end in one of ``REPORTS``; a picture is asked for of a trial
        without visits; or it cannot be written.
    """
    if path.suffix.lower() not in REPORTS:
        raise ImmunoError(
            f"A report is .html or .md (the page), or .png or .svg (its picture), not "
            f"{path.name!r}. "
            f"Write --report {path.stem}.html"
        )
    if trial.visits is None and path.suffix.lower() not in PAGES:
        raise ImmunoError(
            f"{trial.name} has no visits, and the picture shows what is seen at them. "
            f"Write --report {path.stem}.html"
        )
    with new_file(path) as draft:
        yield draft


def _draft(path: Path) -> Path:
    whole = Path(os.path.abspath(path))
    return whole.with_name(f".{whole.stem[:80]}.{os.getpid()}{whole.suffix}")


@contextmanager
def _refusing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as e:
        raise ImmunoError(
            f"Cannot write {path}: {e.strerror}. Name a place that can be written."
        ) from None


def typed() -> str:
    """Return the command that is running, as it was typed."""
    return shlex.join(["immunarium", *sys.argv[1:]])


def to_json(document: Any) -> str:
    """Write strict JSON: what is not a number becomes null."""
    return json.dumps(_plain(document), indent=1, allow_nan=False, ensure_ascii=False)


def _plain(x: Any) -> Any:
    if isinstance(x, dict):
        return {str(k): _plain(v) for k, v in x.items()}
    if isinstance(x, list | tuple):
        return [_plain(v) for v in x]
    x = x.item() if hasattr(x, "item") else x
    return None if isinstance(x, float) and not math.isfinite(x) else x


def write_report(result: TrialResult, path: Path) -> None:
    """Write the page, or its first picture where the name ends in ``.png`` or ``.svg``.

    Raises
    ------
    ImmunoError
        The file cannot be written.
    """
    suffix = path.suffix.lower()
    with _refusing(path):
        if suffix in PAGES:
            page = (html if suffix == ".html" else markdown).render(result)
            path.write_text(page, encoding="utf-8")
        else:
            summary_figure(result).savefig(path, dpi=100)


def write_tables(result: TrialResult, folder: Path) -> None:
    """Write the tables of a trial.

    ``result.json``; patients, doses and decisions of each arm; what the design came to; sources; a
    folder ``adam``.
    """
    (folder / "result.json").write_text(to_json(result.as_dict()), encoding="utf-8")
    for name, arm in result.arms.items():
        arm.patients.to_csv(folder / f"{name}.patients.csv", index_label="patient")
        arm.doses.to_csv(folder / f"{name}.doses.csv", index=False)
        if len(arm.decisions):
            arm.decisions.to_csv(folder / f"{name}.decisions.csv", index=False)
    for name, table in (result.design.tables() if result.design else {}).items():
        table.to_csv(folder / f"{name}.csv", index=False)
    result.sources.to_csv(folder / "sources.csv", index=False)
    adam.write(result.adam(), folder / "adam")
