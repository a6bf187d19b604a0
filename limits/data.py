"""The data set of a scan: recorded, drawn, or the Asimov set; the same for all of a scan's hypotheses."""

from collections.abc import Mapping
from zlib import crc32

import numpy as np

from .histfactory import Array
from .inputs import Inputs


def choose_data(inputs: Inputs, pseudo: int | None, unseal: bool) -> tuple[str, Mapping[str, Array | None]]:
    """Give the kind of data and, by region, the counts in fine bins (None for the Asimov set).

    Parameters
    ----------
    inputs
        Spectra.
    pseudo
        Seed of a Poisson data set drawn from the simulated background.
    unseal
        Look at recorded data.
    """
    if pseudo is not None:
        drawn: dict[str, Array | None] = {}
        for region, spectrum in inputs.spectra.items():
            generator = generator_of(pseudo, inputs.names["experiment"], region)
            drawn[region] = generator.poisson(np.clip(spectrum.background.values, 0, None)).astype(float)
        return "pseudo", drawn
    counted = {region: spectrum.data for region, spectrum in inputs.spectra.items()}
    if unseal and inputs.luminosity.source == "data" and all(each is not None for each in counted.values()):
        return "real", counted
    return "asimov", dict.fromkeys(inputs.spectra)


def generator_of(seed: int, experiment: str, region: str) -> np.random.Generator:
    """Give what draws a region's pseudo-experiment: every region of every experiment has a stream of its own."""
    return np.random.default_rng([seed, crc32(f"{experiment}{region}".encode())])
