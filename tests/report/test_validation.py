"""The page of a scorecard holds every target, fetches nothing and fills nothing in."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from immunarium.literature import Failure, Scorecard
from immunarium.literature.applicability import COLUMNS
from immunarium.literature.credibility import Dossier
from immunarium.literature.scorecard import table
from immunarium.report.validation import command, render
from immunarium.trial import Credibility, TrialResult
from immunarium.trial.verification import Check, Refined

HOSTILE = "<script>alert('x')</script>"


def dossier(stated: Credibility) -> Dossier:
    target = {"id": "F04", "name": "Responders", "unit": "patients", "as_run": 9.0}
    moved = {"halved": 9.0, "hundredth": 10.0, "width": 8.0}
    differ = {"arm": "LAK + IL-2", "patients": 64, "response": 1, "death": 0, "doses": 2}
    layer = {"layer": "response", "asked": 2, "predicted_inside": 0, "predicted": 0}
    layer |= {"calibrated_inside": 1, "calibrated": 2, "shown": 1, "reading": "calibrated only"}
    aspect = ("drug and route", "aldesleukin IV", "nmol", 5.0, 60.0, 50.0, 60.0, 2, 0, 0)
    far = (*aspect, "calibrated only; down to 0.1 times the least compared")
    return Dossier(
        stated=stated,
        checks=(Check("equations", "…", 1e-14, 1e-9), Check("amounts", "…", 0.2, 1e-9)),
        refined=Refined(pd.DataFrame([target | moved]), pd.DataFrame([differ | {"grades": 3}])),
        inputs=pd.DataFrame([{"evidence": "assumed", "numbers": 12, "varied": 3}]),
        assumptions=pd.DataFrame(),
        validation=pd.DataFrame([layer]),
        applicability=pd.DataFrame([far], columns=pd.Index(COLUMNS)),
    )


@pytest.fixture(scope="module")
def card(result: TrialResult) -> Scorecard:
    at = (40.0, 99.8, np.nan, 70.0, 99.9, 20.0)
    scores = [replace(s, percentile=p) for s, p in zip(result.scores, at, strict=True)]
    scores[2] = replace(scores[2], note=HOSTILE)
    done = replace(result, scores=scores)
    silent = replace(done, study=replace(done.study, name="silent"))
    stated = Credibility("Does it work?", "Teaching.", "high", "medium")
    return Scorecard(
        scores=table({"invented-1985": done, "silent": silent}),
        trials={"invented-1985": done.study, "silent": silent.study},
        problems=(Failure("broken.toml", f"broken.toml says {HOSTILE}"),),
        sources=done.sources,
        manifest={"asked": ["my study.toml"], "seed": 3, "pool": 50, "replicates": 20},
        results={"invented-1985": done, "silent": silent},
        dossiers={"invented-1985": dossier(stated), "silent": dossier(Credibility())},
    )


@pytest.fixture(scope="module")
def page(card: Scorecard) -> str:
    return render(card, ".html")


def test_every_target_is_on_the_page_and_misses_come_first(card: Scorecard, page: str) -> None:
    for suffix in (".html", ".md"):
        text = render(card, suffix)
        everything = text.index("Every target</h2>" if suffix == ".html" else "## Every target")
        for score in card.results["silent"].scores:
            assert score.id in text[everything:]
            assert (score.id in text[:everything]) == (score.inside is False)


def test_nothing_is_fetched_and_every_reference_lands(page: str) -> None:
    tags = re.findall(r"<(\w+)[^>]*?(?:src|href)=\"(?!#)([^\"]*)\"", page)
    assert {tag for tag, _ in tags} == {"a"}
    assert all(url.startswith("https://") for _, url in tags)
    assert not re.search(r"@import|url\((?!#)|<script|<link|<img|<iframe|xmlns", page)
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert {a or b for a, b in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)} <= set(ids)
    assert len(page.encode()) < 5_000_000


def test_what_is_not_stated_is_not_invented(page: str) -> None:
    said, silent = page.split('id="credible-silent"')
    assert "Does it work?" in said
    assert "4 of 5" in said[said.index('id="credible-invented-1985"') :]
    assert silent.count("<dd>not stated</dd>") == 5
    assert "does not state: question, context, influence, consequence" in silent


def test_what_speaks_against_is_said(page: str) -> None:
    for words in (
        "The check of amounts failed: 0.2",
        "moves by 12 % of its interval",
        "Outside, calibrated: F03.",
        "predicted in no study: response",
        "down to 0.1 times the least compared",
        "12 of the 12 numbers of the model are assumed",
        "predicted from a source that others were calibrated on",
    ):
        assert words in page, words
    assert "The machine code agrees" not in page


def test_nobodys_text_is_believed(card: Scorecard, page: str) -> None:
    assert HOSTILE not in page
    assert HOSTILE not in render(card, ".md")
    assert "broken.toml says &lt;script&gt;" in page


def test_roles_are_never_added_up(card: Scorecard, page: str) -> None:
    assert "4 of 4 predicted targets are inside, and 4 of 6 calibrated ones" in page
    assert "6 of 10" not in page
    assert "8 of 10" not in page


def test_the_command_makes_the_page_again(card: Scorecard) -> None:
    assert command(card, "scorecard.html") == (
        "immunarium validate 'my study.toml' --pool 50 --replicates 20 --seed 3 "
        "--html scorecard.html"
    )


def test_an_empty_scorecard_still_makes_a_page(card: Scorecard) -> None:
    empty = replace(card, scores=table({}), trials={}, results={}, dossiers={})
    for suffix in (".html", ".md"):
        assert "broken.toml" in render(empty, suffix)
