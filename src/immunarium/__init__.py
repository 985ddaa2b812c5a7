"""Immunarium: an in-silico human immune system that you can dose. Research and teaching only."""

NOTICE = "Research and teaching only; never for the care of a patient."
