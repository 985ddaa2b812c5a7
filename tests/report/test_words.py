"""Numbers, intervals and citations as they are printed."""

from __future__ import annotations

import doctest

import pytest

from immunarium.report import sources, text


@pytest.mark.parametrize("module", [sources, text], ids=lambda m: m.__name__)
def test_examples_are_true(module):
    tried = doctest.testmod(module)
    assert tried.attempted
    assert not tried.failed


@pytest.mark.parametrize(
    ("source", "url"),
    [
        ("pmid:3871099", "https://pubmed.ncbi.nlm.nih.gov/3871099"),
        ("doi:10.1084/jem.166.4.1055; and more", "https://doi.org/10.1084/jem.166.4.1055"),
        ("proleukin label, 2023", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_only_known_identifiers_become_links(source: str, url: str):
    assert sources.link(source) == url
