"""What a person at the command line sees: tables, files, and one message for each mistake."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import xarray as xr
from typer.testing import CliRunner, Result

from immunarium import cli
from immunarium.inference import calibrations

DOSES = "aldesleukin 720000 IU/kg IV over 15 min q8h x 14"
TRIAL = ("trial", "rosenberg-1985", "--pool", "40", "--replicates", "20")


def immunarium(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words))


def simulate(regimen: str, out: Path, *more: str) -> Result:
    words = {"--in": "metastatic_cancer", "--patients": "4", "--days": "6", "--out": str(out)}
    words |= dict(zip(more[::2], more[1::2], strict=True))
    return immunarium("simulate", regimen, *(w for pair in words.items() for w in pair))


def refuses(result: Result, *, saying: str) -> None:
    assert result.exit_code == 2
    assert result.stdout == ""
    assert saying in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stderr.startswith("immunarium: ")
    assert result.stderr.count("immunarium: ") == 1
    assert result.stderr.count("\n") <= 5  # a misread regimen is shown with a mark under the word


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    out = tmp_path_factory.mktemp("simulate") / "run"
    return simulate(DOSES, out), out


def test_a_simulation_is_a_store_with_units_on_every_variable(run: tuple[Result, Path]) -> None:
    result, out = run
    assert result.exit_code == 0, result.stderr
    with xr.open_zarr(out) as stored:
        assert stored["il2.plasma"].dims == ("patient", "time")
        assert stored.sizes["patient"] == 4
        assert float(stored["time"][-1]) == 6 * 24
        assert not [v for v in stored.variables if "units" not in stored[v].attrs]
        assert stored.attrs["regimen"] == DOSES
        assert "never for the care of a patient" in stored.attrs["notice"]
    assert [p.name for p in out.parent.iterdir()] == ["run"]


def test_a_simulation_ends_with_what_patients_went_through(run: tuple[Result, Path]) -> None:
    assert "given of 14 asked" in run[0].stdout


def test_the_same_seed_gives_the_same_bytes(run: tuple[Result, Path], tmp_path: Path) -> None:
    simulate(DOSES, tmp_path / "again", "--workers", "1")
    with xr.open_zarr(run[1]) as one, xr.open_zarr(tmp_path / "again") as two:
        assert one.load().identical(two.load())


@pytest.mark.parametrize(
    ("regimen", "saying"),
    [
        ("aldesleukin 720000 IU/kg IV over 15 min q8 x 14", "q8"),
        ("aldesleukin -5 IU/kg IV q8h x 14", "-5"),
        ("aldesleukin 5 mmHg IV q8h x 14", "mmHg"),
        ("aldesleukn 720000 IU/kg IV q8h x 14", "Did you mean aldesleukin?"),
        ("aldesleukin 720000 IU/kg PO q8h x 14", "PO"),
        ("zilucoplan 0.3 mg/kg SC daily x 3", "It acts in myasthenia_gravis"),
        (f"{DOSES}; hold aldesleukin when MPA < 60 mmHg", "MPA"),
    ],
)
def test_a_regimen_that_cannot_be_given_is_refused(
    regimen: str, saying: str, tmp_path: Path
) -> None:
    refuses(simulate(regimen, tmp_path / "run"), saying=saying)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("option", "value", "saying"),
    [
        ("--in", "metastatic_cancr", "Did you mean metastatic_cancer?"),
        ("--patients", "0", "0 patients"),
        ("--patients", "-3", "-3 patients"),
        ("--patients", "99999999", "from 1 to 10,000,000"),
        ("--keep", "il2.plasm", "Did you mean il2.plasma"),
        ("--keep", "", "Cannot keep"),
        ("--scheduler", "tcp://127.0.0.1:9", "No Dask scheduler answers"),
        ("--days", "0", "0 days"),
        ("--days", "nan", "nan days"),
        ("--rtol", "0", "rtol"),
        ("--out", "/dev/null/run", "/dev/null/run"),
    ],
)
def test_a_simulation_that_cannot_be_run_is_refused(
    option: str, value: str, saying: str, tmp_path: Path
) -> None:
    refuses(simulate(DOSES, tmp_path / "run", option, value), saying=saying)
    assert not list(tmp_path.iterdir())


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    mine = tmp_path / "mine.txt"
    mine.write_text("mine")
    refuses(simulate(DOSES, tmp_path), saying="exists already")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    ("words", "saying"),
    [
        (("trial", "rosenberg-1895"), "Did you mean rosenberg-1985"),
        (("trial", "rosenberg-1984"), "mean rosenberg-1985 or rosenberg-1987 or rosenberg-1993?"),
        ((*TRIAL, "--n", "0"), "n is 0"),
        ((*TRIAL, "--replicates", "0"), "replicates is 0"),
        (("trial", "rosenberg-1985", "--pool", "-1"), "pool is -1"),
        ((*TRIAL, "--report", "/dev/null/x.html"), "/dev/null/x.html"),
        ((*TRIAL, "--report", "x.pdf"), "Write --report x.html"),
        ((*TRIAL, "--report", "report"), "Write --report report.html"),
        (("trial", "konrad-1990", "--report", "x.png"), "no visits"),
        ((*TRIAL, "--out", "/dev/null/x"), "/dev/null/x"),
        (("show", "il2.CLL"), "il2.CL"),
        (("show", "il3"), "il2"),
        (("show", "il2", "--in", "cancer"), "cancer"),
        (("cite", "rosenberg"), "rosenberg-1985"),
        (("new", "trial", "x.yaml", "--disease", "nonsense"), "Known: alzheimer"),
    ],
)
def test_what_does_not_exist_is_refused_with_what_does(words: tuple[str, ...], saying: str) -> None:
    refuses(immunarium(*words), saying=saying)


@pytest.mark.parametrize("words", [("trial",), ("trials", "--verbose"), ("treat",), ()])
def test_a_command_that_is_not_one_exits_2(words: tuple[str, ...]) -> None:
    assert immunarium(*words).exit_code == 2


@pytest.mark.parametrize("words", [TRIAL, ("simulate", DOSES)])
def test_a_seed_below_zero_is_refused(words: tuple[str, ...]) -> None:
    result = immunarium(*words, "--seed", "-1")
    assert result.exit_code == 2
    assert "'--seed'" in result.stderr


def test_json_is_one_document_with_every_field_of_a_target() -> None:
    result = immunarium(*TRIAL, "--json")
    assert result.exit_code == 0, result.stderr
    document = json.loads(result.stdout)
    wanted = {"id", "observed", "simulated", "interval90", "window", "inside", "role"}
    assert document["targets"]
    assert all(wanted <= t.keys() for t in document["targets"])
    assert all(a["endpoints"] and a["worst_grade"] for a in document["arms"].values())


def test_a_trial_ends_with_the_comparison_and_leaves_what_was_asked_for(tmp_path: Path) -> None:
    page, folder = tmp_path / "report.html", tmp_path / "tables"
    result = immunarium(*TRIAL, "--report", str(page), "--out", str(folder))
    assert result.exit_code == 0, result.stderr
    assert "90 % of trials" in result.stdout
    assert page.read_text().startswith("<!")
    assert json.loads((folder / "result.json").read_text())["study"] == "rosenberg-1985"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["report.html", "tables"]


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("il2", ("filtered", "central → nothing", "CL * plasma", "nmol/h", "pmid:2317789")),
        ("il2.CL", ("L/h", "evidence", "source", "label", "(base 7)")),
        ("il2.plasma", ("central / V_central", "nmol/L")),
        ("il2.secretion_0", ("at rest at the start",)),
        ("aldesleukin", ("il2.central", "IU", "Proleukin")),
        ("metastatic_cancer", ("melanoma", "tumour.burden")),
        ("rosenberg-1985", ("predict", "aldesleukin")),
    ],
)
def test_show_tells_what_is_known(path: str, shown: tuple[str, ...]) -> None:
    result = immunarium("show", path)
    assert result.exit_code == 0, result.stderr
    assert not [word for word in shown if word not in result.stdout]


def test_trials_lists_the_library() -> None:
    assert "rosenberg-1985" in immunarium("trials").stdout


@pytest.mark.parametrize("name", [(), ("rosenberg-1985",)])
def test_cite_puts_what_is_assumed_first(name: tuple[str, ...]) -> None:
    result = immunarium("cite", *name)
    kinds = [line.split(" ")[0] for line in result.stdout.splitlines()]
    assert kinds.index("assumed") < kinds.index("measured")
    assert "assumed" not in kinds[kinds.index("measured") :]


def test_an_interrupt_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("immunarium.trial.Ensemble.run", interrupted)
    result = simulate(DOSES, tmp_path / "run")
    assert result.exit_code == 130
    assert result.stderr.strip() == "Interrupted; nothing was written."
    assert not list(tmp_path.iterdir())


def test_without_out_a_run_has_a_folder_that_the_same_words_find(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("simulate", "none", "--in", "metastatic_cancer", "--patients", "2", "--days", "1")
    first, second = (immunarium(*words, "--keep", "tumour.burden") for _ in range(2))
    (folder,) = (tmp_path / "runs").iterdir()
    assert f"Written to runs/{folder.name}" in first.stdout
    assert f"There already: runs/{folder.name}" in second.stdout


def test_help_comes_at_once() -> None:
    def seconds() -> float:
        """Of a processor, which others may be busy with."""
        begun = os.times()
        words = [sys.executable, "-m", "immunarium", "--help"]
        done = subprocess.run(words, capture_output=True, text=True, check=True)
        assert "simulate" in done.stdout
        ended = os.times()
        return ended.children_user + ended.children_system - begun[2] - begun[3]

    assert min(seconds() for _ in range(3)) < 0.7


def test_calibrate_without_a_name_lists_what_can_be_calibrated() -> None:
    result = immunarium("calibrate")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(calibrations())
