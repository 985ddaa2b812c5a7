"""Numbers of the tables: fitted to published targets, and how much each of them matters."""

from immunarium.inference.calibrate import Calibration as Calibration
from immunarium.inference.calibrate import CalibrationError as CalibrationError
from immunarium.inference.calibrate import Free as Free
from immunarium.inference.calibrate import Record as Record
from immunarium.inference.calibrate import calibrate as calibrate
from immunarium.inference.calibrate import calibrations as calibrations
from immunarium.inference.calibrate import load_calibration as load_calibration
from immunarium.inference.explain import Explanation as Explanation
from immunarium.inference.explain import explain as explain
from immunarium.inference.indices import SensitivityError as SensitivityError
from immunarium.inference.left_out import LeftOut as LeftOut
from immunarium.inference.left_out import leave_one_out as leave_one_out
from immunarium.inference.sensitivity import Sensitivity as Sensitivity
from immunarium.inference.sensitivity import sensitivity as sensitivity
