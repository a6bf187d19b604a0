"""The photon that two muons recoil against, predicted with its errors and without the calorimeter's energies."""

from dataclasses import dataclass

import numpy as np

from ..datasets.documents import Document
from ..datasets.records import CentreOfMass
from .momenta import Momenta
from .objects import Array


class PredictionErrors(Document):
    """What a prediction's error is made of: the resolutions of Belle II's tracks and photons (docs/detector.md).

    Attributes
    ----------
    energy_spread
        Standard deviation of sqrt(s), GeV.
    curvature, scattering
        sigma(pT)/pT = curvature (1/GeV) pT + scattering/beta, in quadrature.
    theta, phi, angle_scattering
        rad, and rad GeV: angle_scattering/(beta p sqrt(sin theta)) is added to both in quadrature.
    photon_angle, photon_angle_constant
        rad GeV^(1/2) over sqrt(E), and rad, in quadrature: direction of a photon.
    """

    energy_spread: float
    curvature: float
    scattering: float
    theta: float
    phi: float
    angle_scattering: float
    photon_angle: float
    photon_angle_constant: float


@dataclass(frozen=True)
class Recoil:
    """What recoils against two muons, with the error of each component (laboratory, GeV).

    Attributes
    ----------
    momentum
        (n, 4): E, px, py, pz.
    covariance
        (n, 4, 4): of momentum resolution, and of the beams' energy spread, which scales their four-momentum.
    """

    momentum: Array
    covariance: Array

    @classmethod
    def of(cls, muons: Momenta, beam: CentreOfMass, errors: PredictionErrors) -> "Recoil":
        """Find it for (n, 2) muons."""
        total = np.asarray(beam.beams.total)
        along = total * (errors.energy_spread / beam.sqrt_s)
        covariance = np.einsum("a,b->ab", along, along) + np.zeros((len(muons.px), 1, 1))
        for shift in _shifts(muons, errors):
            covariance = covariance + np.einsum("nia,nib->nab", shift, shift)
        return cls(total - _columns(muons).sum(axis=1), covariance)

    def massless(self) -> "Prediction":
        """Fit one photon of no mass to it: one constraint, linearised (R. Frodesen et al., Probability and Statistics).

        With h = m^2, its gradient g and the covariance V, the fitted momentum is p - V g h / (g V g).
        """
        gradient = 2.0 * self.momentum * [1.0, -1.0, -1.0, -1.0]
        shift = np.einsum("nab,nb->na", self.covariance, gradient)
        variance = np.einsum("na,na->n", shift, gradient)
        squared = 0.5 * np.einsum("na,na->n", self.momentum, gradient)
        fitted = self.momentum - shift * (squared / variance)[:, np.newaxis]
        left = self.covariance - np.einsum("na,nb->nab", shift, shift) / variance[:, np.newaxis, np.newaxis]
        energy, px, py, pz = fitted.T
        photon = Momenta(px, py, pz, energy)
        slope = np.stack([0.0 * photon.p, *_polar_slope(photon)], axis=-1)
        theta_error = np.degrees(np.sqrt(np.einsum("na,nab,nb->n", slope, left, slope)))
        return Prediction(photon, squared / np.sqrt(variance), theta_error)

    def along(self, photons: Momenta, errors: PredictionErrors) -> "Energies":
        """Fit the energy of a photon whose direction was measured: three constraints, linear in the energy.

        The best energy is (u W p)/(u W u) with u = (1, direction) and W the inverse of the covariance, the direction's
        error included. Muons' angles decide it, so it is better than the recoil's own energy by a factor of three. Of
        the photon's energy only the weight of its direction depends on it.
        """
        direction = np.stack([photons.px, photons.py, photons.pz], axis=-1) / photons.energy[:, np.newaxis]
        width = np.hypot(errors.photon_angle / np.sqrt(photons.energy), errors.photon_angle_constant) * photons.energy
        across = np.eye(3) - np.einsum("na,nb->nab", direction, direction)
        covariance = self.covariance.copy()
        covariance[:, 1:, 1:] += np.square(width)[:, np.newaxis, np.newaxis] * across
        unit = np.concatenate([np.ones((len(direction), 1)), direction], axis=-1)
        weighted = np.linalg.solve(covariance, np.stack([unit, self.momentum], axis=-1))
        norm = np.einsum("na,na->n", unit, weighted[..., 0])
        energy = np.einsum("na,na->n", unit, weighted[..., 1]) / norm
        squared = np.einsum("na,na->n", self.momentum, weighted[..., 1]) - np.square(energy) * norm
        return Energies(energy, 1.0 / np.sqrt(norm), squared)


@dataclass(frozen=True)
class Prediction:
    """A photon as the muons alone predict it.

    Attributes
    ----------
    photon
        (n,) its momentum, GeV, laboratory.
    pull
        The recoil's mass squared over its error: a standard normal variable for one photon.
    theta_error
        Of the polar angle, degrees.
    """

    photon: Momenta
    pull: Array
    theta_error: Array


@dataclass(frozen=True)
class Energies:
    """A photon's energy (GeV, laboratory) as muons and its direction predict it; chi2 has 3 degrees of freedom."""

    energy: Array
    error: Array
    chi2: Array


def _columns(momenta: Momenta) -> Array:
    return np.stack([momenta.energy, momenta.px, momenta.py, momenta.pz], axis=-1)


def _shifts(muons: Momenta, errors: PredictionErrors) -> tuple[Array, Array, Array]:
    """Give (n, 2, 4): how (E, px, py, pz) move by one standard deviation of pT, theta and phi."""
    momentum, transverse = muons.p, muons.pt
    beta, none = momentum / muons.energy, np.zeros_like(momentum)
    stretch = np.hypot(errors.curvature * transverse, errors.scattering / beta)
    angle = errors.angle_scattering / (beta * momentum * np.sqrt(transverse / momentum))
    along = -np.square(momentum) / transverse * np.hypot(errors.theta, angle)  # of pz at constant pT
    turn = np.hypot(errors.phi, angle)
    return (
        np.stack([beta * momentum, muons.px, muons.py, muons.pz], axis=-1) * stretch[..., np.newaxis],
        np.stack([muons.pz / muons.energy * along, none, none, along], axis=-1),
        np.stack([none, -muons.py * turn, muons.px * turn, none], axis=-1),
    )


def _polar_slope(photon: Momenta) -> tuple[Array, Array, Array]:
    """Give the derivatives of the polar angle (rad) by px, py and pz."""
    squared, transverse = np.square(photon.p), photon.pt
    share = photon.pz / (transverse * squared)
    return share * photon.px, share * photon.py, -transverse / squared
