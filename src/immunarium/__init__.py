"""Immunarium: an in-silico human immune system that you can dose. Research and teaching only."""
