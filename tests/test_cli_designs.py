"""The commands escalate and power: what they print, and what they refuse."""

from __future__ import annotations

import json

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
        (["escalate", "il2-escalation-1985", "--report", "a.pdf"], "--report a.html"),
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
