"""What is evaluated again and again gives the same bits as what is evaluated once."""

from __future__ import annotations

import numpy as np

from immunarium.core import Recipe, evaluate, exp, symbol


def test_a_recipe_gives_the_same_bits_as_evaluating() -> None:
    a, b, x = map(symbol, "abx")
    roots = [exp(a / b) * x + x**b, a * b, x]
    rng = np.random.default_rng(1)
    values = {name: rng.uniform(0.5, 2, 30) for name in "abx"}
    recipe = Recipe(roots, ["x"])
    still = recipe.still({"a": values["a"], "b": values["b"]})
    for _ in range(2):
        values["x"] = values["x"] * 1.1
        for got, wanted in zip(recipe(still, values), evaluate(roots, values), strict=True):
            assert (got == wanted).all()


def test_a_recipe_can_go_on_with_some_rows() -> None:
    a, x = symbol("a"), symbol("x")
    recipe = Recipe([exp(a) * x], ["x"])
    rows = np.array([True, False, True])
    still = recipe.among(recipe.still({"a": np.array([1.0, 2.0, 3.0])}), rows)
    (got,) = recipe(still, {"x": np.array([1.0, 1.0])})
    assert (got == np.exp([1.0, 3.0])).all()
