"""The interferon burst of NK and CD8 cells: prompt, short, louder once macrophages join in."""

from __future__ import annotations

from immunarium.core import (
    Module,
    Needs,
    Parameter,
    Species,
    Start,
    hill,
    nothing,
    quantity,
    reaction,
)


class Burst(Module):
    """NK and CD8 cells that see IL-2 secrete IFN-γ for hours, more so with IL-12 and IL-18.

    The burst ends itself while IL-2 stays (so an infusion gives little) and recovers within an
    hour or two without IL-2 (so the next dose finds it ready, and macrophages primed).

    Assumes: secretion follows the signal per cell, not the number of cells; negative regulators of
    the signal (SOCS) rise and fall within hours; a refractory state builds up over days.
    Leaves out: IL-10, exhaustion of CD8 cells by antigen.
    Read: Konrad 1992, J Immunother 12:55; Blood 2000;95:3183 (IL-2 with IL-12); PMC4801862 (IL-18).
    """

    transcription = Species("1", "IFN-γ transcription, of its unprimed maximum")
    secretion = Species("1", "IFN-γ secretion, of its unprimed maximum")
    exhaustion = Species("1", "end of the burst, share")
    refractory = Species("1", "loss of response, days")

    pstat5_nk_dim = Needs("1", "pSTAT5 of CD56dim NK cells")
    pstat5_cd8 = Needs("1", "pSTAT5 of CD8 T cells")
    pstat5_nk_bright = Needs("1", "pSTAT5 of CD56bright NK cells")
    mtor_nk_bright = Needs("1", "mTOR gate of CD56bright NK cells")
    il12 = Needs("1", "IL-12 and IL-18 of macrophages, of their maximum")

    dim_weight = Parameter("1", "share of CD56dim NK cells in the signal")
    cd8_weight = Parameter("1", "share of CD8 T cells in the signal")
    bright_weight = Parameter("1", "share of CD56bright NK cells in the signal")
    K_signal = Parameter("1", "pSTAT5 at half-maximal transcription")
    n_signal = Parameter("1", "steepness of transcription in pSTAT5")
    k_delay = Parameter("1/h", "each of the two steps from signal to secretion")
    priming_gain = Parameter("1", "rise of transcription at full IL-12")
    exhaustion_gain = Parameter("1", "fall of transcription at full exhaustion")
    refractory_gain = Parameter("1", "fall of transcription at full refractoriness")
    k_exhaustion = Parameter("1/h", "end of the burst at full signal")
    k_recovery = Parameter("1/h", "recovery without signal")
    k_refractory = Parameter("1/h", "clock of refractoriness")

    pstat5_nk_dim_0 = Start(pstat5_nk_dim)
    pstat5_cd8_0 = Start(pstat5_cd8)
    pstat5_nk_bright_0 = Start(pstat5_nk_bright)

    @quantity("1")
    def signal(self):
        """Signal above rest, of its maximum."""
        dim = self.dim_weight * (self.pstat5_nk_dim - self.pstat5_nk_dim_0)
        cd8 = self.cd8_weight * (self.pstat5_cd8 - self.pstat5_cd8_0)
        bright = self.mtor_nk_bright * (self.pstat5_nk_bright - self.pstat5_nk_bright_0)
        return hill(dim + cd8 + self.bright_weight * bright, self.K_signal, self.n_signal)

    @reaction(nothing >> transcription)
    def transcribed(self):
        primed = 1 + self.priming_gain * self.il12
        spent = 1 + self.exhaustion_gain * self.exhaustion**2
        tired = 1 + self.refractory_gain * self.refractory**2
        return self.k_delay * self.signal * primed / (spent * tired)

    @reaction(transcription >> nothing)
    def transcript_lost(self):
        return self.k_delay * self.transcription

    @reaction(nothing >> secretion)
    def translated(self):
        return self.k_delay * self.transcription

    @reaction(secretion >> nothing)
    def secretion_ends(self):
        return self.k_delay * self.secretion

    @reaction(nothing >> exhaustion)
    def exhausts(self):
        return self.k_exhaustion * self.signal * (1 - self.exhaustion)

    @reaction(exhaustion >> nothing)
    def recovers(self):
        return self.k_recovery * (1 - self.signal) ** 4 * self.exhaustion

    @reaction(nothing >> refractory)
    def tires(self):
        return self.k_refractory * self.signal

    @reaction(refractory >> nothing)
    def rests(self):
        return self.k_refractory * self.refractory
