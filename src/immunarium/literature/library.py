"""The library of studies: run one by name, and list what all of them are compared with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from immunarium.literature.study import load_study, studies
from immunarium.trial import Target, TrialResult, run_trial
from immunarium.trial.protocol import Role


def run_study(study: str | Path, **options: Any) -> TrialResult:
    """Run a published study on virtual patients and score it.

    Parameters
    ----------
    study : str or Path
        A name in the library, or a study file.
    **options
        As of ``immunarium.trial.run_trial``: ``n replicates seed pool workers progress sweep``.
    """
    return run_trial(load_study(study), **options)


def targets(role: Role) -> list[tuple[str, Target]]:
    """Return the targets of one role over the whole library, with the name of their study.

    Only ``targets("calibrate")`` may enter an objective function.
    """
    return [(name, t) for name in studies() for t in load_study(name).targets if t.role == role]
