"""The processor that kernels are made for."""

from __future__ import annotations

import os
from functools import cache

import llvmlite.binding as llvm

# Another processor of this family may be named, as LLVM names it (x86-64-v3): for tests, and for
# clusters of unlike machines.
VARIABLE = "IMMUNARIUM_CPU"


@cache
def processor() -> tuple[str, str]:
    """Name and features, as LLVM writes them."""
    named = os.environ.get(VARIABLE)
    if named:
        return named, ""
    return llvm.get_host_cpu_name(), llvm.get_host_cpu_features().flatten()


def lanes() -> int:
    """Patients abreast: as many doubles as a vector holds, and no fewer than four.

    Where vectors are shorter (arm64), LLVM takes several instructions for one of ours.
    """
    name, features = processor()
    return 8 if "+avx512f" in features or name == "x86-64-v4" else 4


@cache
def _target() -> llvm.Target:
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    return llvm.Target.from_default_triple()


def target_machine() -> llvm.TargetMachine:
    """Return what turns LLVM IR into machine code in memory; an execution engine takes it over."""
    cpu, features = processor()
    return _target().create_target_machine(cpu=cpu, features=features, opt=1, jit=True)
