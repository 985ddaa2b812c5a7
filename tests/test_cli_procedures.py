"""Procedures and fluids in words, with every number and its source."""

from typer.testing import CliRunner

from immunarium import cli

WIDE = {"COLUMNS": "220"}


def said(*words: str) -> str:
    result = CliRunner().invoke(cli.app, list(words), env=WIDE)
    assert result.exit_code == 0, result.output
    return result.output


def test_a_procedure_shows_what_it_draws_adds_and_is_replaced_with():
    text = said("show", "plasma_exchange")
    for line in ("draws complement.c3", "adds citrate.citrate", "FFP: citrate.citrate"):
        assert line in text
    assert "route" not in text


def test_a_fluid_is_shown_by_its_name():
    assert "fibrinogen.plasma" in said("show", "FFP")
    assert "Human albumin 50 g/L" in said("show", "albumin 5 %")


def test_a_procedure_is_cited_with_assumed_numbers_first():
    lines = [line.split()[0] for line in said("cite", "plasma_exchange").splitlines()[1:-1]]
    kinds = [k for k in lines if k in ("assumed", "fitted", "label", "measured")]
    assert kinds == sorted(kinds, key=("assumed", "fitted", "label", "measured").index)
    assert kinds.count("measured") >= 2
