"""The words of a trial's file, TOML or YAML: declared once."""

from immunarium.literature.vocabulary.trial import TrialFile as TrialFile
from immunarium.literature.vocabulary.words import Known as Known
