"""The Rosenbrock method, as data: ``rodas5.json`` beside this file."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True)
class Tableau:
    """Coefficients of a stiffly accurate Rosenbrock method, in the transformed autonomous form.

    (I/(hγ) - J) kᵢ = f(y + Σ Aᵢⱼ kⱼ) + (1/h) Σ Cᵢⱼ kⱼ;  y₁ = y + Σ Aₛⱼ kⱼ + kₛ;  kₛ estimates
    the error; y(θ) = (1-θ) y + θ (y₁ + (1-θ)(H₀k + θ H₁k + θ² H₂k)).
    """

    gamma: float
    a: list[list[float]]
    c: list[list[float]]
    h: list[list[float]]

    @classmethod
    def load(cls) -> Tableau:
        """Read Rodas5."""
        text = files("immunarium.engine").joinpath("rodas5.json").read_text(encoding="utf-8")
        data = json.loads(text)
        return cls(data["gamma"], data["A"], data["C"], data["H"])

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.a)

    def continues(self, stage: int) -> bool:
        """Tell whether a stage starts at the point of the stage before it, plus its k."""
        return stage > 1 and self.a[stage] == [*self.a[stage - 1], 1.0]
