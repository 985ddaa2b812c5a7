"""Tables are scored as they stand, chances and covariates among their numbers."""

import json

import pytest

from immunarium.inference.calibrate import FOLDER, _standing, load_calibration
from immunarium.literature import load_study


def test_what_a_patient_has_or_has_not_stands_for_its_chance():
    plan, study = load_calibration("cidp"), load_study("ice-2008")
    record = json.loads((FOLDER / "cidp.json").read_text(encoding="utf-8"))["numbers"]
    held = dict(zip([f.path for f in plan.free], _standing(plan, study), strict=True))
    assert held == pytest.approx({path: n["end"] for path, n in record.items()}, rel=1e-3)
    assert 0 < held["chronic_nerve.refractory"] < 1, "not the typical patient's 0 or 1"
