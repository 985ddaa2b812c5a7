"""Trials: arms on the same virtual patients, assessed at visits and scored."""

from immunarium.trial.asked import Asked as Asked
from immunarium.trial.conditions import ConditionError as ConditionError
from immunarium.trial.conditions import read_condition as read_condition
from immunarium.trial.ctcae import grade_rows as grade_rows
from immunarium.trial.ensemble import Ensemble as Ensemble
from immunarium.trial.protocol import Alternative as Alternative
from immunarium.trial.protocol import Arm as Arm
from immunarium.trial.protocol import Assumed as Assumed
from immunarium.trial.protocol import Credibility as Credibility
from immunarium.trial.protocol import Observable as Observable
from immunarium.trial.protocol import Support as Support
from immunarium.trial.protocol import Target as Target
from immunarium.trial.protocol import Trial as Trial
from immunarium.trial.protocol import TrialError as TrialError
from immunarium.trial.protocol import hours as hours
from immunarium.trial.protocol import level as level
from immunarium.trial.response import Visits as Visits
from immunarium.trial.result import ArmResult as ArmResult
from immunarium.trial.result import Score as Score
from immunarium.trial.result import TrialResult as TrialResult
from immunarium.trial.run import run_trial as run_trial
from immunarium.trial.run import score_targets as score_targets
from immunarium.trial.simulation import simulate as simulate
