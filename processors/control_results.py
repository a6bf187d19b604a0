"""What the control samples say in numbers: the photons' energy and efficiency, peaks, trigger lines, luminosity."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from ..datasets.documents import Document, read_document
from ..datasets.provenance import Provenance
from ..datasets.storage import write_text

Part = Literal["barrel", "endcaps"]


class Estimate(Document):
    """A number with the errors that reach down and up from it (68 %)."""

    value: float
    down: float
    up: float

    @classmethod
    def symmetric(cls, value: float, error: float) -> "Estimate":
        """Make one whose errors are equal."""
        return cls(value=value, down=error, up=error)

    def pull(self, truth: float) -> float:
        """Give how many standard deviations it is above `truth`."""
        error = self.down if self.value > truth else self.up
        return (self.value - truth) / error


class Response(Document):
    """What the calorimeter makes of a photon's energy.

    Attributes
    ----------
    bias
        Relative shift of the Gaussian's mean.
    resolution
        Relative Gaussian width, the prediction's own unfolded.
    tail
        Share of photons with an exponential loss of 1.5 widths on average, fitted to all energies of a part.
    probability
        Of a chi2 as large as the fit's.
    """

    bias: Estimate
    resolution: Estimate
    tail: Estimate
    probability: float | None


class Peak(Document):
    """A resonance: mass and width in GeV, and its events."""

    mass: Estimate
    width: Estimate
    events: Estimate
    probability: float | None


class PhotonEnergy(Document):
    """The response in a range of energies (GeV, laboratory) of a part of the calorimeter; without one, `why` not."""

    part: Part
    low: float
    high: float
    photons: float
    response: Response | None
    why: str = ""


class Efficiency(Document):
    """An efficiency in a range of one variable, or of two.

    Attributes
    ----------
    low, high
        Range of energy (GeV), angle or opening (degrees): what the list that holds it says.
    theta
        Range of the polar angle (degrees, laboratory), where there is one.
    trials
        Equivalent number of trials.
    efficiency
        With its Clopper-Pearson errors, and those of what was subtracted; None without a trial.
    """

    low: float
    high: float
    theta: tuple[float, float] | None = None
    trials: float
    efficiency: Estimate | None


class DeadWidth(Document):
    """What a gap between parts of the calorimeter loses, as the width (degrees) that would lose every photon."""

    low: float
    high: float
    width: Estimate | None


class LuminosityEstimate(Document):
    """Luminosity (fb^-1) by one process: events over cross section times efficiency, which simulation gave.

    Attributes
    ----------
    events
        Counted, background included, as the expectation includes it.
    visible
        Expected events of 1 fb^-1.
    luminosity
        Their ratio; None with `why` where it cannot be told.
    """

    process: Literal["bhabha", "gamma_gamma"]
    events: float
    visible: Estimate | None
    luminosity: Estimate | None
    why: str = ""


class ControlResults(Document):
    """All that the control channel measures in one run.

    Attributes
    ----------
    source
        Whether data were measured, or simulation, whose events count as the luminosity says.
    luminosity
        fb^-1 that the run's catalog says, to compare with.
    photon_energy
        By part and energy.
    photon_efficiency
        By predicted energy and angle.
    photon_efficiency_by_energy, photon_efficiency_by_angle
        In the barrel away from its edges, and for all energies.
    dead_widths
        Of the calorimeter's gaps.
    muon_system_veto
        Share of photons above 1 GeV lost in gaps that the muon system sees.
    single_photon_line, two_track_line
        lml1 by the photon's E* (GeV) in the barrel, ffo by the opening in azimuth (degrees).
    """

    schema_version: Literal[1] = 1
    source: Literal["data", "simulation"]
    luminosity: float | None
    photon_energy: tuple[PhotonEnergy, ...]
    photon_efficiency: tuple[Efficiency, ...]
    photon_efficiency_by_energy: tuple[Efficiency, ...]
    photon_efficiency_by_angle: tuple[Efficiency, ...]
    dead_widths: tuple[DeadWidth, ...]
    muon_system_veto: Efficiency
    pion: Peak | None
    psi: Peak | None
    single_photon_line: tuple[Efficiency, ...]
    two_track_line: tuple[Efficiency, ...]
    luminosities: tuple[LuminosityEstimate, ...]
    notes: tuple[str, ...] = ()
    provenance: Provenance | None = Field(default=None)

    def write(self, path: str | Path) -> None:
        """Write them as JSON."""
        write_text(Path(path), self.model_dump_json(indent=1) + "\n")

    @classmethod
    def read(cls, path: str | Path) -> "ControlResults":
        """Read what `write` wrote; ConfigurationError says what is wrong with it."""
        return read_document(Path(path), cls)
