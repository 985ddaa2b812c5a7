"""Files of trials: every mistake at its line, all of them at once, and never a traceback."""

from __future__ import annotations

import json
import re
import tomllib
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from typer.testing import CliRunner, Result

from immunarium import cli, registry
from immunarium.core import ImmunoError
from immunarium.literature import StudyError, check, load_study, studies
from immunarium.literature.files import LARGEST, read_file
from immunarium.literature.new import SCORES, TEMPLATE, new_trial, schema, schema_text
from immunarium.literature.study import FOLDER
from immunarium.literature.vocabulary import TrialFile
from immunarium.literature.yaml import read_yaml
from immunarium.trial import Trial

GOOD = Path(__file__).with_name("good.yaml").read_text(encoding="utf-8")
DOCS = Path(__file__).parents[2] / "docs"
EVERY = [*(FOLDER / f"{name}.toml" for name in studies()), TEMPLATE, SCORES]


def wrong(tmp_path: Path, text: str, name: str = "mine.yaml") -> list[tuple[int, str]]:
    """Line and message of each problem of a file."""
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    with pytest.raises(StudyError) as error:
        load_study(file)
    assert all(p.file == str(file) for p in error.value.problems)
    return [(p.line, p.message) for p in error.value.problems]


def test_a_good_file_has_everything_that_can_be_written(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD, encoding="utf-8")
    written = set(read_file(file).values)
    missing = set(TrialFile.model_fields) - written
    assert missing == {"citation", "source", "document", "design"}
    trial = load_study(file)
    assert [r.action for r in trial.arms[0].regimen.rules] == ["hold", "reduce"]
    assert [r.action for r in trial.arms[1].regimen.rules] == ["hold", "reduce", "cross over"]
    assert trial.visits is not None
    assert trial.visits.days == (56.0, 112.0, 168.0)
    assert [e.kind for e in trial.endpoints] == ["share", "time", "mean"]


BAD = [
    # one mistake, its line, what is said of it
    ("title: Two", "tytle: Two", 1, "Unknown key 'tytle'. Did you mean title"),
    ("title: Two schedules", "title: 3", 1, "Found 3; this should be a text"),
    ("title: Two schedules", "title: IL-2: two", 1, "Put a text with ': ' in quotes"),
    ("metastatic_cancer", "metastatic_cancre", 2, "Did you mean metastatic_cancer?"),
    ("until: 24 week", "until: 24", 3, "Found 24. Write a text like '12 week'."),
    ("until: 24 week", "until: 24 weks", 3, "one of min, h, d"),
    ("every 7 d to 24 week", "every 7 d to 20 d", 4, "does not go on from 672 h"),
    ("every 7 d to 24 week", "each 7 d", 4, "Write 'every 4 h to 30 d'"),
    ("il2.plasma, tumour", "il2.plasm, tumour", 5, "no 'il2.plasm'. Did you mean il2.plasma"),
    ("rules_see: state", "rules_see: all", 6, "Known: measurements, state"),
    ("hypotension grade >= 3", "hypotenson grade >= 3", 8, "Did you mean Hypotension"),
    ("stop after 2 holds", "stop after two holds", 8, "'two'"),
    ("kidney.creatinine > 4 mg/dL", "response = PX", 9, "expected PD, SD, PR, CR"),
    ("hold aldesleukin when hypotension grade >= 3; stop after 2 holds", "[a]", 8, "Found ['a']"),
    ("to: 50 %", "too: 50 %", 9, "no key 'too'. Did you mean to"),
    ("reduce: aldesleukin", "reduce: lak_cells", 9, "nobody gives lak_cells"),
    ("kidney.creatinine > 4 mg/dL", "kidney.creatinin > 4 mg/dL", 9, "mean kidney.creatinine"),
    ("kidney.creatinine > 4 mg/dL", "kidney.creatinine > 4 mL", 9, "[mL] does not convert to"),
    ("kidney.creatinine > 4 mg/dL", "hypotension grade >= 3", 9, "exclude each other"),
    ("  n: 20\n", "  n: 20.5\n", 11, "Found 20.5; this should be a whole number"),
    ("  n: 20\n", "  n: 0\n", 11, "Found 0; write a number above 0"),
    ("  n: 20\n", "", 10, "'n' is missing (patients in an arm)."),
    ("{melanoma: 2, renal: 1}", "{melanome: 2, renal: 1}", 12, "histology 'melanome'. Did you"),
    ("{melanoma: 2, renal: 1}", "{melanoma: -2, renal: 1}", 12, "Found -2; write a number of at"),
    ("{melanoma: 2, renal: 1}", "{melanoma: 0}", 10, "No histology has a share above 0"),
    ("path: il2.CL, value", "path: il2.CLL, value", 14, "Did you mean il2.CL"),
    ("unit: mL/min", "unit: mL", 14, "[mL] does not convert to [L/h]"),
    ("evidence: assumed", "evidence: guessed", 14, "Unknown evidence 'guessed'"),
    ("[il2.CL, patient.bmi]", "[il2.CL, patient.bmo]", 16, "Did you mean patient.bmi"),
    ("rho: 0.3", "rho: 1.3", 16, "Write one between -1 and 1"),
    ("kidney.creatinine < 1.5", "kidney.creatinine ~ 1.5", 18, "this is no word, number or sign"),
    ("kidney.creatinine < 1.5", "kidney.creatinin < 1.5", 18, "Did you mean kidney.creatinine"),
    ("sd: 15, unit: kg", "sd: 15, unit: mL", 20, "[mL] does not convert to [kg]"),
    ("mean: 78, sd: 15", "mean: 78", 20, "a mean without an sd"),
    ("of: patient.weight, mean", "of: patient.wait, mean", 20, "Did you mean patient.weight"),
    ("q8h x 14; rest 9 d", "q8 x 14; rest 9 d", 24, "An interval needs a unit, as in 'q8h'"),
    ("regimen: aldesleukin 600000 IU/kg IV over 15 min q8h x 14; rest 9 d; repeat 1",
     "regimen: aldesluekin 600000 IU/kg IV over 15 min once", 24, "Did you mean aldesleukin"),
    ("IU/kg IV over 15 min q12h", "mL IV over 15 min q12h", 26, "not measured in [mL]"),
    ("over 15 min q12h x 14", "over 15 min q3w x 9", 26, "last dose is on day 168"),
    ("name: survival", "name: tumour", 56, "'tumour' is also the name of endpoint 2"),
    ("cross over to a", "cross over to c", 29, "there is no arm 'c'"),
    ("target: support.fluids", "target: support.fluid", 31, "Did you mean support.fluids"),
    ("target: support.fluids", "target: haemodynamics.SBP", 31, "no state that can be given"),
    ("start: haemodynamics.SBP < 90 mmHg", "start: haemodynamics.SBP in 2 h < 3 mmHg", 32,
     "sees the present moment only"),
    ("step: 80 mL/h", "step: 80 mL", 34, "as a number of [L/h]"),
    ("every: 2 h", "every: 0 h", 31, "Looks need a time between them"),
    ("every: 8 week", "every: 30 week", 38, "is 0 visits in 168 d"),
    ("every: 8 week", "every: 0.001 min", 38, "and at most 1000 visits"),
    ("every: 8 week", "days: []", 39, "Write at least one"),
    ("every: 8 week", "days: [8 week, 4 week]", 39, "their times rise"),
    ("every: 8 week", "days: [8 week, 28 week]", 39, "after the end of the trial, day 168"),
    ("every: 8 week", "every: 8 week\n  days: [8 week]", 38, "one of them"),
    ("window: 3 d", "window: 3.5 d", 38, "whole days"),
    ("criteria: WHO", "criteria: RECIST", 42, "Did you mean RECIST 1.1"),
    ("detection: 8 mm", "detection: 8 kg", 43, "as a number of [mm]"),
    ("missing: 5 %", "missing: 5", 41, "Write a text like '10 %'"),
    ("share: 5 %, within", "share: 105 %, within", 47, "from 0 % to less than 100 %"),
    ("share: response\n    c", "share: responze\n    c", 50, "Did you mean response"),
    ("compare: [a, b]", "compare: [a, c]", 51, "no arm 'c'"),
    ("compare: [a, b]", "compare: [a, a]", 49, "two different arms"),
    ("population: evaluable", "population: all", 52, "Unknown population of an estimand"),
    ("cross over: composite", "crossover: composite", 52, "Did you mean cross over"),
    ("time: death", "time: deth", 54, "Did you mean death"),
    ("at: 20 week", "at: 30 week", 55, "after the end of the trial"),
    ("mean: tumour.burden, at: 12 week", "mean: tumour.burden", 56, "write when it is read"),
    ("mean: tumour.burden", "mean: tumor.burden", 56, "Did you mean tumour.burden"),
    ("influence: low", "influence: lo", 57, "Did you mean low"),
    ("{dose} IV over", "IV over", 58, "should have {dose}"),
    ("doses: [60000 IU/kg", "doses: [60000 IU/h", 58, "per kg or per m² only"),
    ("{melanoma: 1, renal: 1}", "{melanoma: 1, renol: 1}", 66, "Did you mean renal"),
    ("regimens: {a: ", "regimens: {c: ", 67, "no arm 'c'"),
    ("arm: a\n    observable: {m", "arm: q\n    observable: {m", 71, "no arm 'q'"),
    ("median: peak", "median: peek", 72, "Unknown reading 'peek'. Did you mean peak"),
    ("of: il2.plasma", "of: il2.plasm", 72, "Did you mean il2.plasma"),
    ("[0 h, 2 d]", "[2 d, 0 h]", 72, "two times that rise"),
    ("observed: 650", 'observed: "650"', 73, "Found '650'; this should be a number"),
    ("    assay: 3.994 pmol/L\n", "", 74, "say what one U/mL is: assay = "),
    ("window: [500, 845]", "window: [845, 500]", 76, "should rise"),
    ("    window: [500, 845]\n", "", 76, "needs a window or a tail"),
    ("role: calibrate", "role: calibrated", 77, "Did you mean calibrate"),
    ("layer: kinetics", "layer: kinetic", 79, "Did you mean kinetics"),
    ("id: T2", "id: T1", 81, "'T1' is also the id of target 1"),
    ("unit: patients", "unit: kg", 86, "kg"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "line", "message"), BAD)
def test_a_mistake_is_told_once_at_its_line(
    tmp_path: Path, old: str, new: str, line: int, message: str
) -> None:
    assert old in GOOD
    (problem,) = wrong(tmp_path, GOOD.replace(old, new, 1))
    assert problem[0] == line
    assert message in problem[1]


DEPENDS = {34, 55}  # on the name of what is given and on the end of the trial, mistyped too


def test_no_mistake_hides_another(tmp_path: Path) -> None:
    lines, wanted = GOOD.split("\n"), []
    for old, new, line, message in BAD:
        here = [w for w in wanted if w[0] == line]
        if "\n" not in old + new and old in lines[line - 1] and not here and line not in DEPENDS:
            lines[line - 1] = lines[line - 1].replace(old, new, 1)
            wanted.append((line, message))
    assert len(wanted) > 30
    found = wrong(tmp_path, "\n".join(lines))
    hidden = [w for w in wanted if not any(x == w[0] and w[1] in said for x, said in found)]
    assert not hidden


FORMS = [
    ("tab", GOOD.replace("  n: 20", "\tn: 20").replace("  window: 3 d", "\twindow: 3 d"),
     [(11, "A tab."), (40, "A tab.")]),
    ("a key twice", GOOD.replace("until:", "title: a\nuntil:"), [(3, "twice; first on line 1")]),
    ("keys twice", "a: {b: 1, b: 2}\na: 3\n", [(1, "'b' stands twice"), (2, "'a' stands twice")]),
    ("cycle", "title: &a\n  - *a\ndisease: x\n", [(2, "a cycle")]),
    ("undefined alias", "title: *a\n", [(1, "Nothing before has the anchor &a")]),
    ("tag", "title: !!python/object:os.system x\n", [(1, "The tag tag:yaml.org,2002:python")]),
    ("key that is a list", "? [a]\n: b\n", [(1, "A key is a word")]),
    ("empty", "# nothing\n", [(1, "The file is empty")]),
    ("a list", "- title\n", [(1, "made of lines 'key: value'")]),
    ("two documents", "a: 1\n---\nb: 2\n", [(1, "more than one document")]),
    ("open bracket", "title: [a\ndisease: b\n", [(2, "This is not YAML")]),
    ("control sign", "title: a\x01b\n", [(1, "characters are not allowed")]),
    ("too deep", "a: " + "[" * 300_000, [(1, "nested too deeply")]),
    ("too large", "#" * (LARGEST + 1), [(1, "larger than 1 MB")]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), [f[1:] for f in FORMS], ids=[f[0] for f in FORMS])
def test_what_is_not_yaml_is_pointed_at(
    tmp_path: Path, text: str, wanted: list[tuple[int, str]]
) -> None:
    found = wrong(tmp_path, text)
    assert [line for line, _ in found] == [line for line, _ in wanted]
    assert all(w in said for (_, w), (_, said) in zip(wanted, found, strict=True))


def test_a_bomb_of_aliases_is_refused_before_it_grows(tmp_path: Path) -> None:
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
    text += "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
    assert "values" in wrong(tmp_path, text)[0][1]


def test_an_alias_writes_its_anchor_out(tmp_path: Path) -> None:
    first, second = (
        "q8h x 14; rest 9 d; repeat 1",
        "aldesleukin 600000 IU/kg IV over 15 min q12h x 14",
    )
    text = (
        GOOD.replace(first, "&r", 1)
        .replace("regimen: aldesleukin 600000 IU/kg IV over 15 min &r", f"regimen: &r {second}")
        .replace(second, "*r")
    )
    text = text.replace("&r *r", f"&r {second}")
    file = tmp_path / "mine.yaml"
    file.write_text(text, encoding="utf-8")
    trial = load_study(file)
    assert trial.arms[0].regimen.items == trial.arms[1].regimen.items


def test_ten_thousand_arms_are_refused_at_once(tmp_path: Path) -> None:
    arms = "".join(f"  - {{name: a{i}, regimen: none}}\n" for i in range(10_000))
    start, end = GOOD.index("  - name: a\n"), GOOD.index("support:")
    found = wrong(tmp_path, GOOD[:start] + arms + GOOD[end:])
    assert (21, "More than 100 items; no trial has so many.") in found


def test_what_is_seen_at_visits_needs_visits(tmp_path: Path) -> None:
    start, end = GOOD.index("visits:\n"), GOOD.index("dropout:")
    text = GOOD[:start] + GOOD[end:]
    text = text.replace(
        "cross over to a when kidney.creatinine > 9 mg/dL", "stop aldesleukin when response = PD"
    )
    found = wrong(tmp_path, text)
    assert [line for line, _ in found] == [29, 41]
    assert "nobody knows the response" in found[0][1]
    assert "'response' is assessed at visits, and there are none" in found[1][1]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StudyError, match=r"nowhere\.yaml:1: Cannot read the study"):
        load_study("nowhere.yaml")
    with pytest.raises(StudyError, match="Cannot read the study"):
        load_study(_made_folder(tmp_path / "folder.yaml"))
    (tmp_path / "mine.txt").write_text(GOOD, encoding="utf-8")
    with pytest.raises(ImmunoError, match=r"ends in \.toml, \.yaml, \.yml"):
        load_study(tmp_path / "mine.txt")
    (tmp_path / "mine.yaml").write_bytes(b"title: a\ndisease: \xff\n")
    with pytest.raises(StudyError, match=r"mine\.yaml:2: This is not UTF-8"):
        load_study(tmp_path / "mine.yaml")


def _made_folder(path: Path) -> Path:
    path.mkdir()
    return path


def test_an_arm_whose_name_would_be_a_place_is_refused(tmp_path: Path) -> None:
    for name in ("../a", "a b", ".a"):
        found = wrong(tmp_path, GOOD.replace("  - name: a\n", f"  - name: {name}\n"))
        assert any(f"Found {name!r}. Write one word" in said for line, said in found if line == 22)


def test_the_response_of_a_withdrawal_is_comparisons(tmp_path: Path) -> None:
    design = "design: {{kind: withdrawal, arm: a, at: 12 week, when: {}}}\n"
    ((_, said),) = wrong(tmp_path, design.format("response = SD") + GOOD)
    assert "Only comparisons" in said
    file = tmp_path / "mine.yaml"
    file.write_text(design.format("tumour.burden < 0.5 * baseline") + GOOD, encoding="utf-8")
    assert load_study(file).design is not None


def test_windows_line_ends_and_byte_order_marks_are_read(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_bytes(b"\xef\xbb\xbf" + GOOD.replace("\n", "\r\n").encode())
    assert load_study(file).title == "Two schedules"


# ------------------------------------------------------------------------------------- TOML


def as_yaml(values: dict[str, Any]) -> str:
    return yaml.safe_dump(values, allow_unicode=True, sort_keys=False, width=1000)


@pytest.mark.parametrize("name", studies())
def test_toml_and_yaml_of_the_same_content_are_the_same_trial(tmp_path: Path, name: str) -> None:
    values = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    file = tmp_path / f"{name}.yaml"
    file.write_text(as_yaml(values), encoding="utf-8")
    a, b = (
        replace(trial, rows=tuple(replace(row, file="") for row in trial.rows))
        for trial in (load_study(name), load_study(file))
    )
    for field in (f for f in fields(Trial) if f.compare):
        assert getattr(a, field.name) == getattr(b, field.name), field.name


@pytest.mark.parametrize("name", studies())
def test_every_line_of_toml_is_known(name: str) -> None:
    path = FOLDER / f"{name}.toml"
    text = path.read_text(encoding="utf-8").split("\n")
    for where, line in read_file(path).lines.items():
        key = next(part for part in reversed(where) if isinstance(part, str))
        assert key in text[line - 1]


SCORED = (
    SCORES.read_text(encoding="utf-8").partition("# target:")[0]
    + """
target:
  - id: better
    name: better
    arm: ivig
    observable: {share: GBS disability improved by 1, at: 4 week}
    observed: 53
    unit: "%"
    role: report
    tier: verified
    source: pmid:1
"""
)
AT_VISITS = [
    ("    mean: GBS disability\n    at: 4 week", "    mean: GBS disability\n    at: 5 week",
     "change at 4 weeks", "Nobody is rated on day 35"),
    ("at: 4 week\n    compare: [ivig, none]", "at: 4 week\n    since: 3 week",
     "better at 4 weeks", "Nobody is rated on day 21"),
    ("by 1, at: 4 week", "by 1, at: 5 week", "observable:", "Nobody is rated on day 35"),
    ("by 1, at: 4 week", "by 1, at: 2 week, since: 4 week", "observable:", "before the baseline"),
    ("by 1, at: 4 week", "by 1, at: 4 week, running: 9", "observable:", "there are 3 visits"),
    ("{share: GBS disability improved by 1, at: 4 week}", "{mean: change, of: EGOS, at: 3 week}",
     "observable:", "Nobody is rated on day 21"),
    ('unit: "%"', "unit: patients\n    among: EGOS > 3 at 2 week", "id: better", "Write n, how"),
    ('unit: "%"', 'unit: "%"\n    n: 5', "id: better", "has n = 5"),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "where", "message"), AT_VISITS)
def test_what_is_rated_at_no_visit_is_told_at_its_line(
    tmp_path: Path, old: str, new: str, where: str, message: str
) -> None:
    assert old in SCORED
    text = SCORED.replace(old, new, 1)
    ((line, said),) = wrong(tmp_path, text)
    assert message in said
    assert where in text.split("\n")[line - 1]


TOML = [
    ('until = "12 h"', 'untyl = "12 h"', [(6, "Unknown key 'untyl'. Did you mean until")]),
    ("observed = 650", "observed = 650\nobservd = 1", [(36, "Did you mean observed")]),
    ("[population]", "[population", [(16, "This is not TOML: Expected ']'")]),
    ('name = "infusion"', 'name = "bolus"', [(26, "also the name of arm 1"), (76, "'infusion'")]),
    ('until = "12 h"', "until = 1999-01-01", [(6, "Found datetime.date(1999, 1, 1)")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "wanted"), TOML)
def test_a_mistake_in_toml_has_its_line(
    tmp_path: Path, old: str, new: str, wanted: list[tuple[int, str]]
) -> None:
    konrad = (FOLDER / "konrad-1990.toml").read_text(encoding="utf-8")
    assert old in konrad
    found = wrong(tmp_path, konrad.replace(old, new, 1), "mine.toml")
    assert [line for line, _ in found] == [line for line, _ in wanted]
    assert all(w in said for (_, w), (_, said) in zip(wanted, found, strict=True))


# ----------------------------------------------------------------------------------- schema


def test_the_published_schema_is_the_one_of_the_code() -> None:
    published = (DOCS / "trial.schema.json").read_text(encoding="utf-8")
    assert published == schema_text(), (
        "rm docs/trial.schema.json; immunarium new schema docs/trial.schema.json"
    )


@pytest.mark.parametrize("path", EVERY, ids=[p.stem for p in EVERY])
def test_the_schema_allows_every_file_of_the_library(path: Path) -> None:
    validator = Draft202012Validator(schema())
    validator.check_schema(schema())
    validator.validate(read_file(path).values)


def test_the_schema_refuses_unknown_keys_and_describes_every_key(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(GOOD.replace("until:", "untyl:"), encoding="utf-8")
    said = [e.message for e in Draft202012Validator(schema()).iter_errors(read_file(file).values)]
    assert any("untyl" in s for s in said)
    sections = [schema(), *schema()["$defs"].values()]
    assert all(
        "description" in key or "$ref" in key for s in sections for key in s["properties"].values()
    )


# ------------------------------------------------------------------------------------ fuzz


def survives(text: str, name: str, folder: Path) -> None:
    """Reading ends in a trial or in a list of problems, each on a line that exists."""
    file = folder / name
    file.write_text(text, encoding="utf-8", errors="surrogateescape", newline="")
    (found,) = check([file])
    assert (found.trial is None) == bool(found.problems)
    assert all(1 <= p.line <= text.count("\n") + 1 for p in found.problems)


LIMITS = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
BITS = st.sampled_from(
    [":", "- ", "\t", "\n", '"', "'", "[", "]", "{", "}", "&a ", "*a", "!x ", "#", "|", ">", "%",
     "0", "-1", "1e999", "nan", ".inf", "null", "true", "~", "999999999999 week", "\x00", "é",
     "=", ",", "<<: "]
)  # fmt: skip


@LIMITS
@given(
    st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 30), BITS), min_size=1, max_size=4)
)
def test_mangled_text_is_never_a_traceback(
    tmp_path: Path, cuts: list[tuple[int, int, str]]
) -> None:
    text = GOOD
    for at, length, bit in cuts:
        text = text[:at] + bit + text[at + length :]
    survives(text, "mine.yaml", tmp_path)


TREE = tomllib.loads((FOLDER / "rosenberg-1985.toml").read_text(encoding="utf-8"))
GROWN = read_yaml(GOOD)[0]
ODD = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
    | st.sampled_from(["1e-320 h", "9e99 week", "9" * 25 + " h", "every 1 min to 9999 week", "-5 %",
                       "none", "hypotension grade >= 9", "aldesleukin 1 mg IV q1s x 10000"]),
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=4,
)  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    items = (
        value.items() if isinstance(value, dict)
        else enumerate(value) if isinstance(value, list) else ()
    )  # fmt: skip
    return [path] * bool(path) + [p for k, v in items for p in places(v, (*path, k))]


@LIMITS
@given(st.data())
def test_odd_values_are_never_a_traceback(tmp_path: Path, data: st.DataObject) -> None:
    tree = json.loads(json.dumps(data.draw(st.sampled_from([TREE, GROWN]))))
    *path, last = data.draw(st.sampled_from(places(tree)))
    here = tree
    for part in path:
        here = here[part]
    here[last] = data.draw(ODD)
    survives(as_yaml(tree), "mine.yaml", tmp_path)


# ---------------------------------------------------------------------------------- check


def test_check_tells_what_good_files_are_and_all_that_is_wrong_with_bad_ones(
    tmp_path: Path,
) -> None:
    good, bad = tmp_path / "good.yaml", tmp_path / "bad.yaml"
    good.write_text(GOOD, encoding="utf-8")
    bad.write_text(
        GOOD.replace("until: 24 week", "until: 24").replace("q8h", "q8"), encoding="utf-8"
    )
    fine, wrong_, unknown, study = check([good, bad, "nope", "konrad-1990"])
    assert fine.trial is not None
    assert "arm b: 10 patients" in str(fine)
    assert not fine.problems
    assert [p.line for p in wrong_.problems] == [3, 24, 58, 67]
    assert wrong_.as_dict()["problems"][0]["path"] == "until"
    assert "arm 1, regimen: Cannot read 'q8'" in str(wrong_)
    assert "No study is called 'nope'" in str(unknown)
    assert study.trial is not None


# ------------------------------------------------------------------------------- commands


def immunarium(*words: str | Path) -> Result:
    return CliRunner().invoke(cli.app, list(map(str, words)))


def test_check_exits_2_where_a_file_is_wrong_and_speaks_json(tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text(GOOD.replace("until: 24 week", "until: 24"), encoding="utf-8")
    fine = immunarium("check", "konrad-1990")
    assert (fine.exit_code, fine.stderr) == (0, "")
    assert "nothing is wrong with it" in fine.stdout
    both = immunarium("check", bad, "konrad-1990", "--json")
    assert both.exit_code == 2
    found = json.loads(both.stdout)
    assert found[0]["problems"][0] == {
        "file": str(bad),
        "line": 3,
        "path": "until",
        "message": "Found 24. Write a text like '12 week'.",
    }
    assert found[1]["trial"]["arms"].keys() == {"bolus", "infusion"}
    run = immunarium("trial", bad)
    assert run.exit_code == 2
    assert "bad.yaml:3: until: Found 24." in run.stderr


def test_a_new_trial_is_fine_and_runs_and_is_not_overwritten(tmp_path: Path) -> None:
    file = tmp_path / "mine.yaml"
    assert immunarium("new", "trial", file).exit_code == 0
    again = immunarium("new", "trial", file)
    assert again.exit_code == 2
    assert "exists already" in again.stderr
    assert "ends in .yaml or .yml" in immunarium("new", "trial", tmp_path / "mine.txt").stderr
    assert immunarium("check", file).exit_code == 0
    run = immunarium("trial", file, "--pool", "12", "--replicates", "5")
    assert run.exit_code == 0, run.stderr
    assert "Every 12 hours" in run.stdout


def test_a_new_trial_of_any_disease_with_scores_is_fine_and_runs(tmp_path: Path) -> None:
    scored = [name for name in registry.names("diseases") if registry.disease(name).scores]
    for name in scored:
        new_trial(tmp_path / f"{name}.yaml", name)
    found = check([tmp_path / f"{name}.yaml" for name in scored])
    assert len(found) > 10
    assert {f.file: str(f) for f in found if f.problems} == {}
    file = tmp_path / "mine.yaml"
    assert immunarium("new", "trial", file, "--disease", "myasthenia_gravis").exit_code == 0
    assert "guillain" not in file.read_text(encoding="utf-8").lower()
    assert "GBS" not in file.read_text(encoding="utf-8")
    run = immunarium("trial", file, "--pool", "6", "--replicates", "5")
    assert run.exit_code == 0, run.stderr
    assert "MG-ADL improved by 2" in file.read_text(encoding="utf-8")
    for wrong, said in (("healthy", "has no score"), ("myastenia", "Did you mean myasthenia_gr")):
        again = immunarium("new", "trial", tmp_path / "x.yaml", "--disease", wrong)
        assert again.exit_code == 2
        assert said in again.stderr
    assert not (tmp_path / "x.yaml").exists()


def test_every_line_that_a_new_trial_shows_as_a_comment_may_be_written(tmp_path: Path) -> None:
    scored = [name for name in registry.names("diseases") if registry.disease(name).scores]
    for name in ("metastatic_cancer", *scored):
        file = tmp_path / f"{name}.yaml"
        new_trial(file, name)
        text = file.read_text(encoding="utf-8").replace("…", "1")
        lines = [line for line in text.splitlines()[3:] if "rules: [...]" not in line]
        shown = [re.sub(r"^( *)# ", r"\1", line) for line in lines]
        assert len([a for a, b in zip(lines, shown, strict=True) if a != b]) > 15
        file.write_text("\n".join(shown), encoding="utf-8")
    found = check(sorted(tmp_path.glob("*.yaml")))
    assert {f.file: str(f) for f in found if f.problems} == {}


def test_a_new_schema_is_the_published_one(tmp_path: Path) -> None:
    file = tmp_path / "schema.json"
    assert immunarium("new", "schema", file).exit_code == 0
    assert file.read_text(encoding="utf-8") == schema_text()
    assert immunarium("new", "schema", file).exit_code == 2
