"""The commands sensitivity and explain, from the words to the page."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from immunarium import cli


def immunarium(*words: str) -> Result:
    return CliRunner().invoke(cli.app, list(words))


def test_a_sensitivity_of_twelve_patients_from_end_to_end(tmp_path: Path) -> None:
    words = (
        "sensitivity", "rosenberg-1985", "--endpoint", "grade >= 3", "--endpoint", "V32",
        "--endpoint", "nadir of haemodynamics.MAP", "--method", "morris", "--samples", "2",
        "--patients", "12", "--over", "il2.CL, dose of aldesleukin", "--out", str(tmp_path / "run"),
    )  # fmt: skip
    page = tmp_path / "page.html"
    result = immunarium(*words, "--report", str(page), "--json")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    assert [f["name"] for f in told["factors"]] == ["il2.CL", "dose of aldesleukin"]
    assert told["outputs"][0]["name"] == "grade >= 3"
    assert len(told["indices"]) == 6
    assert told["outputs"][2]["unit"] == "mmHg"
    assert "il2.CL" in page.read_text(encoding="utf-8")
    assert (tmp_path / "run" / "morris" / "indices.csv").exists()
    again = immunarium(*words)
    assert again.exit_code == 0
    assert "μ*" in again.stdout
    assert "Kept in" in again.stdout


def test_mistakes_are_one_message_and_exit_status_2(tmp_path: Path) -> None:
    for words, message in (
        (("sensitivity", "rosenberg-1985", "--over", "il2.KL"), "Did you mean il2.CL"),
        (("sensitivity", "rosenberg-1985", "--over", "haemodynamics.pulse"), "has no spread"),
        (("sensitivity", "rosenberg-1985", "--method", "fast"), "Unknown method 'fast'"),
        (("sensitivity", "rosenberg-1985", "--samples", "5"), "power of two"),
        (("sensitivity", "rosenberg-1985", "--report", "page.pdf"), ".html"),
        (("explain", "rosenberg-1985", "--pool", "5"), "at least 20"),
        (("explain", "rosenberg-1985", "--pool", "20", "--patient", "999"), "no patient 999"),
        (("explain", "rosenberg-1985", "--arm", "placebo"), "has no arm 'placebo'"),
    ):
        result = immunarium(*words)
        assert result.exit_code == 2, words
        assert message in result.stderr.replace("\n", " "), result.stderr
        assert "Traceback" not in result.output
