"""Cross sections of the Standard Model beside the reference table's rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from comparisons import SQRT_S, Array, Row, cosine, generated, laboratory, share
from darkbelle.datasets.cross_sections import cross_section
from darkbelle.datasets.simulation.processes import make_process

TABLE = "Physics Book, table 18"


def background_rows(events: int) -> Iterator[Row]:
    """Give the rows, from about so many events of each process."""
    yield from muon_rows(events)
    yield from photon_rows(events)
    yield from electron_rows(events)
    yield total("ττ(γ)", "total", "tau_pair", cross_section("tau_pair", SQRT_S), f"{TABLE}, KKMC", 0.01, events)
    yield total(
        "ee → ee μμ",
        "W > 0.5 GeV",
        "two_photon_pair",
        cross_section("two_photon_muons", SQRT_S),
        f"{TABLE}, AAFH",
        0.1,
        events,
        pair="muon",
        minimum_mass=0.5,
    )
    yield replace(
        total("ee → ee ττ", "total", "two_photon_pair", 0.0184, "recalled, AAFH", 0.1, events, pair="tau"),
        remark="the photons' largest virtuality is a choice: W² in the place of W²/4 gives 0.0186 nb",
    )
    yield total(
        "μμμμ", "total, radiation included", "four_muons", 0.351e-3, "recalled, AAFH", 0.1, max(events // 4, 20_000)
    )


def total(
    title: str,
    selection: str,
    name: str,
    reference: float,
    source: str,
    tolerance: float,
    events: int,
    **parameters: float | str,
) -> Row:
    """Give the row of a generator's own integral."""
    integral = make_process(name, **parameters).integrate(SQRT_S, np.random.default_rng(1), events)
    return Row(title, selection, integral.cross_section, integral.error, reference, source, tolerance)


def muon_rows(number: int) -> Iterator[Row]:
    """Muon pairs: total, in the drift chamber, with a hard photon."""
    events, integral = generated("muon_pair", number)
    yield Row(
        "μμ(γ)", "total", integral.cross_section, integral.error, cross_section("muon_pair", SQRT_S),
        f"{TABLE}, KKMC", 0.01,
    )  # fmt: skip
    momentum, angle = laboratory(events.momenta)
    seen = ((momentum > 0.5) & (angle > 17.0) & (angle < 150.0))[:, :2].all(axis=1)
    reference = cross_section("muon_pair", SQRT_S, "tracking")
    yield Row("μμ(γ)", "both p > 0.5 GeV in the CDC", *share(events, integral, seen), reference, TABLE, 0.01)
    hard = (events.pdg == 22) & (momentum > 0.5)
    anywhere = seen & hard.any(axis=1)
    inside = seen & (hard & (angle > 12.4) & (angle < 155.1)).any(axis=1)
    tree = "exact tree × running α"
    yield Row("μμγ", "E > 0.5 GeV anywhere", *share(events, integral, anywhere), 0.2358, tree, 0.06)
    yield Row("μμγ", "E > 0.5 GeV in the ECL", *share(events, integral, inside), 0.0959, tree, 0.06)
    reference = cross_section("muon_pair_photon", SQRT_S)
    remark = "the row is mislabelled: see the tree, photon anywhere; nothing is tuned to it"
    yield Row("μμγ", "E > 0.5 GeV in the ECL", *share(events, integral, inside), reference, TABLE, 0.06, remark)


def photon_rows(number: int) -> Iterator[Row]:
    """Two and more photons in the table's cuts and in the calorimeter."""
    process = make_process("photon_pair")
    (momenta,), weights = process.propose(SQRT_S, 2 * number, np.random.default_rng(2))  # type: ignore[attr-defined]
    wide = (np.abs(cosine(momenta)) < np.cos(np.radians(10.0))) & (momenta[..., 0] > 0.15)
    energy, angle = laboratory(momenta)
    inside = (energy > 0.5) & (angle > 12.4) & (angle < 155.1)
    for selection, what, seen in (
        ("wide_angle", "two photons E* > 0.15 GeV, 10°-170°", wide),
        ("calorimeter", "two photons E > 0.5 GeV in the ECL", inside),
    ):
        reference = cross_section("photon_pair", SQRT_S, selection)
        yield Row("γγ(γ)", what, *mean(weights * (seen.sum(axis=1) >= 2)), reference, f"{TABLE}, BABAYAGA.NLO", 0.01)


def electron_rows(number: int) -> Iterator[Row]:
    """Bhabha scattering in the table's cuts, and a lone photon with both electrons lost."""
    for selection, what, aim in (
        ("wide_angle", "both E* > 0.15 GeV, 10°-170°", 0.01),
        ("calorimeter", "both p > 0.5 GeV in the ECL", 0.04),
    ):
        process = make_process("bhabha")
        (momenta, *_), weights = process.propose(SQRT_S, number, np.random.default_rng(3))  # type: ignore[attr-defined]
        size, angle = laboratory(momenta[:, :2])
        inside = ((size > 0.5) & (angle > 12.4) & (angle < 155.1)).all(axis=1)
        found = mean(weights * inside) if selection == "calorimeter" else mean(weights)
        reference = cross_section("bhabha", SQRT_S, selection)
        yield Row("ee(γ)", what, *found, reference, f"{TABLE}, BABAYAGA.NLO", aim)
    corner = "both e lost (θ* < 18°, > 165°), E*γ > 0.5 GeV"
    yield total(
        "eeγ", corner, "radiative_bhabha", 3.37, "independent tree", 0.02, number,
        minimum_energy=0.5, minimum_angle=30.0, maximum_angle=150.0, forward_angle=18.0, backward_angle=165.0,
    )  # fmt: skip


def mean(weights: Array) -> tuple[float, float]:
    """Give mean and error."""
    return float(weights.mean()), float(weights.std() / np.sqrt(len(weights)))
