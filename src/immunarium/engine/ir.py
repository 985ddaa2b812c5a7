"""Straight-line LLVM IR on vectors of patients, and its exp, log and powers.

The text is printed, not built: a register is a string. A value stands for one number per patient;
no operation mixes lanes, and nothing is reordered, so a patient's bits do not depend on the
company it is in.
"""

from __future__ import annotations

import struct
from functools import cache

from immunarium.engine.machine import lanes

LANES = lanes()
VECTOR = f"<{LANES} x double>"
INTEGER = f"<{LANES} x i64>"
BYTES = 8 * LANES  # of one row: one variable of the patients abreast
_MASK = f"<{LANES} x i1>"
FABS, SQRT = f"llvm.fabs.v{LANES}f64", f"llvm.sqrt.v{LANES}f64"


def number(x: float) -> str:
    """Print a double so that no bit is lost."""
    return f"0x{struct.unpack('<Q', struct.pack('<d', x))[0]:016X}"


@cache
def splat(x: float) -> str:
    """Return the same number in every lane, as an operand."""
    return f"splat (double {number(x)})"


def _bits(x: int) -> str:
    return f"splat (i64 {x})"


class Emitter:
    """The body of one IR function, growing downwards.

    Parameters
    ----------
    name : str
        Name of the function in the module.
    arguments : str
        Its arguments, as IR text; ``%w`` is the workspace of the patients abreast.
    """

    def __init__(self, name: str, arguments: str = "ptr %w", returns: str = "void") -> None:
        self.head = f"define {returns} @{name}({arguments}) nounwind {{\nentry:"
        self.lines: list[str] = []
        self.block = "entry"
        self._serial = 0

    def add(self, line: str) -> str:
        """Append an instruction that has a result; return its register."""
        self._serial += 1
        register = f"%r{self._serial}"
        self.lines.append(f"  {register} = {line}")
        return register

    def do(self, line: str) -> None:
        """Append an instruction without a result."""
        self.lines.append(f"  {line}")

    def label(self, name: str) -> None:
        """Begin a basic block."""
        self.lines.append(f"{name}:")
        self.block = name

    def end(self, result: str = "void") -> str:
        """Return the finished function."""
        return "\n".join([self.head, *self.lines, f"  ret {result}\n}}\n"])

    # ------------------------------------------------------------- memory: rows of the workspace
    def row(self, index: int | str, base: str = "%w") -> str:
        """Address of a row, by a number or by a register that holds one."""
        return self.add(f"getelementptr inbounds {VECTOR}, ptr {base}, i64 {index}")

    def load(self, index: int | str, base: str = "%w") -> str:
        """Read a row."""
        return self.add(f"load {VECTOR}, ptr {self.row(index, base)}, align {BYTES}")

    def store(self, value: str, index: int | str, base: str = "%w") -> None:
        """Write a row."""
        self.do(f"store {VECTOR} {value}, ptr {self.row(index, base)}, align {BYTES}")

    # ---------------------------------------------------------------------------- arithmetic
    def op(self, name: str, a: str, b: str) -> str:
        """fadd, fsub, fmul or fdiv."""
        return self.add(f"{name} {VECTOR} {a}, {b}")

    def neg(self, a: str) -> str:
        """Change the sign."""
        return self.add(f"fneg {VECTOR} {a}")

    def fma(self, a: str, b: str, c: str) -> str:
        """a·b + c, rounded once where the processor can."""
        v = VECTOR
        return self.add(f"call {v} @llvm.fmuladd.v{LANES}f64({v} {a}, {v} {b}, {v} {c})")

    def call(self, function: str, *values: str) -> str:
        """Call a vector function of the module or an intrinsic."""
        text = ", ".join(f"{VECTOR} {x}" for x in values)
        return self.add(f"call {VECTOR} @{function}({text})")

    def select(self, test: str, a: str, b: str, yes: str, no: str) -> str:
        """``yes`` in the lanes where the comparison holds, else ``no``."""
        mask = self.add(f"fcmp {test} {VECTOR} {a}, {b}")
        return self.add(f"select {_MASK} {mask}, {VECTOR} {yes}, {VECTOR} {no}")

    def finite(self, x: str) -> str:
        """X where it is finite, else 0."""
        size = self.call(FABS, x)
        return self.select("olt", size, splat(float("inf")), x, splat(0.0))

    def power(self, x: str, n: int) -> str:
        """X to a whole number n ≥ 1, by squaring."""
        out, square = "", x
        while n:
            if n & 1:
                out = self.op("fmul", out, square) if out else square
            n >>= 1
            if n:
                square = self.op("fmul", square, square)
        return out

    def horner(self, x: str, coefficients: list[float]) -> str:
        """Evaluate a polynomial, highest power first."""
        out = splat(coefficients[0])
        for c in coefficients[1:]:
            out = self.fma(out, x, splat(c))
        return out

    def bits(self, x: str) -> str:
        """Look at doubles as integers."""
        return self.add(f"bitcast {VECTOR} {x} to {INTEGER}")

    def integer(self, name: str, x: str, constant: int) -> str:
        """add, sub, and, or, shl or lshr with a constant, on integers."""
        return self.add(f"{name} {INTEGER} {x}, {_bits(constant)}")

    def double(self, x: str) -> str:
        """Look at integers as doubles."""
        return self.add(f"bitcast {INTEGER} {x} to {VECTOR}")


_ROUND = 1.5 * 2.0**52  # x + _ROUND - _ROUND is x rounded to a whole number
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ONE = 0x3FF0000000000000
_ROOT_HALF = 0x3FE6A09E667F3BCD


def _two_to(e: Emitter, shifted: str) -> str:
    """Return 2 to the whole number held in the low bits of n + _ROUND."""
    return e.double(e.integer("add", e.integer("shl", e.bits(shifted), 52), _ONE))


def _exp() -> str:
    """Return exp: x = n ln 2 + r, Taylor in r to its 13th power, 2ⁿ in two halves."""
    e = Emitter("vexp", f"{VECTOR} %x", f"internal {VECTOR}")
    low, high = splat(-746.0), splat(710.0)
    x = e.select("olt", "%x", low, low, "%x")
    x = e.select("ogt", x, high, high, x)  # a NaN passes both
    shift = splat(_ROUND)
    n = e.op("fsub", e.fma(x, splat(1.4426950408889634), shift), shift)
    r = e.fma(n, splat(-_LN2_HIGH), x)
    r = e.fma(n, splat(-_LN2_LOW), r)
    factorials = [1.0]
    for k in range(1, 14):
        factorials.append(factorials[-1] * k)
    series = e.horner(r, [1.0 / f for f in reversed(factorials[2:])])
    value = e.fma(e.op("fmul", r, r), series, r)
    value = e.op("fadd", value, splat(1.0))
    half = e.fma(n, splat(0.5), shift)
    rest = e.op("fadd", e.op("fsub", n, e.op("fsub", half, shift)), shift)
    value = e.op("fmul", value, _two_to(e, half))
    return e.end(f"{VECTOR} {e.op('fmul', value, _two_to(e, rest))}")


def _log() -> str:
    """Return log: x = 2ᵏ m with m near 1, then fdlibm's series in (m-1)/(m+1)."""
    e = Emitter("vlog", f"{VECTOR} %x", f"internal {VECTOR}")
    tiny = splat(2.0**-1022)
    x = e.select("olt", "%x", tiny, e.op("fmul", "%x", splat(2.0**54)), "%x")
    bias = e.select("olt", "%x", tiny, splat(1023.0 + 54.0), splat(1023.0))
    bits = e.integer("add", e.bits(x), _ONE - _ROOT_HALF)
    whole = e.integer("or", e.integer("lshr", bits, 52), 0x4330000000000000)  # 2⁵² + exponent
    k = e.op("fsub", e.op("fsub", e.double(whole), splat(2.0**52)), bias)
    m = e.double(e.integer("add", e.integer("and", bits, 2**52 - 1), _ROOT_HALF))
    f = e.op("fsub", m, splat(1.0))
    s = e.op("fdiv", f, e.op("fadd", f, splat(2.0)))
    z = e.op("fmul", s, s)
    series = [
        1.479819860511658591e-01,
        1.531383769920937332e-01,
        1.818357216161805012e-01,
        2.222219843214978396e-01,
        2.857142874366239149e-01,
        3.999999999940941908e-01,
        6.666666666666735130e-01,
    ]
    rest = e.op("fmul", z, e.horner(z, series))
    half = e.op("fmul", splat(0.5), e.op("fmul", f, f))
    inner = e.fma(s, e.op("fadd", half, rest), e.op("fmul", k, splat(_LN2_LOW)))
    out = e.op("fsub", e.op("fsub", half, inner), f)
    out = e.op("fsub", e.op("fmul", k, splat(_LN2_HIGH)), out)
    out = e.select("olt", "%x", splat(float("inf")), out, "%x")  # inf and NaN stay
    out = e.select("oeq", "%x", splat(0.0), splat(float("-inf")), out)
    return e.end(f"{VECTOR} {e.select('olt', '%x', splat(0.0), splat(float('nan')), out)}")


def _pow() -> str:
    """Return exp(y log x), and 1 where y is 0."""
    e = Emitter("vpow", f"{VECTOR} %x, {VECTOR} %y", f"internal {VECTOR}")
    out = e.call("vexp", e.op("fmul", "%y", e.call("vlog", "%x")))
    return e.end(f"{VECTOR} {e.select('oeq', '%y', splat(0.0), splat(1.0), out)}")


def vector_math() -> str:
    """Return declarations of the intrinsics, and definitions of vexp, vlog and vpow."""
    v = VECTOR
    declared = "".join(
        f"declare {v} @llvm.{name}.v{LANES}f64({', '.join([v] * n)})\n"
        for name, n in (("fmuladd", 3), ("sqrt", 1), ("fabs", 1))
    )
    return declared + _exp() + _log() + _pow()
