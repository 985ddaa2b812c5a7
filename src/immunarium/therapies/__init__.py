"""One file per therapy, ``<name>.py``, defining a Therapy called ``<name>``.

A new therapy is this file and, where it has numbers, the .tsv beside it; the registry finds it.
"""
