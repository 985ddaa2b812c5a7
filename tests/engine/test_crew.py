"""Who does the work: dead workers are replaced, and nobody outlives the one who asked."""

from __future__ import annotations

import operator
import os
import time
from typing import Any, cast

import pytest

from immunarium.core import ImmunoError
from immunarium.engine.cluster import Cluster
from immunarium.engine.crew import Here, Processes, WorkersLostError


def get(crew, ticket, seconds=60.0):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            return crew.wait(ticket, 0.2)
        except TimeoutError:
            continue
    raise AssertionError("nobody did it")


@pytest.fixture
def two():
    crew = Processes(pow, 2)
    yield crew
    crew.stop()


def test_processes_and_this_process_do_the_same_work(two):
    pieces = [(2, 3), (3, 3), (5, 2), (1, 1), (2, 8)]
    here = Here(pow)
    theirs = [two.start(*p) for p in pieces]
    mine = [here.start(*p) for p in pieces]
    assert [get(two, t) for t in theirs] == [get(here, t) for t in mine]


def test_a_piece_whose_worker_dies_is_done_by_another(two):
    assert get(two, two.start(2, 2)) == 4  # they are awake
    waiting = [two.start(2, k) for k in range(6)]
    for pid in list(two._ours):
        os.kill(pid, 9)
    assert [get(two, t) for t in waiting] == [1, 2, 4, 8, 16, 32]


def test_a_piece_that_kills_every_worker_is_given_up_with_a_message():
    crew: Any = Processes(cast(Any, operator.call), 1)
    try:
        with pytest.raises(WorkersLostError, match=r"died 4 times in a row.*fewer --workers"):
            get(crew, crew.start(os._exit, 1))
    finally:
        crew.stop()


def test_what_a_worker_raises_is_raised_here(two):
    with pytest.raises(TypeError):
        get(two, two.start("a", 2))


def test_a_scheduler_that_is_not_there_is_one_message():
    pytest.importorskip("distributed")
    with pytest.raises(ImmunoError, match=r"No Dask scheduler answers at tcp://127.0.0.1:9"):
        Cluster(pow, "tcp://127.0.0.1:9")
