"""The commands escalate and power: what they print, and what they refuse."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from immunarium.cli import app

RUN = CliRunner()


def test_escalate_writes_json_and_a_page(tmp_path):
    page = tmp_path / "mtd.html"
    got = RUN.invoke(
        app,
        ["escalate", "il2-escalation-1985", "--pool", "36", "--replicates", "50", "--json",
         "--report", str(page)],
    )  # fmt: skip
    assert got.exit_code == 0, got.output
    said = json.loads(got.stdout)
    assert said["unit"] == "U/kg"
    assert len(said["levels"]) == 6
    assert "Level by level" in page.read_text(encoding="utf-8")


CROSSOVER = """\
title: Two doses in turn
disease: metastatic_cancer
until: 12 d
population: {n: 12}
arm:
  - {name: high, label: High, regimen: "aldesleukin 720000 IU/kg IV over 15 min q8h x 6"}
  - {name: low, label: Low, regimen: "aldesleukin 72000 IU/kg IV over 15 min q8h x 6"}
design:
  kind: crossover
  sequences: [[high, low], [low, high]]
  period: 5 d
  washout: 2 d
endpoint:
  - {name: pressure, mean: haemodynamics.SBP, at: 2 d}
  - {name: severe toxicity, share: grade >= 3}
"""
WITHDRAWAL = """\
title: Stopped at random
disease: metastatic_cancer
until: 14 d
record: ["every 8 h to 14 d"]
population: {n: 30}
arm: [{name: daily, label: Daily, regimen: "aldesleukin 72000 IU/kg IV over 15 min daily x 14"}]
design: {kind: withdrawal, arm: daily, at: 6 d, when: lung.water > 1.1}
"""


@pytest.fixture
def study(tmp_path):
    def write(text):
        file = tmp_path / "mine.yaml"
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def test_trial_runs_a_crossover_and_writes_what_it_comes_to(study, tmp_path):
    page, out = tmp_path / "page.html", tmp_path / "out"
    words = ["trial", study(CROSSOVER), "--pool", "24", "--replicates", "20", "--json"]
    got = RUN.invoke(app, [*words, "--report", str(page), "--out", str(out)])
    assert got.exit_code == 0, got.output
    said = json.loads(got.stdout)
    (found,) = said["design"]["endpoints"]
    assert found["treatments"] == ["high", "low"]
    assert found["difference"]["high"] < 0  # the higher dose lowers the pressure more
    assert found["n"] == 12
    assert list(said["endpoints"]["estimands"]) == ["severe toxicity"]
    table = pd.read_csv(out / "crossover.csv")
    assert (table.groupby("patient").size() == 2).all()
    text = page.read_text(encoding="utf-8")
    assert '<section id="design">' in text
    assert "carry-over" in text
    assert "High less Low is" in text


def test_trial_runs_a_withdrawal_and_prints_what_it_comes_to(study, tmp_path):
    page = tmp_path / "page.md"
    words = ["trial", study(WITHDRAWAL), "--pool", "40", "--replicates", "20"]
    got = RUN.invoke(app, [*words, "--report", str(page)])
    assert got.exit_code == 0, got.output
    assert "Randomised withdrawal: Daily" in got.stdout
    assert "of those who stop" in got.stdout
    assert "| goes on |" in page.read_text(encoding="utf-8")


def test_trial_finds_the_dose_of_an_escalation_and_scores_it():
    words = ["trial", "il2-escalation-1985", "--pool", "36", "--replicates", "50"]
    got = RUN.invoke(app, words)
    assert got.exit_code == 0, got.output
    assert "Dose escalation by 3+3" in got.stdout
    assert "HD2.dose" in got.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CROSSOVER.replace("mean: haemodynamics.SBP, at: 2 d", "share: grade >= 4"), "compares no"),
        (CROSSOVER.replace("period: 5 d", "period: 1 d"), "ends on day"),
        (CROSSOVER.replace("at: 2 d", "at: 6 d"), "within the period"),
        (WITHDRAWAL.replace("> 1.1", "> 99"), "0 respond on day 6"),
    ],
)
def test_a_design_that_cannot_be_run_is_one_message_and_status_2(study, text, message):
    got = RUN.invoke(app, ["trial", study(text), "--pool", "8", "--replicates", "5"])
    assert got.exit_code == 2
    assert message in got.output
    assert "Traceback" not in got.output


def test_power_writes_json():
    got = RUN.invoke(
        app, ["power", "konrad-1990", "--n", "4", "--pool", "20", "--replicates", "20", "--json"]
    )
    assert got.exit_code == 0, got.output
    said = json.loads(got.stdout)
    assert said["power"][0]["n"] == 4
    assert said["manifest"]["seed"] == 1


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (["escalate", "rosenberg-1985"], "no dose escalation"),
        (["escalate", "il2-escalation-1985", "--method", "BOING"], "Did you mean BOIN"),
        (["escalate", "il2-escalation-1985", "--pool", "10"], "the pool has 10"),
        (["escalate", "il2-escalation-1985", "--report", "a.pdf"], "Write a.html"),
        (["power", "rosenberg-1993", "--endpoint", "respons"], "no endpoint 'respons'"),
        (["power", "rosenberg-1993", "--n", "many"], "--n 50,100,200"),
        (["power", "rosenbreg-1993"], "Did you mean"),
    ],
)
def test_what_cannot_be_run_is_one_message_and_status_2(asked, message):
    got = RUN.invoke(app, [*asked, *(["--pool", "8"] if asked[0] == "power" else [])])
    assert got.exit_code == 2
    assert message in got.output
    assert "Traceback" not in got.output
