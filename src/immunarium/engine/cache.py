"""Machine code kept on disk, so that a model is compiled once on a machine."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from pathlib import Path
from zlib import crc32

import llvmlite
import llvmlite.binding as llvm
from platformdirs import user_cache_path

from immunarium.engine.layout import Layout
from immunarium.engine.machine import processor

_MOST = 200  # entries, of about a quarter of a megabyte


_PRINTERS = ("codegen", "ir", "jacobian", "layout", "lu", "machine", "stages", "tableau")


@cache
def checksum(modules: tuple[str, ...]) -> int:
    """Checksum of files of this room: what another version of them makes is another thing."""
    here = Path(__file__).parent
    files = [*(here / f"{m}.py" for m in modules), here / "rodas5.json"]
    return crc32(b"".join(f.read_bytes() for f in files))


def fingerprint(model: bytes) -> str:
    """Key of a model's code: the model, the processor and the versions of what compiled it."""
    tools = (version("immunarium"), checksum(_PRINTERS))
    llvms = (llvmlite.__version__, llvm.llvm_version_info, llvm.get_process_triple(), processor())
    return blake2b(repr((tools, llvms)).encode() + model, digest_size=20).hexdigest()


def folder() -> Path:
    """Where entries lie."""
    return user_cache_path("immunarium") / "kernels"


def load(key: str) -> tuple[Layout, bytes] | None:
    """Return the layout and machine code kept under a key; None if there is no sound entry."""
    path = folder() / key
    try:
        head, _, code = path.read_bytes().partition(b"\n")
        about = json.loads(head)
        if about["key"] != key or about["digest"] != _digest(about["layout"], code):
            return None
        layout = Layout(*map(int, about["layout"]))
        os.utime(path)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return layout, code


def save(key: str, layout: Layout, code: bytes) -> None:
    """Keep an entry, if the disk lets us; a cache that cannot be written costs time only."""
    about = {"key": key, "digest": _digest(list(layout), code), "layout": list(layout)}
    with contextlib.suppress(OSError):
        folder().mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=folder())
        with os.fdopen(handle, "wb") as file:
            file.write(json.dumps(about).encode() + b"\n" + code)
        os.replace(name, folder() / key)
        for old in sorted(folder().iterdir(), key=lambda p: p.stat().st_mtime)[:-_MOST]:
            old.unlink()


def _digest(layout: list[int], code: bytes) -> str:
    return blake2b(repr(layout).encode() + code, digest_size=20).hexdigest()
