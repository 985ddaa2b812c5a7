"""Virtual patients, sampled, plausible and at rest."""

from immunarium.population.correlation import Correlation as Correlation
from immunarium.population.correlation import CorrelationError as CorrelationError
from immunarium.population.marginal import Marginal as Marginal
from immunarium.population.marginal import MarginalError as MarginalError
from immunarium.population.population import Eligible as Eligible
from immunarium.population.population import Population as Population
from immunarium.population.population import PopulationError as PopulationError
from immunarium.population.population import Sampler as Sampler
from immunarium.population.population import baseline_graph as baseline_graph
from immunarium.population.population import layered as layered
from immunarium.population.rest import solve_rest as solve_rest
from immunarium.population.streams import normals as normals
from immunarium.population.streams import stream as stream
from immunarium.population.streams import uniforms as uniforms
from immunarium.population.weights import Weights as Weights
from immunarium.population.weights import fit_weights as fit_weights
from immunarium.population.weights import select as select
