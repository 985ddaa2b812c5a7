"""What the targets and endpoints of a trial ask of its bench."""

from __future__ import annotations

from collections.abc import Iterable

from immunarium.core import Expr, Graph, ImmunoError
from immunarium.population import baseline_graph
from immunarium.trial.conditions import read_condition
from immunarium.trial.ctcae import Grades
from immunarium.trial.endpoint import ASSESSED, DURATION, Endpoint
from immunarium.trial.observe import probe
from immunarium.trial.observe_rated import is_rated
from immunarium.trial.probes import Probe, Raters
from immunarium.trial.protocol import Target, Trial, TrialError
from immunarium.trial.scales import responding


def raters_of(trial: Trial) -> Raters:
    """Return what is rated in a trial, and when."""
    planned = (0.0, *trial.visits.days) if trial.visits else ()
    return Raters(trial.disease.name, trial.disease.scores, planned)


def check_lesions(endpoints: Iterable[Endpoint], lesions: tuple[str, ...], trial: Trial) -> None:
    """Refuse a response or progression of tumours where there are none."""
    for e in endpoints:
        if not lesions and (e.of == DURATION or any(x in ASSESSED for x in e.events)):
            said = next(iter(trial.disease.scores), "")
            instead = f" Write {e.kind}: '{responding(said)}'." if said else ""
            raise TrialError(
                f"The endpoint {e.name!r} is of tumours, and {trial.disease.name} has no lesions."
                f"{instead}"
            )


def at_start(trial: Trial) -> dict[str, Expr]:
    """Conditions of targets on patients at the start, which are not of scores."""
    texts = {t.among for t in trial.targets if t.among and not is_rated(t.among)}
    if not texts:
        return {}
    graph = baseline_graph(trial.disease.model)
    return {text: read_condition(text, graph).truth() for text in texts}


def probe_of(trial: Trial, target: Target, graph: Graph, grades: Grades, raters: Raters) -> Probe:
    """Read a target against the model; what is wrong has its name."""
    try:
        return probe(target, graph, grades, trial.until, raters)
    except ImmunoError as e:
        raise TrialError(f"Study {trial.name}, target {target.id}: {e}") from None
