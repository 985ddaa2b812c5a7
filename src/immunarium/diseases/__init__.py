"""Diseases: modules wired into a model, and tables of what differs from health.

A new disease is a file here that defines a ``Disease`` of the file's name; the registry finds it.
"""
