from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from immunarium import registry
from immunarium.core import ImmunoError
from immunarium.dosing import Regimen
from immunarium.inference import compare as comparing
from immunarium.inference import trough as finder
from immunarium.inference.compare import Look, compare
from immunarium.inference.questions import asked, question, questions
from immunarium.report import compared as words

HEALTHY = "healthy"


def regimens(*texts):
    return {text: Regimen.parse(text) for text in texts}


@pytest.fixture(scope="module")
def two():
    disease, therapies = registry.content(HEALTHY)
    arms = regimens("ivig 0.4 g/kg IV daily x 2", "none")
    looks = [Look("igg.infused", "g/L"), Look("igg.endogenous", "g/L", "own IgG")]
    return compare(disease, therapies, arms, looks, days=14, patients=12, seed=3)


def row(result, regimen, quantity):
    table = result.table
    return table[(table["regimen"] == regimen) & (table["quantity"] == quantity)].iloc[0]


def test_the_first_regimen_is_all_of_itself(two):
    first = row(two, "ivig 0.4 g/kg IV daily x 2", "igg.infused")
    assert first["of_first"] == pytest.approx(100)


def test_without_treatment_nothing_is_infused_and_own_IgG_stays(two):
    assert row(two, "none", "igg.infused")["highest"] == 0
    own = row(two, "none", "own IgG")
    assert own["lowest"] == pytest.approx(own["highest"], rel=1e-6)


def test_infused_IgG_lowers_own_IgG_and_comes_in_the_unit_asked_for(two):
    treated = row(two, "ivig 0.4 g/kg IV daily x 2", "own IgG")
    assert treated["end"] < treated["start"]
    assert 5 < treated["start"] < 20  # g/L
    assert two.courses["igg.infused"].attrs["units"] == "g/L"


def test_where_some_or_all_die_the_end_is_of_those_alive_and_it_is_said(two):
    values = np.array([[4.0, 2.0, 3.0], [4.0, 1.0, np.nan]])
    by_path = {"some": {"x": values}, "all": {"x": values[1:].repeat(2, axis=0)}}
    kept, days = np.ones(2, dtype=bool), np.array([0.0, 1.0, 2.0])
    looks = [Look("x")]
    table = comparing._table(looks, ["x"], {"x": "1"}, by_path, days, kept).set_index("regimen")
    assert table["alive"].to_dict() == {"some": 50, "all": 0}
    some, everyone = table["end"].tolist()
    assert some == 3
    assert np.isnan(everyone)
    assert table["average"].tolist()[1] == 2.5
    course = comparing._courses(looks, ["x"], {"x": "1"}, by_path, days, kept)["x"]
    assert course.sel(regimen="some", quantile=0.5).values.tolist() == [4, 1.5, 3]
    assert np.isnan(course.sel(regimen="all", time=2)).all()
    died = replace(two, table=table.reset_index(), looks=tuple(looks))
    _, answer, (shown,) = words._words(died)
    assert "'end' is of those alive" in answer
    assert [row[-1] for row in shown["rows"]] == ["50", "0"]
    assert shown["rows"][1][5] == "–"
    assert "alive" not in words._words(two)[1]


def test_the_page_and_the_picture_of_a_comparison_are_made(two, tmp_path):
    words.write(two, "immunarium compare …", tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "own IgG, g/L" in page
    assert page.count("<svg") == 1
    words.write(two, "immunarium compare …", tmp_path / "picture.png")
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_a_report_of_another_kind_is_refused_before_the_work(tmp_path):
    with pytest.raises(ImmunoError, match=r"page.pdf.*Write --report page.html"):
        words.check_report(tmp_path / "page.pdf")


@pytest.mark.parametrize("name", questions())
def test_every_question_can_be_asked_of_its_disease(name):
    q = question(name)
    disease, therapies = registry.content(q.disease)
    units = disease.build().graph.units
    for look in q.looks:
        assert disease.scores.get(look.path, look.path) in units
    for regimen in q.regimens.values():
        for dose in regimen.doses:
            dose.dose.enters(therapies)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            (["ivig-and-exchang"], None, (), None),
            "no question 'ivig-and-exchang'.*ivig-and-exchange",
        ),
        ((["none", "none x 2"], None, (), None), "write --in, --of and --days"),
    ],
)
def test_what_is_no_question_is_told(given, message):
    with pytest.raises(ImmunoError, match=message):
        asked(*given)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"regimens": regimens("none")}, "at least two regimens"),
        ({"looks": []}, "Say what is compared"),
        ({"looks": [Look("igg.totl")]}, "has no 'igg.totl'.*igg.total"),
        ({"looks": [Look("igg.total", "mmHg")]}, "mmHg"),
    ],
)
def test_a_comparison_that_cannot_be_is_told(change, message):
    disease, therapies = registry.content(HEALTHY)
    sound = {"regimens": regimens("none", "ivig 1 g/kg IV once"), "looks": [Look("igg.total")]}
    wanted = SimpleNamespace(**(sound | change))
    with pytest.raises(ImmunoError, match=message):
        compare(disease, therapies, wanted.regimens, wanted.looks, days=1, patients=2)


@pytest.fixture(scope="module")
def kept():
    disease, therapies = registry.content(HEALTHY)
    return finder.trough(
        disease, therapies, "ivig ? g/kg IV", of="igg.infused", level=2.0, unit="g/L",
        intervals=("2 w", "4 w"), between=(0.1, 2.0), patients=8, seed=2,
    )  # fmt: skip


def test_a_longer_interval_needs_a_larger_dose(kept):
    assert (kept.needed["4 w"] > kept.needed["2 w"]).all()


def test_the_dose_found_for_a_patient_gives_the_trough_when_it_is_given(kept):
    disease, therapies = registry.content(HEALTHY)
    patient, dose = 0, kept.needed["4 w"].iloc[0]
    text = f"ivig {dose:.6g} g/kg IV every 4 w x 6"
    arms = regimens(text, "none")
    again = compare(
        disease, therapies, arms, [Look("igg.infused", "g/L")], days=168, patients=1, seed=2
    )
    assert kept.needed.index[patient] == 0
    assert row(again, text, "igg.infused")["end"] == pytest.approx(2.0, rel=0.02)


def test_a_trough_that_no_dose_reaches_is_not_made_up(kept):
    missing = finder._needed(np.array([1.0, 2.0]), np.array([3.0, 4.0]), 5.0)
    assert np.isnan(missing)


def test_who_is_above_the_level_untreated_needs_no_dose_and_nobody_else(kept):
    tried, troughs = np.array([0.0, 1.0, 2.0]), np.array([3.0, 6.0, 7.0])
    assert finder._needed(tried, troughs, 3.0) == 0.0
    assert finder._needed(tried, troughs, 4.5) == pytest.approx(0.5)
    assert kept.tried[0] == 0.0
    assert kept.troughs["2 w"][:, 0] == pytest.approx(0.0, abs=1e-9)  # nothing is infused


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"intervals": ()}, "Write intervals"),
        ({"intervals": ("3 w", "0 w")}, "every 3 w, 0 w"),
        ({"of": "igg.total,igg.infused"}, "has no 'igg.total,igg.infused'"),
        ({"level": np.nan}, "no level"),
        ({"between": (2, 1)}, "cannot be tried"),
    ],
)
def test_a_trough_that_cannot_be_looked_for_is_told(changed, message):
    disease, therapies = registry.content(HEALTHY)
    usual = {"of": "igg.total", "level": 8, "unit": "g/L", "intervals": ("3 w",), "between": (1, 2)}
    with pytest.raises(ImmunoError, match=message):
        finder.trough(disease, therapies, "ivig ? g/kg IV", **usual | changed)


@pytest.mark.parametrize(
    ("asked_for", "message"),
    [
        (("8", "2 w", "0.1..2"), None),
        (("much", "2 w", "0.1..2"), "Cannot read the trough 'much'"),
        (("8 g/L", "2 w", "0.1-2"), "0.1-2"),
    ],
)
def test_the_words_of_a_trough_are_read(asked_for, message):
    if message is None:
        assert finder.wanted(*asked_for)["level"] == 8
    else:
        with pytest.raises(ImmunoError, match=message):
            finder.wanted(*asked_for)


def test_a_dose_without_a_question_mark_is_told():
    disease, therapies = registry.content(HEALTHY)
    with pytest.raises(ImmunoError, match=r"one '\?'"):
        finder.trough(
            disease, therapies, "ivig 1 g/kg IV", of="igg.total", level=8, unit="g/L",
            intervals=("3 w",), between=(0.1, 2),
        )  # fmt: skip
