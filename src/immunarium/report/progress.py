"""How far a run of many patients has come, on standard error."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn


@contextmanager
def patients(total: int) -> Iterator[Callable[[int, int], None]]:
    """Show patients done, failed and left, how fast, and how long it takes yet.

    Where standard error is no terminal, only the last line is written.

    Yields
    ------
    callable
        To be told how many patients are done, and how many of those failed.
    """
    screen = Console(stderr=True, highlight=False)
    pace = _Pace(total)
    if not screen.is_terminal:
        yield pace.told
    else:
        columns = (BarColumn(), TextColumn("{task.description}"))
        with Progress(*columns, console=screen, transient=True) as bar:
            task = bar.add_task("drawing patients, compiling", total=total)

            def told(done: int, failed: int) -> None:
                pace.told(done, failed)
                bar.update(task, completed=done, description=pace.now())

            yield told
    if pace.done > pace.had >= 0:
        screen.print(pace.end(), soft_wrap=True)


class _Pace:
    def __init__(self, total: int) -> None:
        self.total, self.done, self.failed = total, 0, 0
        self.had: int = -1  # patients of an earlier run
        self.begun = time.monotonic()

    def told(self, done: int, failed: int) -> None:
        self.had = done if self.had < 0 else self.had
        self.done, self.failed = done, failed

    @property
    def rate(self) -> float:
        return (self.done - self.had) / max(time.monotonic() - self.begun, 1e-9)

    def now(self) -> str:
        counts = f"{self.done:,} done, {self.failed:,} failed, {self.total - self.done:,} left"
        if not self.rate:
            return f"{counts}; drawing patients, compiling"
        left = (self.total - self.done) / self.rate
        return f"{counts}; {self.rate:.3g} patients/s, {_span(left)} to go"

    def end(self) -> str:
        seconds = time.monotonic() - self.begun
        before = f", {self.had:,} of them before" if self.had > 0 else ""
        return (
            f"{self.done:,} patients followed{before}, {self.failed:,} failed, in {_span(seconds)} "
            f"({self.rate:.3g} patients/s)."
        )


def _span(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"
