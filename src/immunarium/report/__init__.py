"""The report of a trial: one HTML page, and a picture."""

from immunarium.report.figures import summary_figure as summary_figure
from immunarium.report.output import write_report as write_report
