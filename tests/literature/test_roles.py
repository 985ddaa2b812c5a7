"""Roles of the numbered targets of document 002: who was blind when the reference was made."""

from __future__ import annotations

import re
import tomllib

from immunarium.inference.calibrate import FOLDER as PLANS
from immunarium.literature.study import FOLDER as STUDIES

FILES = [tomllib.loads(p.read_text(encoding="utf-8")) for p in sorted(STUDIES.glob("*.toml"))]
TARGETS = [t for file in FILES if file.get("document") == "002" for t in file["target"]]

BLIND = {"D9.achr", "D12", "D25", "D36.auc"}
"""Predicted blind by the reference physiology; nothing else of its list may be `predict`."""
IN_VIEW = {2, 14, 16, 19, 28, 30, 42, 43, 44, 52, 53, 56, 60, 63}
"""Arithmetic or structure, or in view when a mechanism was chosen: shown, never counted."""
POOLED = {"GBS.meta.change", "GBS.meta.aided"}
"""Reviews that pool trials of the fit."""


def number(target_id: str) -> int:
    found = re.match(r"D(\d+)", target_id)
    return int(found[1]) if found else 0


def test_of_the_list_only_what_the_reference_predicted_blind_is_predicted() -> None:
    assert {t["id"] for t in TARGETS if number(t["id"]) and t["role"] == "predict"} == BLIND


def test_what_the_reference_had_in_view_is_shown_and_never_counted() -> None:
    seen = [t for t in TARGETS if number(t["id"]) in IN_VIEW]
    assert {number(t["id"]) for t in seen} == IN_VIEW
    assert {t["role"] for t in seen} == {"report"}


def test_a_review_of_trials_that_were_fitted_is_no_prediction() -> None:
    assert {t["role"] for t in TARGETS if t["id"] in POOLED} == {"report"}


def test_no_plan_of_a_calibration_names_a_prediction() -> None:
    plans = "\n".join(p.read_text(encoding="utf-8") for p in PLANS.glob("*.toml"))
    fitted = set(re.findall(r'"([A-Za-z][\w.-]+)"', plans))
    assert not fitted & {t["id"] for t in TARGETS if t["role"] == "predict"}
