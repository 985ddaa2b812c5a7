"""Numbers, intervals and citations as they are printed."""

from __future__ import annotations

import doctest
from dataclasses import replace

import pandas as pd
import pytest

from immunarium.report import scorecard, sources, terminal, text
from immunarium.trial import TrialResult


@pytest.mark.parametrize("module", [sources, text], ids=lambda m: m.__name__)
def test_examples_are_true(module):
    tried = doctest.testmod(module)
    assert tried.attempted
    assert not tried.failed


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("pmid:3871099", "https://pubmed.ncbi.nlm.nih.gov/3871099"),
        ("doi:10.1084/jem.166.4.1055; and more", "https://doi.org/10.1084/jem.166.4.1055"),
        ("proleukin label, 2023", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_known_identifiers_become_links(source: str, url: str):
    assert sources.link(source) == url


@pytest.mark.parametrize(
    ("tail", "printed"),
    [(0.0, "p < 0.01"), (0.02, "p = 0.02"), (0.98, "p = 0.98"), (1, "p > 0.99")],
)
def test_a_share_of_trials_is_never_printed_as_certain(
    result: TrialResult, tail: float, printed: str
):
    score = replace(result.scores[3], window=None, tail=tail, tail_limits=(0.025, 0.975))
    (group,) = scorecard.groups([score])
    assert group.rows[0].window == printed


def test_inside_and_p_are_explained_where_they_are_printed(result: TrialResult):
    window, shown = result.scores[0], result.scores[5]
    tail = replace(window, window=None, tail=0.5, tail_limits=(0.02, 0.98))
    said = [" ".join(scorecard.explained([s])) for s in (window, tail, shown)]
    assert "may lie outside the 90 %" in said[0]
    assert "p:" not in said[0]
    assert "inside between 0.02 and 0.98" in said[1]
    assert "window" not in said[1]
    assert said[2] == ""


def test_the_terminal_says_how_many_draws_were_implausible(result: TrialResult):
    from rich.console import Console

    console = Console(width=200)
    with console.capture() as seen:
        console.print(terminal.comparison(replace(result, fit=pd.DataFrame())))
    assert "400 virtual patients of 700 drawn; 300 were implausible" in seen.get()
