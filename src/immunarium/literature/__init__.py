"""Published studies as data: read, run and scored."""

from immunarium.literature.checking import Checked as Checked
from immunarium.literature.checking import check as check
from immunarium.literature.library import run_study as run_study
from immunarium.literature.library import targets as targets
from immunarium.literature.new import new_schema as new_schema
from immunarium.literature.new import new_trial as new_trial
from immunarium.literature.problems import StudyError as StudyError
from immunarium.literature.scorecard import Failure as Failure
from immunarium.literature.scorecard import Scorecard as Scorecard
from immunarium.literature.study import load_study as load_study
from immunarium.literature.study import studies as studies
from immunarium.literature.validate import validate as validate
