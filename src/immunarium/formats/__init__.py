"""What other tools read: a patient's course as SBML, Antimony and a COMBINE archive."""

from immunarium.formats.course import Course as Course
from immunarium.formats.course import unwritten as unwritten
from immunarium.formats.export import as_text as as_text
from immunarium.formats.export import check as check
from immunarium.formats.export import write as write
from immunarium.formats.ids import path_of as path_of
from immunarium.formats.ids import sid as sid
from immunarium.formats.sbml import to_sbml as to_sbml
