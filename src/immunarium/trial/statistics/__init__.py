"""Statistics of trials: survival, proportions and means, with intervals.

Whatever cannot be estimated is NaN and says why; nothing warns.
"""

from immunarium.trial.statistics.estimate import Estimate as Estimate
from immunarium.trial.statistics.estimate import none as none
from immunarium.trial.statistics.estimate import scaled as scaled
from immunarium.trial.statistics.estimate import two_sided as two_sided
from immunarium.trial.statistics.groups import mean as mean
from immunarium.trial.statistics.groups import mean_difference as mean_difference
from immunarium.trial.statistics.groups import odds_ratio as odds_ratio
from immunarium.trial.statistics.groups import paired_difference as paired_difference
from immunarium.trial.statistics.groups import proportion as proportion
from immunarium.trial.statistics.groups import proportion_difference as proportion_difference
from immunarium.trial.statistics.groups import proportion_z as proportion_z
from immunarium.trial.statistics.survival import Curve as Curve
from immunarium.trial.statistics.survival import cox as cox
from immunarium.trial.statistics.survival import hazard_ratio as hazard_ratio
from immunarium.trial.statistics.survival import kaplan_meier as kaplan_meier
from immunarium.trial.statistics.survival import log_rank as log_rank
from immunarium.trial.statistics.survival import restricted_mean as restricted_mean
from immunarium.trial.statistics.survival import (
    restricted_mean_difference as restricted_mean_difference,
)
