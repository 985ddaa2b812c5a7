"""The report of a trial: one HTML page, and a picture."""
