"""One step of the method: loops over the states, and the order of the calls."""

from __future__ import annotations

from collections.abc import Callable

from immunarium.engine.ir import FABS, LANES, SQRT, VECTOR, Emitter, number, splat
from immunarium.engine.layout import Layout
from immunarium.engine.tableau import Tableau

FILTERS = 2  # solves that smooth the error estimate at tight tolerance
PLUNGE = 0.01  # a step may end this share of a state, and a tenth of it of its scale, below 0
MUCH = 1e6  # an error that makes the next step the smallest allowed
ABSOLUTE = 1e-3  # absolute tolerance = relative tolerance x this x scale of the state


def _loop(e: Emitter, n: int, body: Callable[[str], dict[str, str]], start: dict[str, str]) -> None:
    """Repeat ``body`` for %i from 0 to n-1, carrying the registers named in ``start``.

    ``body`` returns what the carried registers are after each round.
    """
    before = e.block
    e.do("br label %loop")
    e.label("loop")
    at = len(e.lines)
    after = body("%i")
    e.do("%next = add i64 %i, 1")
    e.do(f"%more = icmp ult i64 %next, {n}")
    e.do("br i1 %more, label %loop, label %done")
    phi = [f"  %i = phi i64 [ 0, %{before} ], [ %next, %loop ]"]
    phi += [
        f"  {register} = phi {VECTOR} [ {value}, %{before} ], [ {after[register]}, %loop ]"
        for register, value in start.items()
    ]
    e.lines[at:at] = phi
    e.label("done")
    for register in start:
        e.do(f"{register}.end = fadd {VECTOR} {after[register]}, {splat(-0.0)}")


def between(e: Emitter, places: tuple[str, str], y: str, y1: str, d: list[str]) -> str:
    """A state at θ inside the step, from its dense output; ``places`` are θ and 1-θ."""
    theta, other = places
    inner = e.fma(theta, e.fma(theta, d[2], d[1]), d[0])
    inner = e.fma(other, inner, y1)
    return e.fma(theta, inner, e.op("fmul", other, y))


def _sum(e: Emitter, coefficients: list[float], values: list[str], first: str = "") -> str:
    """``first`` + Σ coefficient x value."""
    out = first
    for c, v in zip(coefficients, values, strict=False):
        if c:
            out = e.fma(splat(c), v, out) if out else e.op("fmul", splat(c), v)
    return out


class Stages:
    """Prints the functions of one step.

    Parameters
    ----------
    layout : Layout
        Rows of the workspace.
    tableau : Tableau
        The method.
    scales : list of float
        Typical size of each state.
    """

    def __init__(self, layout: Layout, tableau: Tableau, scales: list[float]) -> None:
        self.at, self.tableau, self.scales = layout, tableau, scales

    def text(self) -> str:
        """Print every function, ``step`` last."""
        n, s = self.at.n_states, self.tableau.stages
        sizes = ", ".join(f"double {number(x * ABSOLUTE)}" for x in self.scales)
        parts = [f"@scale = internal constant [{n} x double] [{sizes}]\n"]
        parts += [self._combine(i) for i in range(1, s)]
        parts += [self._result(), self._copy(), self._norm("loose", 0, largest=False)]
        parts += [
            self._norm("tight", FILTERS, largest=True),
            self._land(),
            self._commit(),
            self._dense(),
        ]
        return "".join(parts) + self._step()

    def _stage(self, j: int) -> int:
        return self.at.k + j * self.at.n_states

    def _combine(self, stage: int) -> str:
        """Where the rates of a stage are taken, and what is added to them."""
        e, at = Emitter(f"combine{stage}"), self.at
        k = [e.row(self._stage(j)) for j in range(stage + 1)]
        y, u, ih = e.row(at.y), e.row(at.u), e.load(at.inverse_h)

        def body(i: str) -> dict[str, str]:
            before = [e.load(i, base) for base in k[:stage]]
            if self.tableau.continues(stage):
                point = e.op("fadd", e.load(i, u), before[-1])
            else:
                point = _sum(e, self.tableau.a[stage], before, e.load(i, y))
            e.store(point, i, u)
            e.store(e.op("fmul", ih, _sum(e, self.tableau.c[stage], before)), i, k[stage])
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _result(self) -> str:
        """y₁: the point of the last stage plus its k."""
        e, at = Emitter("result"), self.at
        u, y1, k = e.row(at.u), e.row(at.y1), e.row(self._stage(self.tableau.stages - 1))

        def body(i: str) -> dict[str, str]:
            e.store(e.op("fadd", e.load(i, u), e.load(i, k)), i, y1)
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _least(self, e: Emitter, i: str) -> str:
        """Size of state i below which errors are absolute."""
        pointer = e.add(f"getelementptr inbounds double, ptr @scale, i64 {i}")
        one = e.add(f"load double, ptr {pointer}")
        some = e.add(f"insertelement {VECTOR} poison, double {one}, i64 0")
        zero = f"<{LANES} x i32> zeroinitializer"
        return e.add(f"shufflevector {VECTOR} {some}, {VECTOR} poison, {zero}")

    def _relative(self, e: Emitter, error: str, ends: tuple[str, str], sizes: list[str]) -> str:
        """Error of a state over its tolerance."""
        least, tolerance = sizes
        before, after = (e.call(FABS, x) for x in ends)
        size = e.select("ogt", before, after, before, after)
        return e.op("fdiv", error, e.op("fmul", tolerance, e.op("fadd", least, size)))

    def _plunge(self, e: Emitter, ends: tuple[str, str], least: str) -> str:
        """Below 0 if the step takes a state from above 0 to well below it, else 0 or more."""
        before, after = ends
        room = e.fma(splat(PLUNGE), before, e.op("fmul", splat(PLUNGE / ABSOLUTE / 10), least))
        room = e.op("fadd", after, room)
        return e.select("olt", before, splat(0.0), splat(0.0), room)

    def _norm(self, name: str, filters: int, *, largest: bool) -> str:
        """Largest or root-mean-square relative error; NaN if the new state is not finite.

        Each filter discounts quickly relaxing states: e ← (I - hγJ)⁻¹ e. The estimate is blind to
        a pool that runs empty within the step, so a plunge through zero counts as an error.
        """
        e, at = Emitter(name), self.at
        base, y1, u = e.row(self._stage(self.tableau.stages - 1)), e.row(at.y1), e.row(at.u)
        for _ in range(filters):
            e.do(f"call void @scaled(ptr %w, ptr {base})")
            e.do(f"call void @solve(ptr %w, ptr {u})")
            base = u
        y, tolerance = e.row(at.y), e.load(at.tolerance)

        def body(i: str) -> dict[str, str]:
            ends, least = (e.load(i, y), e.load(i, y1)), self._least(e, i)
            q = self._relative(e, e.load(i, base), ends, [least, tolerance])
            plunge = self._plunge(e, ends, least)
            sound = e.fma(ends[1], splat(0.0), "%sound")
            after = {"%low": e.select("olt", plunge, "%low", plunge, "%low"), "%sound": sound}
            if not largest:
                return after | {"%sum": e.fma(q, q, "%sum")}
            q = e.call(FABS, q)
            after["%sound"] = e.fma(q, splat(0.0), sound)
            return after | {"%sum": e.select("ogt", q, "%sum", q, "%sum")}

        _loop(e, at.n_states, body, dict.fromkeys(("%sum", "%sound", "%low"), splat(0.0)))
        out = "%sum.end"
        if not largest:
            mean = e.op("fdiv", out, splat(float(at.n_states)))
            out = e.call(SQRT, mean)
        out = e.select("olt", "%low.end", splat(0.0), splat(MUCH), out)
        e.store(e.op("fadd", out, "%sound.end"), at.error)
        return e.end()

    def _copy(self) -> str:
        e, at = Emitter("scaled", "ptr %w, ptr %from"), self.at
        u, d = e.row(at.u), e.load(at.diagonal)

        def body(i: str) -> dict[str, str]:
            e.store(e.op("fmul", d, e.load(i, "%from")), i, u)
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _land(self) -> str:
        """End the step at θ: y₁ ← y(θ), which is y₁ where θ is 1."""
        e, at = Emitter("land"), self.at
        theta = e.load(at.theta)
        places = (theta, e.op("fsub", splat(1.0), theta))
        y, y1 = e.row(at.y), e.row(at.y1)
        d = [e.row(at.d + m * at.n_states) for m in range(3)]

        def body(i: str) -> dict[str, str]:
            rows = [e.load(i, base) for base in d]
            e.store(between(e, places, e.load(i, y), e.load(i, y1), rows), i, y1)
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _commit(self) -> str:
        """Move the patients whose step was accepted."""
        e, at = Emitter("commit"), self.at
        y, y1, accept = e.row(at.y), e.row(at.y1), e.load(at.accept)

        def body(i: str) -> dict[str, str]:
            old, new = e.load(i, y), e.load(i, y1)
            e.store(e.select("ogt", accept, splat(0.0), new, old), i, y)
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _dense(self) -> str:
        """Coefficients of the solution inside the step."""
        e, at = Emitter("dense"), self.at
        k = [e.row(self._stage(j)) for j in range(self.tableau.stages)]
        d = [e.row(at.d + m * at.n_states) for m in range(3)]

        def body(i: str) -> dict[str, str]:
            values = [e.load(i, base) for base in k]
            for coefficients, target in zip(self.tableau.h, d, strict=True):
                e.store(_sum(e, coefficients, values), i, target)
            return {}

        _loop(e, at.n_states, body, {})
        return e.end()

    def _step(self) -> str:
        """From y and h to y₁ and every k."""
        e, at = Emitter("step"), self.at
        h = e.load(at.h)
        e.store(e.op("fdiv", splat(1.0), h), at.inverse_h)
        gamma = splat(self.tableau.gamma)
        e.store(e.op("fdiv", splat(1.0), e.op("fmul", h, gamma)), at.diagonal)
        e.do("call void @start(ptr %w)")
        e.do("call void @factor(ptr %w)")
        for stage in range(self.tableau.stages):
            k = e.row(self._stage(stage))
            if stage:
                e.do(f"call void @combine{stage}(ptr %w)")
                e.do(f"call void @rate(ptr %w, ptr {k})")
            e.do(f"call void @solve(ptr %w, ptr {k})")
        e.do("call void @result(ptr %w)")
        return e.end()
