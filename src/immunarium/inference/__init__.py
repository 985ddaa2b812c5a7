"""Fitting numbers of the tables to published targets, by a command that anyone can rerun."""

from immunarium.inference.calibrate import Calibration as Calibration
from immunarium.inference.calibrate import CalibrationError as CalibrationError
from immunarium.inference.calibrate import Free as Free
from immunarium.inference.calibrate import Record as Record
from immunarium.inference.calibrate import calibrate as calibrate
from immunarium.inference.calibrate import calibrations as calibrations
from immunarium.inference.calibrate import load_calibration as load_calibration
