"""A disease without biology: one number of every law, covariates, two histologies, one bound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from immunarium.core import Bound, Covariate, Disease, Model, Module, Parameter, quantity

HEAD = "name\tvalue\tunit\tcv\tlaw\tevidence\tsource\tnote\n"
LAWS = {
    "lognormal": ("2", "0.5", ""),
    "sdlog": ("2", "0.8", "sdlog"),
    "normal": ("2", "0.5", "normal"),
    "logit": ("0.2", "1", "logit"),
    "uniform": ("2", "0.5", "uniform"),
    "loguniform": ("2", "0.5", "loguniform"),
    "exponential": ("2", "", "exponential"),
    "beta": ("3,2", "", "beta"),
    "poisson": ("3", "", "poisson"),
    "bernoulli": ("0.3", "", "bernoulli"),
    "fixed": ("1", "", ""),
    "following": ("= 2 * lognormal", "", ""),
}


def _person(file: Path, **more: Covariate) -> type[Module]:
    """Declare a person with one number of every law, who reads this table."""

    def ratio(self: Any) -> Any:
        return self.normal / self.lognormal

    declared = {name: Parameter("1") for name in LAWS}
    body = {"age": Covariate("year", "age"), **more, **declared, "ratio": quantity("1")(ratio)}
    doc = {"__doc__": "One number of every law.", "table": classmethod(lambda cls: file)}
    return type("Person", (Module,), {**doc, **body})


@pytest.fixture(scope="session")
def make(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Disease]:
    """Return how to make the disease: with one covariate more, or with correlations of its own."""
    folder = tmp_path_factory.mktemp("person")
    rows = "".join(
        f"{name}\t{value}\t1\t{cv}\t{law}\t{'derived' if '=' in value else 'assumed'}\tx\t\n"
        for name, (value, cv, law) in LAWS.items()
    )
    age = "age\t50\tyear\t0.2\t\tassumed\tx\t\n"
    (folder / "person.tsv").write_text(HEAD + age + rows, encoding="utf-8")
    height = "height\t170\tcm\t7\tnormal\tassumed\tx\t\n"
    (folder / "taller.tsv").write_text(HEAD + height + age + rows, encoding="utf-8")
    old = folder / "old.tsv"
    old.write_text(HEAD.replace("name", "path") + "person.age\t70\tyear\t\t\tassumed\tx\t\n")

    plain = _person(folder / "person.tsv")
    tall = _person(folder / "taller.tsv", height=Covariate("cm", "height"))

    def disease(taller: bool = False, correlations: str = "", at_most: float = 9.0) -> Disease:
        stated = None
        if correlations:
            stated = folder / f"correlations_{abs(hash(correlations))}.tsv"
            stated.write_text("of\trho\tevidence\tsource\tnote\n" + correlations)
        return Disease(
            "test",
            "a test",
            lambda: Model((tall if taller else plain)("person"), wires={}),
            histologies={"young": None, "old": old},
            shares={"young": 0.6, "old": 0.4},
            plausible=(Bound("person.ratio", at_least=0.0, at_most=at_most, why="as if measured"),),
            correlated=stated,
        )

    return disease


@pytest.fixture(scope="session")
def person(make: Callable[..., Disease]) -> Disease:
    """Return the disease as it is."""
    return make()
