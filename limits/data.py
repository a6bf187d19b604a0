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
            generator = np.random.default_rng([pseudo, crc32(f"{inputs.names['experiment']}{region}".encode())])
            drawn[region] = generator.poisson(np.clip(spectrum.background.values, 0, None)).astype(float)
        return "pseudo", drawn
    counted = {region: spectrum.data for region, spectrum in inputs.spectra.items()}
    if unseal and inputs.luminosity.source == "data" and all(each is not None for each in counted.values()):
        return "real", counted
    return "asimov", dict.fromkeys(inputs.spectra)
