"""One patient and what is given: all that a file holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version

from immunarium import NOTICE
from immunarium.core import Disease, Graph, Therapy
from immunarium.dosing import Regimen, ResolvedDose, resolve
from immunarium.parameters import Tables
from immunarium.population import Population, PopulationError, Sampler
from immunarium.population.population import MOST_PATIENTS

_AHEAD = 20  # draws looked at, to name a plausible one
_READ = "Time is in hours. A path such as treg.blood is the identifier treg__blood."
_CARE = "support by rules, and death; hazards are followed and nobody is taken away"


@dataclass(frozen=True)
class Course:
    """A model with the numbers of one patient, and the doses of that patient.

    Attributes
    ----------
    graph : Graph
        The model.
    parameters : mapping of str to float
        Value of every parameter of the graph, by path, in the graph's units.
    initial : mapping of str to float
        Amount of every state before anything happens, by path.
    doses : sequence of ResolvedDose
        With one amount each.
    name : str
        An identifier.
    about : sequence of str
        Sentences on what this is.
    sources : mapping of str to str
        Where numbers come from, by path.
    """

    graph: Graph
    parameters: Mapping[str, float]
    initial: Mapping[str, float]
    doses: Sequence[ResolvedDose] = ()
    name: str = "model"
    about: Sequence[str] = ()
    sources: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def species(self) -> frozenset[str]:
        """States that reactions move; others only relax, or wait for support."""
        moving = [f for f in self.graph.flows if not f.signed]
        return frozenset(s for f in moving for s in (*f.left, *f.right))

    @classmethod
    def of(
        cls,
        disease: Disease,
        therapies: Mapping[str, Therapy],
        regimen: Regimen,
        *,
        patient: int | None = None,
        seed: int = 1,
    ) -> Course:
        """Give a regimen to a patient of a disease.

        Parameters
        ----------
        patient : int, optional
            Number of the draw, as on the ``patient`` axis of a simulation; by default the typical
            patient, who has the median of everything.
        seed : int
            Of the draw.

        Raises
        ------
        ImmunoError
            No such patient, or a regimen that this disease cannot take.
        """
        who = _patient(disease, patient, seed)
        graph = who.model.graph
        (parameters,), (initial,) = who.parameters(), who.initial()
        histology = str(who.table["histology"].iloc[0])
        kind = "typical patient" if patient is None else f"patient {patient} of seed {seed}"
        about = (
            f"{disease.name}: {disease.summary} The {kind}{f', {histology}' * bool(histology)}.",
            f"Given: {Regimen(regimen.items)}.",
            *(f"Not in this file: {left}." for left in (*unwritten(regimen), _CARE)),
            _READ,
            f"Written by Immunarium {version('immunarium')}. {NOTICE}",
        )
        return cls(
            graph,
            dict(zip(graph.parameters, map(float, parameters), strict=True)),
            dict(zip(graph.states, map(float, initial), strict=True)),
            resolve(regimen, therapies, who.table, graph),
            disease.name,
            about,
            _sources(who.tables[histology]),
        )


def unwritten(regimen: Regimen) -> list[str]:
    """Say which parts of a regimen a file of doses cannot hold."""
    return [f"the rule '{rule}'; every dose is given" for rule in regimen.rules]


def _patient(disease: Disease, number: int | None, seed: int) -> Population:
    if number is None:
        return Population.typical(disease)
    if not 0 <= number < MOST_PATIENTS:
        raise PopulationError(f"There is no patient {number}. Write a number from 0 to 9,999,999.")
    sampler = Sampler(disease, seed)
    table = sampler.table(number, number + _AHEAD)
    if number not in table.index:
        near = f" Draw {table.index[0]} is." if len(table) else ""
        raise PopulationError(f"Draw {number} of seed {seed} is not a plausible patient.{near}")
    return sampler.population(table.loc[[number]])


def _sources(tables: Tables) -> dict[str, str]:
    return {p: f"{n.row.evidence}: {n.row.source}" for p, n in tables.items()}
