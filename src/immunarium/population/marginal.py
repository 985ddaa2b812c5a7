"""Published distributions that a virtual population is weighted to."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from immunarium.core import ImmunoError, did_you_mean

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
LAWS = ("normal", "lognormal")
_NUMBER = r"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?"
_BELOW = re.compile(rf"(<=|<|>=|>|≤|≥)\s*({_NUMBER})")
_BETWEEN = re.compile(rf"({_NUMBER})\s*(?:to|–)\s*({_NUMBER})")


class MarginalError(ImmunoError):
    """A published distribution that cannot be read, or that no weights of a population reach."""


@dataclass(frozen=True)
class Marginal:
    """A published distribution of one thing between patients, stated in one of three ways.

    Attributes
    ----------
    of : str
        A column: a covariate, a parameter, a quantity at the start, ``histology``, or a response
        of the simulated patients.
    source : str
        A doi: or pmid:, or 'this work'.
    unit : str
        Of the numbers.
    mean, sd : float
        With ``law``: normal or lognormal (mean and sd are those of the numbers themselves).
    quantiles : mapping of float to float
        Value below which a share lies: ``{0.25: 42, 0.5: 51, 0.75: 60}``.
    median : float
        Short for the quantile at 0.5.
    shares : mapping of str to float
        Of categories (``{"melanoma": 0.5, "renal": 0.5}``) or of intervals
        (``{"< 40": 0.2, "40 to 60": 0.5, ">= 60": 0.3}``; an upper end belongs to the next).
        They add up to 1, or to what rounding leaves of it.

    Raises
    ------
    MarginalError
        None of the three, more than one, or numbers that are no distribution.
    """

    of: str
    source: str
    unit: str = "1"
    mean: float | None = None
    sd: float | None = None
    law: str = "normal"
    median: float | None = None
    quantiles: Mapping[float, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.source.strip():
            raise self.error("has no source. Write a doi: or pmid:, or 'this work'")
        moments = self.mean is not None or self.sd is not None
        ways = [moments, bool(self.points), bool(self.shares)]
        if sum(ways) != 1:
            raise self.error(
                f"is stated in {sum(ways) or 'none'} of three ways. Write a mean and an sd, "
                f"a median or quantiles, or shares"
            )
        if moments:
            self._check_moments()
        elif self.shares:
            self._check_shares()
        else:
            self._check_quantiles()

    def error(self, why: str) -> MarginalError:
        """Return an error about this distribution."""
        return MarginalError(f"The published distribution of {self.of} {why}.")

    def _check_moments(self) -> None:
        if self.mean is None or self.sd is None:
            raise self.error("has a mean without an sd, or an sd without a mean. Write both")
        if not (math.isfinite(self.mean) and self.sd > 0):
            raise self.error(f"has the mean {self.mean:g} and sd {self.sd:g}; an sd is above 0")
        if self.law not in LAWS:
            raise self.error(f"has the law {self.law!r}.{did_you_mean(self.law, LAWS)}"[:-1])
        if self.law == "lognormal" and self.mean <= 0:
            raise self.error(f"is lognormal with the mean {self.mean:g}; write one above 0")

    def _check_quantiles(self) -> None:
        shares, values = zip(*self.points, strict=True)
        if not all(0 < p < 1 for p in shares):
            raise self.error(
                "has a quantile at 0 or 1, or beyond. Write shares between them; the range of n "
                "patients lies near the quantiles 1/(n + 1) and n/(n + 1)"
            )
        if any(a >= b for a, b in pairwise(values)):
            raise self.error("has quantiles that do not rise")

    def _check_shares(self) -> None:
        total = sum(self.shares.values())
        if any(not 0 <= share <= 1 for share in self.shares.values()) or abs(total - 1) > 0.02:
            raise self.error(f"has shares that add up to {total:g}. They are of 1, not of 100")

    @property
    def points(self) -> tuple[tuple[float, float], ...]:
        """Shares and the values below which they lie, the median among them."""
        points = dict(self.quantiles)
        if self.median is not None and points.setdefault(0.5, self.median) != self.median:
            raise self.error("has a median beside another quantile at 0.5")
        return tuple(sorted(points.items()))

    def cells(self, values: NDArray) -> dict[str, Bools]:
        """Patients of each category or interval.

        Raises
        ------
        MarginalError
            A patient belongs to none of them, or to two.
        """
        cells = {name: self._cell(name, values) for name in self.shares}
        count = np.sum([*cells.values()], axis=0)
        for wrong, to in ((count == 0, "none"), (count > 1, "two")):
            if wrong.any():
                raise self.error(
                    f"gives {int(wrong.sum())} patients to {to} of its shares "
                    f"({', '.join(self.shares)}), such as {values[int(wrong.argmax())]}. "
                    f"Every patient belongs to one; a share may be 0"
                )
        return cells

    def _cell(self, name: str, values: NDArray) -> Bools:
        if values.dtype == object:
            return np.asarray(values == name)
        text = name.strip()
        if found := _BELOW.fullmatch(text):
            limit = float(found[2])
            match found[1]:
                case "<":
                    return values < limit
                case "<=" | "≤":
                    return values <= limit
                case ">":
                    return values > limit
                case _:
                    return values >= limit
        if found := _BETWEEN.fullmatch(text):
            return (values >= float(found[1])) & (values < float(found[2]))
        if re.fullmatch(_NUMBER, text):
            return values == float(text)
        raise self.error(
            f"has the share {name!r}, which is no interval. "
            f"Write '< 40', '40 to 60', '>= 60' or a number"
        )

    def scores(self, values: Floats) -> Floats:
        """Standard scores of numbers whose mean, sd and law are published."""
        assert self.mean is not None  # scores are asked for where both are
        assert self.sd is not None
        if self.law == "normal":
            return (values - self.mean) / self.sd
        spread = math.sqrt(math.log1p((self.sd / self.mean) ** 2))
        if (values <= 0).any():
            raise self.error("is lognormal, and patients have 0 or less")
        return (np.log(values) - math.log(self.mean) + spread**2 / 2) / spread

    def __str__(self) -> str:
        """As one would print it: ``patient.age: mean 52, sd 10 year``."""
        unit = "" if self.unit == "1" else f" {self.unit}"
        if self.shares:
            return f"{self.of}: " + ", ".join(f"{k} {100 * s:g} %" for k, s in self.shares.items())
        if self.points:
            return f"{self.of}: " + ", ".join(
                f"{100 * p:g} % < {x:g}{unit}" for p, x in self.points
            )
        law = f", {self.law}" if self.law != "normal" else ""
        return f"{self.of}: mean {self.mean:g}, sd {self.sd:g}{unit}{law}"
