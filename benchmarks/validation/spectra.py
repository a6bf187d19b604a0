"""Kinematic spectra beside closed forms and exact trees that the generators do not use."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from comparisons import SQRT_S, Array, S, Spectrum, cosine, generated, spectrum, weighted
from darkbelle.datasets.simulation.amplitudes.kernels import (
    lepton_pair_and_photon_squares,
    lepton_pair_and_vector_squares,
)
from darkbelle.datasets.simulation.constants import ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.phase_space.pair_and_photon import draw_pair_and_photon
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.phase_space.two_body import beams
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor

COSINE = np.linspace(-1.0, 1.0, 41)
COSINE_LABEL = r"$\cos\theta^*$"


def spectra(number: int) -> Iterator[Spectrum]:
    """Give all comparisons, from about so many events each."""
    yield hard_photon(number)
    yield from dark_photons(number)
    yield from polynomial_angles(number)
    yield decay_length(number)
    yield muons_of_zprime(number)
    yield excited_pair(number)


def hard_photon(number: int) -> Spectrum:
    """Compare photons of mu mu gamma at wide angles with the exact tree, which has all interference."""
    events, _ = generated("muon_pair", 3 * number)
    wide = np.abs(cosine(events.momenta)) < np.cos(np.radians(20.0))
    photons = (events.pdg == 22) & wide
    energy = np.where(photons, events.momenta[..., 0], 0.0).max(axis=1)
    edges = np.linspace(0.25, 5.25, 26)
    momenta, volume = draw_pair_and_photon(SQRT_S, MUON_MASS, 0.2, 4 * number, np.random.default_rng(5))
    both = np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (len(momenta), 2, 4))
    squares = lepton_pair_and_photon_squares(np.concatenate([both, momenta], axis=1), ELECTRON_MASS, MUON_MASS)
    weights = squares * volume * vacuum_polarisation_factor(mass_squared(momenta[:, 0] + momenta[:, 1]))
    weights = weights * (np.abs(cosine(momenta[:, 2])) < np.cos(np.radians(20.0)))
    expected, variances = weighted(momenta[:, 2, 0], weights, edges)
    return spectrum(
        "muon_pair_photon", "μμγ, hardest photon at 20°-160°", r"$E^*_\gamma$ [GeV]", energy, events.weights, edges,
        expected, "exact tree × running α", variances, logarithmic=True,
    )  # fmt: skip


def dark_photons(number: int) -> Iterator[Spectrum]:
    """Compare the photon's angle."""
    for mass in (1.0, 8.0):
        events, _ = generated("dark_photon_invisible", number, mass=mass, isr=0.0)
        edges = np.linspace(-0.95, 0.95, 39)
        x = 1.0 - mass**2 / S
        primitive = (2.0 - 2.0 * x + x**2) * np.arctanh(edges) - x**2 * edges / 2.0
        yield spectrum(
            f"dark_photon_angle_m{mass:g}", f"γA′, m = {mass:g} GeV", COSINE_LABEL, cosine(events.momenta[:, 0]),
            events.weights, edges, np.diff(primitive), "closed form",
        )  # fmt: skip


def polynomial_angles(number: int) -> Iterator[Spectrum]:
    """Compare angles a + b cos^2: ALPs, dark Higgsstrahlung, monopoles, B mesons, inelastic dark matter."""
    share = 16.0 / S
    lam = 1.0 + share**2 + (1.0 / S) ** 2 - 2.0 * (share + 1.0 / S + share / S)
    ratio = 4.0 * 16.0 / S
    cases: tuple[tuple[str, str, str, dict[str, float | str], float, float], ...] = (
        ("alp_angle", "γa, m = 2 GeV", "alp_invisible", {"mass": 2.0, "isr": 0.0}, 1.0, 1.0),
        (
            "dark_higgs_angle",
            "A′h′, 4 and 1 GeV",
            "dark_higgs_invisible",
            {"mass": 4.0, "higgs_mass": 1.0, "isr": 0.0},
            lam + 8.0 * share,
            -lam,
        ),
        ("monopole_angle", "M M̄, m = 4 GeV", "monopole_pair", {"mass": 4.0, "isr": 0.0}, 1.0 + ratio, 1.0 - ratio),
        ("b_angle", "Υ(4S) → B B̄", "b_to_kaon_scalar", {"mass": 1.0, "lifetime": 1.0}, 1.0, -1.0),
    )
    for name, title, process, parameters, constant, quadratic in cases:
        events, _ = generated(process, number, **parameters)
        expected = np.diff(constant * COSINE + quadratic * COSINE**3 / 3.0)
        values = cosine(events.momenta[:, 0])
        yield spectrum(name, title, COSINE_LABEL, values, events.weights, COSINE, expected, "closed form")


def decay_length(number: int) -> Spectrum:
    """Compare ALPs' flight with the exponential of their width: c tau gamma beta of g and m alone."""
    mass, coupling = 0.3, 1e-4
    events, _ = generated("alp_two_photon", number, mass=mass, coupling=coupling, isr=0.0)
    flown = np.zeros(0) if events.vertices is None else np.linalg.norm(events.vertices[:, 2], axis=1)
    length = 64.0 * np.pi * 1.9732698e-14 / (coupling**2 * mass**3) * (S - mass**2) / (2.0 * SQRT_S * mass)
    edges = np.linspace(0.0, 5.0 * length, 41)
    return spectrum(
        "alp_flight", f"γa, m = {mass:g} GeV, g = {coupling:g}/GeV", "decay length (CM) [cm]",
        flown, events.weights, edges, -np.diff(np.exp(-edges / length)),
        "exp, Γ = g²m³/64π", logarithmic=True,
    )  # fmt: skip


def muons_of_zprime(number: int) -> Spectrum:
    """Compare the muon's energy in mu mu Z' with the tree over even phase space."""
    mass = 2.0
    events, _ = generated("zprime_invisible", number, mass=mass, isr=0.0)
    momenta, volume = rambo(SQRT_S, (MUON_MASS, MUON_MASS, mass), 4 * number, np.random.default_rng(6))
    both = np.broadcast_to(beams(SQRT_S, ELECTRON_MASS), (len(momenta), 2, 4))
    squares = lepton_pair_and_vector_squares(np.concatenate([both, momenta], axis=1), ELECTRON_MASS, MUON_MASS, mass)
    edges = np.linspace(0.2, 5.1, 41)
    expected, variances = weighted(momenta[:, 0, 0], squares * volume, edges)
    return spectrum(
        "zprime_muon", f"μμZ′, m = {mass:g} GeV", r"$E^*_\mu$ [GeV]", events.momenta[:, 0, 0], events.weights, edges,
        expected, "tree over even phase space", variances,
    )  # fmt: skip


def excited_pair(number: int) -> Spectrum:
    """Compare the pair's mass of chi_2 -> chi_1 mu mu with the trace of both currents over even phase space."""
    light, heavy, mediator = 2.0, 2.8, 6.0
    events, _ = generated("inelastic_dark_matter", number, mass=light, lifetime=1.0, isr=0.0)
    momenta, volume = rambo(heavy, (light, MUON_MASS, MUON_MASS), 4 * number, np.random.default_rng(7))
    k1, q1, q2 = (momenta[:, slot] for slot in range(3))
    k2 = np.array([heavy, 0.0, 0.0, 0.0])
    square = mass_squared(q1 + q2)
    trace = 2.0 * (_dot(k1, q1) * _dot(k2, q2) + _dot(k1, q2) * _dot(k2, q1))
    trace += 2.0 * MUON_MASS**2 * (_dot(k1, k2) - 2.0 * light * heavy) - 2.0 * light * heavy * _dot(q1, q2)
    edges = np.linspace(2.0 * MUON_MASS, heavy - light, 31)
    expected, variances = weighted(np.sqrt(square), volume * trace / (square - mediator**2) ** 2, edges)
    found = np.sqrt(mass_squared(events.momenta[:, 3] + events.momenta[:, 4]))
    return spectrum(
        "inelastic_pair", "χ₂ → χ₁μμ, 2.8 and 2 GeV", r"$m_{\mu\mu}$ [GeV]", found, events.weights, edges, expected,
        "traces over even phase space", variances,
    )  # fmt: skip


def _dot(one: Array, other: Array) -> Array:
    return np.asarray(one[..., 0] * other[..., 0] - (one[..., 1:] * other[..., 1:]).sum(axis=-1))
