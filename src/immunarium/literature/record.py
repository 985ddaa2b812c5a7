"""What a trial keeps where its file does not say: when, and which courses."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from immunarium import registry
from immunarium.literature.vocabulary import TrialFile
from immunarium.literature.vocabulary.words import content_of
from immunarium.trial import Arm
from immunarium.trial.observe import ticks

_FINE, _AFTER = 4.0, 72.0  # h: while and shortly after doses are given
_DAILY, _WEEKLY = 24.0, 168.0  # h: until four weeks after the last dose, and later
_PATH = re.compile(r"[A-Za-z_]\w*\.[A-Za-z_]\w*")
_LATE = 28 * 24.0


def grid(arms: Sequence[Arm], until: float) -> tuple[float, ...]:
    """Hours at which courses are recorded: finely around doses, daily and weekly after them.

    The bench adds the ends of infusions, which labels may set.
    """
    fine = min(_FINE, until / 100)
    starts, last = np.zeros(1), 0.0
    for arm in arms:
        doses = np.array([d.tick for d in arm.regimen.doses]) / ticks(1.0)
        ends = [(d.tick + d.dose.duration) / ticks(1.0) for d in arm.regimen.doses]
        starts, last = np.append(starts, doses), max([last, *ends])
    hours = np.arange(0.0, until, fine)
    latest = np.searchsorted(np.sort(starts), hours, side="right") - 1
    close = hours - np.sort(starts)[latest] <= _AFTER
    daily = (hours % _DAILY < fine) & (hours <= last + _LATE)
    kept = hours[close | daily | (hours % _WEEKLY < fine)]
    return (*map(float, kept), until)


def courses(file: TrialFile, arms: Sequence[Arm]) -> tuple[str, ...]:
    """Quantities that the file and the grades look at, and those of what is dosed."""
    disease, _, graph, grades = content_of(file.disease)
    rules = [text for a in arms for r in a.regimen.rules for text in (r.when, r.until)]
    support = [text for s in file.support for text in (s.start, s.stop)]
    endpoints = [e.share or e.time or e.mean or "" for e in file.endpoint]
    graded = [c.name for rows in grades.values() for cs in rows.values() for c in cs]
    texts = [*rules, *support, *endpoints, *graded, *(b.path for b in disease.plausible)]
    paths = {path for text in texts for path in _PATH.findall(text)}
    paths |= {t.observable.of for t in file.target if t.observable.of}
    paths |= set(disease.scores.values())
    therapies = registry.therapies()
    dosed = {d.dose.enters(therapies).path.split(".")[0] for a in arms for d in a.regimen.doses}
    return tuple(
        p
        for p in (*graph.states, *graph.quantities)
        if p in paths or (p in graph.quantities and p.split(".")[0] in dosed)
    )
