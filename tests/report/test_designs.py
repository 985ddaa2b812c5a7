"""Escalation and power in words and as pages."""

from __future__ import annotations

import io
import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from immunarium.inference.assurance import Assurance
from immunarium.literature import load_study
from immunarium.report import designs
from immunarium.trial.design import Escalation
from immunarium.trial.endpoint import Endpoint
from immunarium.trial.escalated import Escalated
from immunarium.trial.power import Outcomes, power, sample_size
from immunarium.trial.powered import Powered


@pytest.fixture(scope="module")
def found() -> Escalated:
    study = load_study("il2-escalation-1985")
    design = study.design
    assert isinstance(design, Escalation)
    named = np.array([-1, 0, 1, 1, 2, 3])
    rates = [5.0, 12, 24, 40, 60, 80]
    levels = pd.DataFrame(
        {
            "dose": list(design.levels), "amount": design.amounts, "treated": 3.0, "toxic": rates,
            "low": rates, "high": rates, "named": [100 * (named == i).mean() for i in range(6)],
            "named_low": 0.0, "named_high": 50.0,
        }
    )  # fmt: skip
    parts = pd.DataFrame({"hypotension grade >= 4": rates, "death by treatment": 0.0})
    manifest = {"study": study.name, "method": "3+3", "seed": 1, "pool": 60, "replicates": 6,
                "failed patients": 1}  # fmt: skip
    patients = np.full(6, 15)
    return Escalated(study, design, levels, parts, named, patients, 45_000.0, manifest)


@pytest.fixture(scope="module")
def powered() -> Powered:
    study = load_study("rosenberg-1993")
    first, second = (Outcomes("share", (np.arange(100) < k).astype(float)) for k in (40, 15))
    endpoint = Endpoint("objective response", "share", "response")
    return Powered(
        study, endpoint, (study.arms[0], study.arms[1]), 0.05, (0.4, 0.15), 0.03,
        (power(first, second, 30, replicates=100),),
        sample_size(first, second, 0.8, replicates=100),
        {"study": study.name, "endpoint": endpoint.name, "seed": 1, "pool": 100, "replicates": 100,
         "alpha": 0.05},
    )  # fmt: skip


@pytest.fixture(scope="module")
def sure(powered: Powered) -> Assurance:
    sizes = pd.DataFrame(
        {"power": [0.5], "assurance": [0.4], "low": [0.3], "high": [0.5], "worst": [0.1],
         "best": [0.9]},
        index=pd.Index([30], name="n"),
    )  # fmt: skip
    manifest = {"over": "assumed", "within": 0.3, "draws": 4, "pool": 50}
    return Assurance(powered.study, powered.endpoint, (), sizes, pd.DataFrame(), manifest)


def printed(thing) -> str:
    console = Console(width=200, file=io.StringIO())
    with console.capture() as said:
        console.print(thing)
    return said.get()


def test_the_terminal_names_the_dose_what_limits_it_and_how_many_trials_named_none(found):
    text = printed(designs.escalation(found))
    assert "The maximum tolerated dose is 10,000 U/kg" in text
    assert "at 45,000 U/kg" in text
    assert "17 % of the trials tolerate no dose" in text
    assert re.search(r"hypotension grade >= 4 +5 +12 +24 +40 +60 +80", text)
    assert "1 patients could not be followed" in text


def test_a_ladder_that_is_too_high_or_too_low_says_so(found):
    beyond = replace(found, true_dose=float("nan"))
    assert "lies above the ladder" in printed(designs.escalation(beyond))
    nobody = replace(found, named=np.full(6, -1))
    assert "Not even the lowest dose" in printed(designs.escalation(nobody))


def test_the_page_of_an_escalation_holds_its_figure_tables_and_command(found):
    page = designs.escalation_page(found, "mtd.html")
    assert page.count("<svg") == 1
    assert "immunarium escalate il2-escalation-1985 --method 3+3 --replicates 6" in page
    assert "What limits the dose" in page
    assert not re.search(r"(src|href)=\"(?!https?:|#)", page)  # nothing that lies elsewhere
    assert "<script" not in page


def test_the_terminal_says_power_size_and_assurance(powered, sure):
    text = printed(designs.power(powered, sure))
    assert powered.found
    assert f"{powered.found.n} patients per arm have a power of 80 %" in text
    assert "standard error of 3 points" in text
    assert "score test of two shares" in text
    assert "4 draws of 0 assumed numbers" in text
    assert "10–90" in text


def test_the_page_of_a_power_analysis_holds_its_figure_tables_and_command(powered, sure):
    page = designs.power_page(powered, sure, "power.html")
    assert page.count("<svg") == 1
    assert "--n 30 --find 0.8 --assurance" in page
    assert "Sizes looked at" in page
    assert "Assurance" not in designs.power_page(powered, None, "power.html")


def test_a_search_that_finds_nothing_says_so(powered):
    assert powered.found
    nothing = replace(powered.found, n=None, low=None, high=None)
    assert "have no power of 80 %" in printed(designs.power(replace(powered, found=nothing)))
