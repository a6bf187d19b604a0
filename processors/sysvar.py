"""Correction tables of particle identification (SysVar's CSV files): weights by momentum, polar angle and charge."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from ..datasets.errors import InputError
from .objects import Array

MAXIMUM_TOYS = 100
RATIO = "data_MC_ratio"
ERRORS = ("data_MC_uncertainty_stat_up", "data_MC_uncertainty_stat_dn")
SYSTEMATIC = ("data_MC_uncertainty_sys_up", "data_MC_uncertainty_sys_dn")
WEIGHT = "Weight"


@dataclass(frozen=True)
class CorrectionTable:
    """Ratios of efficiencies, data over simulation, in bins.

    Attributes
    ----------
    momentum, theta
        (bins, 2) edges: GeV and rad, laboratory.
    charge
        (bins,) -1 or 1; 0 for both.
    weight, up, down
        (bins,) the correction, and its total uncertainty upwards and downwards.
    toys
        (bins, toys) the correction in each pseudo-experiment; no column where the table has none.
    """

    momentum: Array
    theta: Array
    charge: Array
    weight: Array
    up: Array
    down: Array
    toys: Array

    @classmethod
    def read(cls, path: str | Path) -> "CorrectionTable":
        """Read a CSV.

        Its columns are p_min, p_max, theta_min, theta_max (or cosTheta_min, cosTheta_max), charge, and either
        data_MC_ratio with its uncertainties, or Weight, Weight_0, Weight_1, ... (at most 100 toys).

        Raises
        ------
        InputError
            The file cannot be read, lacks a column, or holds what is not a number.
        """
        try:
            table = pd.read_csv(path)
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read as CSV ({str(error).splitlines()[0]}).") from error
        momentum, theta = _edges(table, "p", path), _theta(table, path)
        toys = table[[f"{WEIGHT}_{i}" for i in range(MAXIMUM_TOYS) if f"{WEIGHT}_{i}" in table]]
        weight = _column(table, RATIO if RATIO in table else WEIGHT, path)
        if RATIO in table:
            up, down = (_total(table, side, path) for side in (0, 1))
        else:
            up = down = toys.to_numpy(dtype=np.float64).std(axis=1) if len(toys.columns) else np.zeros(len(table))
        found = cls(momentum, theta, _charge(table), weight, up, down, toys.to_numpy(dtype=np.float64))
        if not all(np.isfinite(each).all() for each in (weight, up, down, found.toys)):
            raise InputError(f"{path}: holds a correction that is not a number.")
        return found

    def bins_of(self, momentum: Array, theta: Array, charge: Array) -> "np.ndarray":
        """Find each track's bin (GeV, rad, e); -1 outside the table."""
        inside = (momentum[:, np.newaxis] >= self.momentum[:, 0]) & (momentum[:, np.newaxis] < self.momentum[:, 1])
        inside &= (theta[:, np.newaxis] >= self.theta[:, 0]) & (theta[:, np.newaxis] < self.theta[:, 1])
        inside &= (self.charge == 0.0) | (charge[:, np.newaxis] == self.charge)
        return np.where(inside.any(axis=1), inside.argmax(axis=1), -1) if len(self.weight) else np.full(len(theta), -1)

    def corrections(self, momentum: Array, theta: Array, charge: Array) -> tuple[Array, Array, Array]:
        """Give each track's correction, and those shifted up and down by their uncertainty; 1 outside the table."""
        bins = self.bins_of(momentum, theta, charge)
        values = (self.weight, self.weight + self.up, np.maximum(self.weight - self.down, 0.0))
        nominal, up, down = (np.where(bins < 0, 1.0, each[bins]) for each in values)
        return nominal, up, down

    def toys_of(self, momentum: Array, theta: Array, charge: Array) -> Array:
        """Give each track's correction in each pseudo-experiment, (tracks, toys); 1 outside the table."""
        bins = self.bins_of(momentum, theta, charge)
        return np.asarray(np.where(bins[:, np.newaxis] < 0, 1.0, self.toys[bins]))


def _column(table: pd.DataFrame, name: str, path: str | Path) -> Array:
    if name not in table:
        raise InputError(f"{path}: has no column {name!r}; it has {', '.join(map(str, table.columns))}.")
    try:
        return np.asarray(table[name], dtype=np.float64)
    except ValueError as error:
        raise InputError(f"{path}: column {name!r} holds what is not a number.") from error


def _edges(table: pd.DataFrame, name: str, path: str | Path) -> Array:
    low, high = _column(table, f"{name}_min", path), _column(table, f"{name}_max", path)
    return np.stack([low, high], axis=-1)


def _theta(table: pd.DataFrame, path: str | Path) -> Array:
    if "cosTheta_min" in table:
        low, high = _column(table, "cosTheta_min", path), _column(table, "cosTheta_max", path)
        return np.asarray(np.arccos(np.clip(np.stack([high, low], axis=-1), -1.0, 1.0)))
    return _edges(table, "theta", path)


def _charge(table: pd.DataFrame) -> Array:
    signs = {"+": 1.0, "-": -1.0}
    if "charge" not in table:
        return np.zeros(len(table))
    return np.array([signs[each] if each in signs else float(each) for each in table["charge"]])


def _total(table: pd.DataFrame, side: int, path: str | Path) -> Array:
    """Add statistical and systematic uncertainty of one side in quadrature."""
    parts = [_column(table, each[side], path) for each in (ERRORS, SYSTEMATIC) if each[side] in table]
    return np.sqrt(np.sum(np.square(parts), axis=0)) if parts else np.zeros(len(table))
