"""Virtual patients, sampled, plausible and at rest."""

from immunarium.population.population import Population as Population
from immunarium.population.population import PopulationError as PopulationError
from immunarium.population.population import Sampler as Sampler
from immunarium.population.population import layered as layered
from immunarium.population.rest import solve_rest as solve_rest
from immunarium.population.streams import normals as normals
from immunarium.population.streams import stream as stream
from immunarium.population.streams import uniforms as uniforms
