"""Immunarium against other solvers, its growth, and its first result; not part of the package."""
