"""A tiny disease: a drug that lowers the pressure, kills two lesions, and may kill the patient."""

from __future__ import annotations

from dataclasses import replace

import pytest

from immunarium.core import (
    Covariate,
    Disease,
    Model,
    Module,
    Needs,
    Parameter,
    Species,
    nothing,
    positive,
    quantity,
    reaction,
)
from immunarium.core.therapy import RouteTarget, Therapy
from immunarium.dosing import Regimen
from immunarium.trial import Arm, Observable, Support, Target, Trial, Visits, hours


class Patient(Module):
    weight = Covariate("kg")
    tolerance = Parameter("1")


class Drug(Module):
    amount = Species("mg", doseable=True, scale=10.0)
    space = Parameter("L")
    clearance = Parameter("L/h")

    @quantity("mg/L")
    def plasma(self):
        return self.amount / self.space

    @reaction(amount >> nothing)
    def cleared(self):
        return self.clearance * self.plasma


class Haemodynamics(Module):
    drug = Needs("mg/L")
    pressor = Needs("1")
    rest = Parameter("mmHg")
    fall = Parameter("mmHg L/mg")
    pulse = Parameter("1")

    @quantity("mmHg")
    def SBP(self):
        return (self.rest - self.fall * self.drug) * (1 + self.pressor)

    @quantity("mmHg")
    def MAP(self):
        return self.SBP / (1 + self.pulse)


class Ward(Module):
    fluids = Species("L/h", scale=0.1)
    pressor = Species("1", scale=0.1)


class Lesion(Module):
    volume = Species("L", scale=0.01)
    drug = Needs("mg/L")
    growth = Parameter("1/h")
    kill = Parameter("L/(mg h)")

    @reaction(volume >> 2 * volume)
    def grows(self):
        return self.growth * self.volume

    @reaction(volume >> nothing)
    def shrinks(self):
        return self.kill * self.drug * self.volume


class Death(Module):
    cumulative = Species("1", scale=0.1)
    drug = Needs("mg/L")
    background = Parameter("1/h")
    by_drug = Parameter("L/(mg h)")

    @reaction(nothing >> cumulative)
    def adds_up(self):
        return self.background + self.by_drug * positive(self.drug)


def build() -> Model:
    patient, drug, support = Patient(), Drug(), Ward("support")
    pressure = Haemodynamics()
    lesions = [Lesion("lesion_1"), Lesion("lesion_2")]
    deaths = [Death("treatment_death"), Death("survival")]
    return Model(
        patient, drug, support, pressure, *lesions, *deaths,
        wires={
            pressure.drug: drug.plasma,
            pressure.pressor: support.pressor,
            **{x.drug: drug.plasma for x in (*lesions, *deaths)},
        },
    )  # fmt: skip


TINY = Disease("tiny", "A tumour that a drug shrinks at a price.", build)
PILL = Therapy("pill", "The drug.", "mg", {"IV": RouteTarget("drug.amount")})
HOLD = "hold pill when haemodynamics.SBP < 70 mmHg + 5 mmHg * patient.tolerance; stop after 2 holds"


@pytest.fixture
def target() -> Target:
    return Target(
        id="T1",
        name="responders",
        arm="full",
        observable=Observable("share", "response"),
        observed=50.0,
        unit="%",
        tier="verified",
        role="calibrate",
        source="invented",
        window=(0.0, 100.0),
    )


@pytest.fixture
def trial(target: Target) -> Trial:
    full = f"pill 0.2 mg/kg IV over 1 h q8h x 9; rest 4 d; repeat 1; {HOLD}"
    alive = Observable("share", "alive", at=2000.0)
    share = Observable("share", "haemodynamics.SBP < 90 mmHg or support.pressor > 0")
    return Trial(
        name="tiny-2000",
        title="A tiny trial",
        disease=TINY,
        therapies={"pill": PILL},
        arms=(
            Arm("full", "Full dose", Regimen.parse(full), 25),
            Arm("none", "Nothing", Regimen.none, 25),
        ),
        shares={"": 1.0},
        record=tuple(float(h) for h in range(0, 24 * 15, 4)),
        until=hours("84 d"),
        courses=("drug.plasma", "haemodynamics.SBP"),
        support=(
            Support(
                "support.pressor", "0.05", "0.35",
                "haemodynamics.SBP < 90 mmHg", "haemodynamics.SBP > 105 mmHg", 2.0, 48.0,
            ),
        ),
        visits=Visits(days=(28.0, 56.0, 84.0), criteria="WHO", detection=8.0),
        targets=(
            target,
            replace(target, id="T2", name="hypotension", observable=share),
            replace(target, id="T3", name="alive", observable=alive),
        ),
    )  # fmt: skip
