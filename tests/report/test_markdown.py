"""The Markdown report says what the page says, and believes nobody's text."""

from __future__ import annotations

import re
from dataclasses import replace

from immunarium.report.contents import NOTICE
from immunarium.report.markdown import render
from immunarium.trial import TrialResult

HOSTILE = "<script>alert(1)</script> | **bold** [x](javascript:y)"


def test_it_says_what_the_page_says(result: TrialResult):
    text = render(result)
    for words in (result.study.title, NOTICE, "simulated 9 patients", "--pool 400 --seed 1"):
        assert words in text.replace("\\", "")


def test_every_row_of_a_table_has_the_cells_of_its_head(result: TrialResult):
    tables = re.findall(r"(?:^\|.*\n)+", render(result), flags=re.M)
    assert len(tables) >= 5
    for table in tables:
        cells = {len(re.findall(r"(?<!\\)\|", line)) for line in table.splitlines()}
        assert len(cells) == 1, table


def test_hostile_words_stay_words(result: TrialResult):
    arms = {n: replace(a, label=HOSTILE, regimen=HOSTILE) for n, a in result.arms.items()}
    text = render(replace(result, arms=arms, study=replace(result.study, title=HOSTILE)))
    assert "<script" not in re.sub(r"\\.", "", text)
    assert "](" not in re.sub(r"\\.", "", text)
