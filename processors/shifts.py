"""Shifts of objects that searches share: by how much each variation scales momenta, or photons' energies."""

from collections.abc import Mapping

from .channel import NOMINAL

MOMENTUM_SCALES: Mapping[str, float] = {NOMINAL: 1.0, "momentum_scale_up": 1.001, "momentum_scale_down": 0.999}
"""Factors on tracks' momenta by variation (assumed: 0.1 %)."""

PHOTON_SCALES: Mapping[str, float] = {NOMINAL: 1.0, "photon_energy_scale_up": 1.005, "photon_energy_scale_down": 0.995}
"""Factors on photons' energies by variation (assumed: 0.5 %)."""
