"""A model compiled to a kernel, and ensembles of patients integrated through a plan."""

from immunarium.engine.journey import Journey as Journey
from immunarium.engine.kernel import Kernel as Kernel
from immunarium.engine.kernel import compile_model as compile_model
from immunarium.engine.plan import TICKS_PER_HOUR as TICKS_PER_HOUR
from immunarium.engine.plan import Dose as Dose
from immunarium.engine.plan import Doses as Doses
from immunarium.engine.plan import Plan as Plan
from immunarium.engine.plan import Reduce as Reduce
from immunarium.engine.plan import Timetable as Timetable
from immunarium.engine.plan import Titrate as Titrate
from immunarium.engine.plan import dose_row as dose_row
from immunarium.engine.result import Outcome as Outcome
from immunarium.engine.result import RunResult as RunResult
from immunarium.engine.result import Status as Status
from immunarium.engine.run import run as run
