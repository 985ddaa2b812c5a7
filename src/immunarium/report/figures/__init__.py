"""Every figure of a report, and one picture of it all."""

from immunarium.report.figures.assumptions import tornado as tornado
from immunarium.report.figures.courses import CELLS as CELLS
from immunarium.report.figures.courses import LEAK as LEAK
from immunarium.report.figures.courses import PLASMA as PLASMA
from immunarium.report.figures.courses import Panel as Panel
from immunarium.report.figures.courses import course as course
from immunarium.report.figures.courses import long_horizon as long_horizon
from immunarium.report.figures.courses import others as others
from immunarium.report.figures.courses import present as present
from immunarium.report.figures.regimen import delivered as delivered
from immunarium.report.figures.regimen import lane as lane
from immunarium.report.figures.scores import score as score
from immunarium.report.figures.scores import score_names as score_names
from immunarium.report.figures.summary import summary_figure as summary_figure
from immunarium.report.figures.survival import kaplan_meier as kaplan_meier
from immunarium.report.figures.swimmer import swimmer as swimmer
from immunarium.report.figures.toxicity import attribution as attribution
from immunarium.report.figures.toxicity import strip as strip
from immunarium.report.figures.toxicity import terms as terms
from immunarium.report.figures.toxicity import window as window
from immunarium.report.figures.tumour import CRITERIA as CRITERIA
from immunarium.report.figures.tumour import Drawn as Drawn
from immunarium.report.figures.tumour import Responders as Responders
from immunarium.report.figures.tumour import responders as responders
from immunarium.report.figures.tumour import spider as spider
from immunarium.report.figures.tumour import waterfall as waterfall
