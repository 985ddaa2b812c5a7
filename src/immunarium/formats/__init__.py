"""What other tools read: a patient's course as SBML, Antimony and a COMBINE archive."""
