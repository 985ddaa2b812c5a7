"""The page on antibodies: every row of the checklist once, and every name in it there."""

import re
from collections import Counter
from pathlib import Path

import pytest

from immunarium.literature import studies

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "antibodies.md").read_text(encoding="utf-8")
ROWS = re.findall(r"^\| ([A-Z]\d+[abc]?|[a-g]\d?) \|(.*)\|$", PAGE, re.MULTILINE)
WANTED = [
    *(f"P{i}" for i in range(1, 14)),
    *["a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2", "c3", "d", "e", "f", "g"],
    *(f"D{i}" for i in range(1, 17)),
    *(f"X{i}" for i in range(1, 16)),
    *(f"T{i}" for i in range(1, 13)), "T13a", "T13b", "T13c", "T14", "T15",
    *(f"R{i}" for i in range(1, 5)),
    *(f"A{i}" for i in range(1, 24)),
    *(f"B{i}" for i in range(1, 9)),
]  # fmt: skip


def test_every_row_of_the_checklist_is_there_once():
    assert Counter(name for name, _ in ROWS) == Counter(WANTED)


@pytest.mark.parametrize(("name", "row"), ROWS)
def test_a_row_says_what_became_of_it_where_and_by_which_source(name, row):
    claim, here, where, source = (cell.strip() for cell in row.split("|"))
    assert claim
    assert re.match(r"simulated|shown|stated", here), here
    assert source
    names = re.findall(r"`([^`]+)`", where)
    assert names, "where is it?"
    assert " ".join(f"`{n}`" for n in names) == where


def test_every_file_and_study_that_the_page_names_exists():
    named = re.findall(r"`((?:study:)?[\w/.-]+(?:\.py|\.md)|study:[\w-]+)`", PAGE)
    library = set(studies())
    for name in named:
        if name.startswith("study:"):
            assert name.removeprefix("study:") in library, name
        else:
            assert any((base / name).exists() for base in (ROOT, ROOT / "src" / "immunarium")), name


def test_every_contradiction_that_a_row_points_at_is_listed():
    listed = re.findall(r"^\| (\d+) \|", PAGE, re.MULTILINE)
    assert listed == [str(i) for i in range(1, 15)]
    assert set(re.findall(r"contradiction (\d+)", PAGE)) <= set(listed)
