"""Who does the work of a run: this process, or processes of this machine."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError, Future, ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, Protocol

from immunarium.core import ImmunoError

Work = Callable[[int, int], Any]  # a piece of the run, from one draw up to another
_PATIENCE = 3  # times in a row that workers may die before a piece is given up


class WorkersLostError(ImmunoError):
    """Workers died again and again at the same piece of a run."""


class Crew(Protocol):
    """Does pieces of a run, in any order and place."""

    @property
    def room(self) -> int:
        """How many pieces to have under way."""
        ...

    def start(self, first: int, last: int) -> Any:
        """Begin a piece; returns what ``wait`` takes."""
        ...

    def wait(self, ticket: Any, seconds: float) -> Any:
        """Return a piece's result.

        Raises
        ------
        TimeoutError
            Not done within ``seconds``.
        WorkersLostError
            Nobody could do it.
        """
        ...

    def stop(self) -> None:
        """Send everybody home at once."""
        ...


class Here:
    """Does each piece in this process, when its result is asked for."""

    room = 1

    def __init__(self, work: Work) -> None:
        self._work = work

    def start(self, first: int, last: int) -> tuple[int, int]:
        """Note a piece."""
        return first, last

    def wait(self, ticket: tuple[int, int], seconds: float) -> Any:
        """Do the piece."""
        return self._work(*ticket)

    def stop(self) -> None:
        """Do nothing: nobody is at work."""


class Processes:
    """Fresh processes, each doing one piece at a time; one that dies is replaced.

    Parameters
    ----------
    work : callable
        Picklable; given to every process once.
    workers : int
        Number of processes.
    """

    def __init__(self, work: Work, workers: int) -> None:
        self._work, self._workers, self.room = work, workers, 2 * workers + 2
        self._deaths = 0
        self._pool, self._ours = self._new_pool(), set[int]()
        self._pieces: dict[tuple[int, int], Future[Any]] = {}

    def _new_pool(self) -> ProcessPoolExecutor:
        context = multiprocessing.get_context("spawn")
        arguments = (self._work,)
        return ProcessPoolExecutor(self._workers, context, _begin, arguments)

    def start(self, first: int, last: int) -> tuple[int, int]:
        """Queue a piece."""
        piece = (first, last)
        others = {p.pid for p in multiprocessing.active_children()}
        try:
            with uninterrupted():
                self._pieces[piece] = self._pool.submit(_do, first, last)
        except BrokenProcessPool:
            self._replace()
            return self.start(first, last)
        self._ours |= {p.pid for p in multiprocessing.active_children() if p.pid} - others
        return piece

    def wait(self, ticket: tuple[int, int], seconds: float) -> Any:
        """Return a piece's result, once it is done."""
        try:
            result = self._pieces[ticket].result(seconds)
        except (BrokenProcessPool, CancelledError):
            self._replace(ticket)
            raise TimeoutError from None
        del self._pieces[ticket]
        self._deaths = 0
        return result

    def _replace(self, at: tuple[int, int] | None = None) -> None:
        """Put new processes in the place of those that died, at the pieces not yet done."""
        self._deaths += 1
        if self._deaths > _PATIENCE:
            where = f" at the draws from {at[0]} to {at[1]}" if at else ""
            raise WorkersLostError(
                f"Workers died {self._deaths} times in a row{where}. If memory ran out, ask for "
                f"fewer --workers."
            )
        self.stop()
        self._pool, again = self._new_pool(), [p for p, f in self._pieces.items() if not _done(f)]
        for piece in again:
            self.start(*piece)

    def stop(self) -> None:
        """End the processes at once."""
        for process in multiprocessing.active_children():
            if process.pid in self._ours:
                process.terminate()
                process.join(5)
        self._ours.clear()
        # waits for the pool's own thread, which must not be at work when Python ends
        self._pool.shutdown(wait=True, cancel_futures=True)


def _done(future: Future[Any]) -> bool:
    return future.done() and not future.cancelled() and future.exception() is None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Hold Ctrl-C back, and let processes born meanwhile never see it."""
    main = threading.current_thread() is threading.main_thread()
    if not main or not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_work: Work | None = None


def _begin(work: Work) -> None:
    """Ready a new process: it ignores Ctrl-C, and ends when its parent does."""
    global _work
    _work = work
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_outlive_nobody, daemon=True).start()


def _outlive_nobody() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(first: int, last: int) -> Any:
    assert _work is not None  # _begin has run
    return _work(first, last)
