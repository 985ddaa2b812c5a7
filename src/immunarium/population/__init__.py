"""Virtual patients: sampled, plausible, at rest, and weighted to published distributions."""

from immunarium.population.checks import Eligible as Eligible
from immunarium.population.checks import baseline_graph as baseline_graph
from immunarium.population.correlation import Correlation as Correlation
from immunarium.population.correlation import CorrelationError as CorrelationError
from immunarium.population.layers import PopulationError as PopulationError
from immunarium.population.layers import layered as layered
from immunarium.population.marginal import Marginal as Marginal
from immunarium.population.marginal import MarginalError as MarginalError
from immunarium.population.population import Population as Population
from immunarium.population.rest import solve_rest as solve_rest
from immunarium.population.sampler import Sampler as Sampler
from immunarium.population.sources import sources as sources
from immunarium.population.streams import normals as normals
from immunarium.population.streams import stream as stream
from immunarium.population.streams import uniforms as uniforms
from immunarium.population.weights import Weights as Weights
from immunarium.population.weights import fit_weights as fit_weights
from immunarium.population.weights import select as select
from immunarium.population.weights import select_nearest as select_nearest
