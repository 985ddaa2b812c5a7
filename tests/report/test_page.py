"""The report is one file, says everything, and believes nobody's text."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from immunarium.core import ImmunoError
from immunarium.report.contents import NOTICE
from immunarium.report.html import SECTIONS, render
from immunarium.report.output import write_report
from immunarium.trial import TrialResult

HOSTILE = "<script>alert('x')</script> & \"quoted\" $x_1^{2}$ 면역"


def text_of(page: str) -> str:
    """Return what a reader sees."""
    return html.unescape(re.sub(r"<style.*?</style>|<[^>]+>", " ", page, flags=re.S))


def test_a_page_is_whole_and_small(page: str):
    assert page.startswith("<!doctype html>")
    assert page.rstrip().endswith("</html>")
    assert len(page.encode()) < 3_000_000


def test_nothing_is_fetched_from_anywhere(page: str):
    tags = re.findall(r"<(\w+)[^>]*?(?:src|href)=\"(?!#)([^\"]*)\"", page)
    assert {tag for tag, _ in tags} == {"a"}
    assert all(url.startswith("https://") for _, url in tags)
    assert not re.search(r"@import|url\((?!#)|<script|<link|<img|<iframe|xmlns", page)


def test_every_section_is_there_and_linked(page: str):
    for anchor, name in SECTIONS.items():
        here = anchor not in ("scores", "plasma")  # of patients without lesions
        assert (f'<section id="{anchor}">' in page) == here
        assert (f'<a href="#{anchor}">{name}</a>' in page) == here


def test_no_two_things_share_an_id_and_every_reference_lands(page: str):
    ids = re.findall(r'\sid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page))
    wanted = {a or b for a, b in re.findall(r'url\(#([^)]+)\)|href="#([^"]+)"', page)}
    assert wanted <= set(ids)


def test_the_page_says_what_it_is(result: TrialResult, page: str):
    seen = text_of(page)
    for words in (
        result.study.title,
        result.study.citation,
        NOTICE,
        "observed 11 patients, simulated 9 patients",
        "90 % of simulated trials gave 5–13",
        "400 virtual patients",
        "1,000 trials",
        "25 for LAK + IL-2",
        "6 of them are assumed",
    ):
        assert words in seen


def test_the_command_makes_the_same_numbers(page: str):
    assert (
        "immunarium trial invented-1985 --n 25 --replicates 1000 --pool 400 --seed 1 "
        "--report report.html"
    ) in text_of(page)


def test_endpoints_name_their_estimand_and_a_number_that_is_missing_its_reason(page: str):
    seen = " ".join(
        text_of(page[page.index('id="endpoints"') : page.index('id="regimen"')]).split()
    )
    assert "Overall survival: the hazard ratio of the time to death." in seen
    assert "LAK + IL-2 against IL-2 alone hazard ratio 0.71 0.639–0.781 0.355–1.14 < 0.001" in seen
    assert "nobody responds" in seen
    assert "patients at risk" in seen


def test_decisions_are_summed_up_by_rule(page: str):
    seen = " ".join(text_of(page[page.index('id="decisions"') :]).split())
    assert "hold aldesleukin when hypotension grade >= 3; stop after 2 holds held 25 % 1" in seen


def test_what_patients_are_selected_to_is_said(page: str):
    seen = " ".join(text_of(page).split())
    assert "patient.weight median kg 76 80 76.1 0.12 0.02 invented" in seen


def test_grades_are_digits_too(page: str):
    for grade in range(1, 6):
        assert f'<span class="grade g{grade}">{grade}</span>' in page
    toxicity = page[page.index('id="toxicity"') : page.index('id="attribution"')]
    written = re.findall(r"<text[^>]*>([^<]*)</text>", toxicity)
    assert {"1", "2", "3"} <= set(written)


def test_calibrated_and_predicted_are_kept_apart(page: str):
    seen = text_of(page[page.index('id="scorecard"') :])
    order = [
        seen.index(x) for x in ("Predicted: 2 of 2 inside", "F04", "Calibrated on: 2 of 3", "F01")
    ]
    assert order == sorted(order)
    assert "✗ outside" in seen


def test_assumed_numbers_come_first(page: str):
    sources = page[page.index('id="sources"') :]
    assert sources.index("6 assumed") < sources.index("3 fitted") < sources.index("3 measured")


def test_hostile_words_stay_words(result: TrialResult):
    arms = {n: replace(a, label=HOSTILE, regimen=HOSTILE) for n, a in result.arms.items()}
    study = replace(result.study, title=HOSTILE, citation=HOSTILE, source='doi:10.1"onload="x')
    scores = [
        replace(s, name=HOSTILE, note=HOSTILE, source="javascript:alert(1)") for s in result.scores
    ]
    page = render(replace(result, arms=arms, study=study, scores=scores))
    assert "<script" not in page
    assert 'href="javascript' not in page
    assert 'onload="' not in page
    assert HOSTILE in text_of(page)


def test_a_trial_without_tumours_or_sweeps_leaves_those_sections_out(result: TrialResult):
    columns = ["response", "who", "recist", "best_change"]
    arms = {
        n: replace(a, patients=a.patients.drop(columns=columns), tumour=pd.DataFrame())
        for n, a in result.arms.items()
    }
    bare = replace(
        result,
        study=replace(result.study, visits=None),
        arms=arms,
        window=pd.DataFrame(),
        assumptions=pd.DataFrame(),
    )
    page = render(bare)
    for anchor in ("tumour", "window", "assumptions"):
        assert f'id="{anchor}"' not in page
        assert f'href="#{anchor}"' not in page
    assert 'id="toxicity"' in page


def test_the_same_result_gives_the_same_bytes(result: TrialResult, page: str):
    assert render(result) == page


def test_the_page_is_what_is_written(result: TrialResult, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("immunarium.report.html.render", lambda result: "5–95 % of γδ")
    path = tmp_path / "report.html"
    write_report(result, path)
    assert path.read_text(encoding="utf-8") == "5–95 % of γδ"
    with pytest.raises(ImmunoError, match="Cannot write"):
        write_report(result, tmp_path / "nowhere" / "report.html")
