"""Files to begin with: a trial with comments, and the schema that editors check it by."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from immunarium import registry
from immunarium.core import ImmunoError
from immunarium.trial.scales import responding

TEMPLATE = Path(__file__).with_name("template.yaml")
SCORES = Path(__file__).with_name("template_scores.yaml")
"""A trial in Guillain-Barré, whose name and scale are replaced by those of other diseases."""
_CANCER, _GBS, _SCALE = "metastatic_cancer", "guillain_barre", "GBS disability"


def new_trial(path: Path, disease: str = _CANCER) -> None:
    """Write a commented trial that can be run.

    Parameters
    ----------
    disease : str
        Of tumours, or one that has scores.

    Raises
    ------
    ImmunoError
        The file exists, cannot be written, or its name does not end in ``.yaml`` or ``.yml``; no
        such disease, or one without scores.
    """
    text = TEMPLATE.read_text(encoding="utf-8") if disease == _CANCER else _scored(disease)
    _write(path, text, (".yaml", ".yml"))


def _scored(disease: str) -> str:
    """Write the template of scores for a disease, by its first scale."""
    scores = registry.disease(disease).scores
    if not scores:
        raise ImmunoError(
            f"{disease} has no score that a trial could compare. Take a disease that has, like "
            f"--disease {_GBS}, and change it in the file."
        )
    scale = next(iter(scores))
    text = SCORES.read_text(encoding="utf-8")
    text = text.replace(responding(_SCALE), responding(scale)).replace(_GBS, disease)
    return text.replace(f"{_SCALE} >= 3", f"{scale} >= …").replace(_SCALE, scale)


def new_schema(path: Path) -> None:
    """Write the JSON Schema of a trial's file, for editors.

    Raises
    ------
    ImmunoError
        The file exists, cannot be written, or its name does not end in ``.json``.
    """
    _write(path, schema_text(), (".json",))


def schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a trial's file, TOML or YAML."""
    from immunarium.literature.vocabulary import TrialFile

    found = TrialFile.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def schema_text() -> str:
    """Return the schema as text, the same every time."""
    return json.dumps(schema(), indent=1, ensure_ascii=False) + "\n"


def _write(path: Path, text: str, suffixes: tuple[str, ...]) -> None:
    if path.suffix not in suffixes:
        raise ImmunoError(f"{path} should have a name that ends in {' or '.join(suffixes)}.")
    try:
        with path.open("x", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except FileExistsError:
        raise ImmunoError(f"{path} exists already. Give another name.") from None
    except OSError as e:
        raise ImmunoError(f"Cannot write {path}: {e.strerror}.") from None
