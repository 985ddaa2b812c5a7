"""Tables of numbers: read, checked, converted, layered, with their provenance."""

from immunarium.parameters.conformance import check_module as check_module
from immunarium.parameters.provenance import WEAKEST_FIRST as WEAKEST_FIRST
from immunarium.parameters.provenance import provenance as provenance
from immunarium.parameters.tables import Number as Number
from immunarium.parameters.tables import Tables as Tables
from immunarium.parameters.tables import declared_units as declared_units
