"""Where samples lie and what they say: Saltelli's, Morris's and the PAWN design, from SALib.

The only file that knows SALib. A design lies in the unit cube; what a coordinate means is the
business of factors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from immunarium.core import ImmunoError, did_you_mean

Floats = NDArray[np.float64]
METHODS = ("sobol", "morris", "pawn")
MEASURE = {"sobol": "total", "morris": "mu_star", "pawn": "median"}
"""By which measure factors are put in order."""
LEVELS = 4  # of the grid of Morris; steps are of 2/3
SLICES = 10  # of the range of a factor, within which PAWN compares distributions
CONFIDENCE = 0.95
_RESAMPLES = 1000


class SensitivityError(ImmunoError):
    """A sensitivity analysis that cannot be run as it is written."""


def _salib(part: str) -> Any:
    try:
        from importlib import import_module

        return import_module(f"SALib.{part}")
    except ImportError:
        raise SensitivityError(
            "Sensitivity analysis needs SALib. Install it with: "
            "pip install 'immunarium[sensitivity]'"
        ) from None


def check(method: str, samples: int) -> None:
    """Refuse what SALib cannot do.

    Raises
    ------
    SensitivityError
        An unknown method, too few samples, or for Sobol no power of two; or SALib is missing.
    """
    if method not in METHODS:
        raise SensitivityError(f"Unknown method {method!r}.{did_you_mean(method, METHODS)}")
    least = {"sobol": 4, "morris": 2, "pawn": 4 * SLICES}[method]
    if samples < least:
        raise SensitivityError(f"{method} with {samples} samples says nothing. Write {least}.")
    if method == "sobol" and samples & (samples - 1):
        near = 2 ** round(np.log2(samples))
        raise SensitivityError(
            f"Sobol takes a power of two, and {samples} is none. Write {near} or {2 * near}."
        )
    _salib("sample")


def size(method: str, factors: int, samples: int) -> int:
    """How many runs a design has.

    Examples
    --------
    >>> size("sobol", 6, 64), size("morris", 300, 4), size("pawn", 6, 500)
    (512, 1204, 500)
    """
    return {
        "sobol": samples * (factors + 2),
        "morris": samples * (factors + 1),
        "pawn": samples,
    }[method]


def design(method: str, factors: int, samples: int, seed: int) -> Floats:
    """Lay out the runs, shape (runs, factors), each coordinate from 0 to 1.

    Parameters
    ----------
    samples : int
        Base points (sobol), trajectories (morris) or points (pawn).
    seed : int
        Of SALib's generator, above 0.
    """
    problem = _problem([f"x{i}" for i in range(factors)])
    match method:
        case "sobol":
            sample = _salib("sample.sobol").sample
            return sample(problem, samples, calc_second_order=False, seed=seed)
        case "morris":
            return _salib("sample.morris").sample(problem, samples, num_levels=LEVELS, seed=seed)
        case _:
            return _salib("sample.latin").sample(problem, samples, seed=seed)


def analyse(method: str, x: Floats, y: Floats, names: Sequence[str], seed: int) -> pd.DataFrame:
    """Say how much each factor matters to one output.

    Parameters
    ----------
    x : ndarray, shape (runs, factors)
        The design.
    y : ndarray, shape (runs,)
        The output; the base point, trajectory or point of a NaN is left out whole.

    Returns
    -------
    DataFrame
        A row a factor, in the order of ``names``. sobol: ``first total`` as shares of the variance;
        morris: ``mu_star mu sigma`` in units of the output over the whole range; pawn: ``median
        mean most`` as Kolmogorov-Smirnov distances, and ``noise``: what a factor would get that
        is none. The first of each has its 95 % interval from resampling, ``…_low`` and ``…_high``
        (sobol: both; pawn: none).
    """
    kept = _whole(method, x, y)
    x, y = x[kept], y[kept]
    columns = {
        "sobol": ("first", "total"), "morris": ("mu_star", "mu", "sigma"),
        "pawn": ("median", "mean", "most", "noise"),
    }[method]  # fmt: skip
    if not len(y):
        return pd.DataFrame(np.nan, index=list(names), columns=pd.Index(columns))
    found = _constant(method, len(names)) if np.ptp(y) == 0 else _ANALYSES[method](x, y, seed)
    table = pd.DataFrame(found, index=pd.Index(names, name="factor"))
    return table


def _whole(method: str, x: Floats, y: Floats) -> NDArray[np.bool_]:
    block = {"sobol": x.shape[1] + 2, "morris": x.shape[1] + 1, "pawn": 1}[method]
    fine = np.isfinite(y).reshape(-1, block).all(axis=1)
    return np.repeat(fine, block)


def left_out(method: str, x: Floats, y: Floats) -> int:
    """Count the runs that say nothing, because one of their block has no output."""
    return int((~_whole(method, x, y)).sum())


def _constant(method: str, factors: int) -> dict[str, Floats]:
    """Return what nothing matters to."""
    names = {
        "sobol": ("first", "first_low", "first_high", "total", "total_low", "total_high"),
        "morris": ("mu_star", "mu_star_low", "mu_star_high", "mu", "sigma"),
        "pawn": ("median", "mean", "most", "noise"),
    }[method]
    return {name: np.zeros(factors) for name in names}


def _sobol(x: Floats, y: Floats, seed: int) -> dict[str, Floats]:
    with np.errstate(all="ignore"):
        found = _salib("analyze.sobol").analyze(
            _problem([f"x{i}" for i in range(x.shape[1])]), y, calc_second_order=False,
            num_resamples=_RESAMPLES, conf_level=CONFIDENCE, seed=seed,
        )  # fmt: skip
    out: dict[str, Floats] = {}
    for name, key in (("first", "S1"), ("total", "ST")):
        value, half = found[key], np.nan_to_num(found[f"{key}_conf"])
        out |= {name: value, f"{name}_low": value - half, f"{name}_high": value + half}
    return out


def _morris(x: Floats, y: Floats, seed: int) -> dict[str, Floats]:
    found = _salib("analyze.morris").analyze(
        _problem([f"x{i}" for i in range(x.shape[1])]), x, y,
        num_resamples=_RESAMPLES, conf_level=CONFIDENCE, num_levels=LEVELS, seed=seed,
    )  # fmt: skip
    star, half = np.asarray(found["mu_star"]), np.nan_to_num(np.asarray(found["mu_star_conf"]))
    return {
        "mu_star": star, "mu_star_low": np.maximum(star - half, 0), "mu_star_high": star + half,
        "mu": np.asarray(found["mu"]), "sigma": np.nan_to_num(np.asarray(found["sigma"])),
    }  # fmt: skip


def _pawn(x: Floats, y: Floats, seed: int) -> dict[str, Floats]:
    """PAWN, with a last factor that nothing reads: what it gets is noise."""
    dummy = np.random.default_rng(seed).permutation((np.arange(len(x)) + 0.5) / len(x))
    x = np.column_stack([x, dummy])
    found = _salib("analyze.pawn").analyze(
        _problem([f"x{i}" for i in range(x.shape[1])]), x, y, S=SLICES
    )
    out = {"median": found["median"], "mean": found["mean"], "most": found["maximum"]}
    noise = np.full(x.shape[1] - 1, out["median"][-1])
    return {k: np.asarray(v)[:-1] for k, v in out.items()} | {"noise": noise}


_ANALYSES = {"sobol": _sobol, "morris": _morris, "pawn": _pawn}


def _problem(names: Sequence[str]) -> dict[str, Any]:
    return {"num_vars": len(names), "names": list(names), "bounds": [[0.0, 1.0]] * len(names)}
