"""The motor nerve terminal under antibody to its calcium channels."""

from __future__ import annotations

from typing import Any

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    hill,
    nothing,
    quantity,
    reaction,
)


class Presynaptic(Module):
    """Calcium channels that antibody cross-links, release that needs several of them, and strength.

    Release goes with a high power of the channels; effort facilitates it, so that a patient who is
    weak at rest is less so in a sustained contraction. Muscles differ in their safety margin.

    Assumes: complement has no part (passive transfer works without C5); facilitation is complete
    in the seconds that a test takes; every fibre of a muscle has the same threshold law.
    Leaves out: autonomic terminals, compensation by other channels, aminopyridines, the tumour.
    Read: doi:10.1212/wnl.47.3.678 (Bain 1996), Kim and Neher 1988, Science 239:405.
    """

    channel = Species("1", "P/Q-type calcium channels of the terminal, of healthy ones")

    antibody = Needs("1", "autoantibody in plasma, of the untreated patient")
    unneutralised = Needs("1", "share of it that no anti-idiotype holds")

    channel_rest = Parameter("1", "channels of the untreated patient")
    k_channel = Parameter("1/h", "turnover of channels")
    Kb = Parameter("1", "antibody at half of the most that can be bound")
    cooperativity = Parameter("1", "steepness of release in channels")
    facilitation = Parameter("1", "gain of release by effort")
    threshold_limb = Parameter("1", "release at which half of the limb's fibres transmit")
    threshold_breathing = Parameter("1", "release at which half of the diaphragm's fibres do")
    threshold_bulbar = Parameter("1", "release at which half of the bulbar fibres do")
    margin = Parameter("1", "steepness of transmitting fibres in release")
    vital_capacity_healthy = Parameter("L", "vital capacity of the healthy patient")
    drinking_time_healthy = Parameter("h", "time to drink 200 mL of the healthy patient")

    @quantity("1")
    def bound(self):
        """Bound antibody, of the untreated patient."""
        titre = self.antibody * self.unneutralised
        return titre * (1 + self.Kb) / (self.Kb + titre)

    @quantity("1")
    def release(self):
        """Quanta released by an impulse at rest, of a healthy terminal."""
        return self.channel**self.cooperativity

    def _transmitting(self, threshold: Any) -> Any:
        """Share of fibres that transmit in an effort, of a healthy muscle."""
        healthy = hill(self.facilitation, threshold, self.margin)
        return hill(self.facilitation * self.release, threshold, self.margin) / healthy

    @quantity("1")
    def limb_strength(self):
        """Strength of limbs by myometry, of the healthy patient."""
        return self._transmitting(self.threshold_limb)

    @quantity("L")
    def vital_capacity(self):
        """Vital capacity."""
        return self.vital_capacity_healthy * self._transmitting(self.threshold_breathing)

    @quantity("h")
    def drinking_time(self):
        """Time to drink 200 mL."""
        return self.drinking_time_healthy / self._transmitting(self.threshold_bulbar)

    @reaction(nothing >> channel)
    def inserted(self):
        return self.k_channel

    @reaction(channel >> nothing)
    def turned_over(self):
        return self.k_channel * self.channel

    @reaction(channel >> nothing)
    def cross_linked(self):
        return self.k_channel * (1 / self.channel_rest - 1) * self.bound * self.channel
