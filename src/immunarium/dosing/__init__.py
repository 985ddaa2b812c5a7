"""Doses and regimens: their text, their objects, their event table, and what patients get."""

from immunarium.dosing.entries import arriving as arriving
from immunarium.dosing.parts import Dose as Dose
from immunarium.dosing.parts import Every as Every
from immunarium.dosing.parts import Give as Give
from immunarium.dosing.parts import Once as Once
from immunarium.dosing.parts import OnDays as OnDays
from immunarium.dosing.parts import Repeat as Repeat
from immunarium.dosing.parts import Rest as Rest
from immunarium.dosing.regimen import Regimen as Regimen
from immunarium.dosing.resolve import ResolvedDose as ResolvedDose
from immunarium.dosing.resolve import resolve as resolve
from immunarium.dosing.rules import Rule as Rule
from immunarium.dosing.rules import check_rules as check_rules
from immunarium.dosing.ticks import RegimenError as RegimenError
from immunarium.dosing.ticks import ticks as ticks
from immunarium.dosing.timeline import PlannedDose as PlannedDose
from immunarium.dosing.warnings import told as told
from immunarium.dosing.warnings import warnings as warnings
