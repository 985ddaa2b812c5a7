"""A small model with a reaction of every kind."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import libsbml
import numpy as np
import pytest

from immunarium.core import (
    Model,
    Module,
    Parameter,
    Species,
    exp,
    indicator,
    log,
    nothing,
    positive,
    quantity,
    reaction,
    relaxes,
    sqrt,
)
from immunarium.dosing import ResolvedDose
from immunarium.formats import Course


class Pool(Module):
    drug = Species("nmol", "drug in plasma", doseable=True)
    bound = Species("nmol", "drug on its receptor")
    cells = Species("cell", "cells that grow by it", scale=100.0)
    water = Species("L", "water that leaves by it")
    tone = Species("1", "a regulator of either sign")
    k = Parameter("1/h", "elimination")
    half = Parameter("nmol", "half of the effect")
    n = Parameter("1", "steepness")

    @quantity("1")
    def effect(self) -> Any:
        """What the drug does."""
        r = positive(self.drug / self.half) ** self.n
        return r / (1 + r)

    @quantity("1")
    def everything(self) -> Any:
        """One of each function."""
        x = self.effect
        return exp(-x) + log(1 + x) + sqrt(1 + x) + indicator(x - 0.5) - (x - 2 * x)

    @reaction(drug >> nothing)
    def eliminated(self) -> Any:
        """Drug leaves."""
        return self.k * self.drug

    @reaction(2 * drug >> bound)
    def binds(self) -> Any:
        """Two molecules bind."""
        return self.k * self.drug * self.effect

    @reaction(cells >> 2 * cells)
    def divide(self) -> Any:
        """Cells divide."""
        return self.k * self.effect * self.cells / 10

    @reaction(water >> nothing)
    def drained(self) -> Any:
        """Water leaves."""
        return self.k * self.water * self.bound / (self.half + self.bound)

    @relaxes(tone)
    def settles(self) -> Any:
        """The regulator follows."""
        return self.k * (1 - 2 * self.effect - self.tone)


HOUR = 3_600_000
POOL = Model(Pool(), wires={})
VALUES = {"pool.k": 0.3, "pool.half": 2.0, "pool.n": 1.7}
START = {"pool.drug": 0.0, "pool.bound": 0.0, "pool.cells": 50.0, "pool.water": 3.0, "pool.tone": 1}


@pytest.fixture
def dose() -> Callable[..., ResolvedDose]:
    """Make a dose of the small model: at an hour, so much, over so many hours."""

    def make(
        hour: float, amount: float, hours: float = 0.0, target: str = "pool.drug"
    ) -> ResolvedDose:
        tick, duration = round(hour * HOUR), round(hours * HOUR)
        text = f"{amount:g} nmol over {hours:g} h"
        return ResolvedDose(tick, duration, target, np.array([amount]), "drug", 1, text)

    return make


@pytest.fixture
def model_in() -> Callable[[str], Any]:
    """Read the model in some SBML; its document lives as long as the test."""
    documents = []

    def read(sbml: str) -> Any:
        documents.append(libsbml.readSBMLFromString(sbml))
        return documents[-1].getModel()

    return read


@pytest.fixture
def pool() -> Callable[..., Course]:
    """Make a course of the small model."""
    return lambda *doses: Course(POOL.graph, VALUES, START, doses, "pool")
