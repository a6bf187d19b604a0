"""Spectra beside Pythia's, where it is installed: muon and tau pairs with radiation of the beams."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

import awkward as ak
import numpy as np
from comparisons import SQRT_S, Array, Spectrum, generated, spectrum
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared

SETTINGS = (
    "Print:quiet = on",
    "Beams:idA = 11",
    "Beams:idB = -11",
    f"Beams:eCM = {SQRT_S}",
    "WeakSingleBoson:ffbar2gmZ = on",
    "WeakZ0:gmZmode = 1",
    "PDF:lepton = on",
    "PhaseSpace:mHatMin = 0.5",
    "23:mMin = 0.5",  # 10 GeV by itself, which cuts radiative return
    "23:onMode = off",
    "Random:setSeed = on",
    "Random:seed = 7",
)


def pythia_spectra(number: int) -> Iterator[Spectrum]:
    """Give comparisons from about so many events of muons, and a tenth of taus (spin-correlated ones take long)."""
    if find_spec("pythia8mc") is None:
        return
    events, _ = generated("muon_pair", number)
    pair = np.sqrt(mass_squared(events.momenta[:, 0] + events.momenta[:, 1]))
    edges = np.concatenate([np.linspace(1.0, 9.0, 17), [9.5, 10.0, 10.3]])
    muons = pythia_events(number, 13, "off")
    expected, _ = np.histogram(pair_mass(muons, 13), edges)
    yield spectrum(
        "muon_pair_mass", "μμ(γ), radiative tail", r"$m_{\mu\mu}$ [GeV]", pair, events.weights, edges,
        expected.astype(float), "Pythia 8.317 (photons of the beams; no wide-angle matrix element)",
        expected.astype(float), logarithmic=True,
    )  # fmt: skip
    few = max(number // 50, 1500)
    taus, _ = generated("tau_pair", number)
    other = pythia_events(few, 15, "")
    for code, name in ((13, "muon"), (211, "pion")):
        edges = np.linspace(0.0, 1.0, 11)
        charged = (np.abs(taus.pdg) == code) & taus.final_state
        x = (taus.momenta[..., 0] / (0.5 * SQRT_S))[charged]
        weights = np.broadcast_to(taus.weights[:, np.newaxis], taus.pdg.shape)[charged]
        theirs = other[(np.abs(other.id) == code) & (other.status > 0)]
        expected, _ = np.histogram(ak.to_numpy(ak.flatten(theirs.p.e)) / (0.5 * SQRT_S), edges)
        yield spectrum(
            f"tau_{name}", f"ττ, {name}s", r"$2E^*/\sqrt{s}$", x, weights, edges, expected.astype(float),
            "Pythia 8.317, spins correlated", expected.astype(float),
        )  # fmt: skip


def pythia_events(number: int, lepton: int, tau_mode: str) -> ak.Array:
    """Give particles of so many events with a pair of leptons of a PDG code."""
    import pythia8mc  # type: ignore[import-not-found,unused-ignore]

    generator = pythia8mc.Pythia("", False)
    for line in (*SETTINGS, f"23:onIfAny = {lepton}", *(("PartonLevel:FSR = on",) if tau_mode == "" else ())):
        generator.readString(line)
    if not generator.init():
        raise RuntimeError("Pythia did not start")
    return ak.Array(generator.nextBatch(number).prt)


def pair_mass(events: ak.Array, code: int) -> Array:
    """Give the mass of the final pair in GeV."""
    final = events[(np.abs(events.id) == code) & (events.status > 0)]
    final = final[ak.num(final) == 2]
    total = [ak.sum(final.p[axis], axis=1) for axis in ("e", "px", "py", "pz")]
    square = total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2
    return np.asarray(np.sqrt(np.maximum(ak.to_numpy(square), 0.0)))
