"""The cuts of each search, by events built to fail them, and its observables, by kinematics known in closed form."""

from collections.abc import Callable
from math import hypot, sqrt
from pathlib import Path

import numpy as np
import pytest
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.momenta import ELECTRON_MASS, MUON_MASS, PION_MASS
from darkbelle.processors.registry import make_channels
from darkbelle.processors.selected import Selected
from handmade_events import BEAMS, Event, electron_cm, muon_cm, open_native, photon_cm, pion_cm, write_native
from passing_events import b_decay, four_muons, pair_of, passing, photon_and_pair, polar, vertex_of

S = BEAMS.sqrt_s
SHARES = (1.0, 0.9, 1.1)  # of three pairs' momenta: in an even star other pairings have equal masses, too


def select(folder: Path, channel: str, event: Event) -> Selected:
    (made,) = make_channels([channel])
    return made.selected(ChunkEvents(open_native(write_native(folder / "events.root", [event]))))


def failed_at(folder: Path, channel: str, event: Event, region: str) -> str | None:
    """Name the first cut that the event fails in a region; None if it passes all."""
    (made,) = make_channels([channel])
    raw = made.process(open_native(write_native(folder / "events.root", [event])))["cutflow_raw"]
    flow = raw["s", region, "nominal", :].values()
    return None if flow[-1] else made.cuts[int(np.argmin(flow))]


def changed(channel: str, change: Callable[[Event], object]) -> Event:
    event = passing(channel)
    change(event)
    return event


def six_tracks(masses: tuple[float, float, float], total: float = S) -> Event:
    """Make three muon pairs of given masses, unevenly in a plane, with `total` energy (and a little momentum)."""
    low, high = 0.0, total
    for _ in range(80):  # the momentum that gives the energy
        momentum = (low + high) / 2
        low, high = (
            (momentum, high)
            if sum(hypot(share * momentum, m) for m, share in zip(masses, SHARES, strict=True)) < total
            else (low, momentum)
        )
    tracks = []
    for mass, share, turn in zip(masses, SHARES, (10, 125, 255), strict=True):
        angle = np.radians(turn)
        flight = share * momentum * np.array([np.cos(angle), np.sin(angle), 0.01])
        for charge, p in zip((1, -1), pair_of(flight, mass, MUON_MASS), strict=True):
            tracks.append(muon_cm(*polar(p), charge))
    return Event(tracks)


@pytest.mark.parametrize(
    ("channel", "region", "cut", "event"),
    [
        ("dark_photon_visible", "mumu", None, photon_and_pair(2.0, muon_cm, MUON_MASS, 0)),
        ("dark_photon_visible", "mumu", "leptons", passing("dark_photon_visible")),
        ("dark_photon_visible", "ee", "leptons", photon_and_pair(2.0, muon_cm, MUON_MASS, 0)),
        (
            "dark_photon_visible",
            "ee",
            "one_photon",
            changed("dark_photon_visible", lambda e: e.photons.append(photon_cm(0.3, 60, 200))),
        ),
        (
            "dark_photon_visible",
            "ee",
            "balance",
            changed("dark_photon_visible", lambda e: e.photons.__setitem__(0, photon_cm(4.0, 80, 20))),
        ),
        (
            "dark_photon_visible",
            "ee",
            "prompt",
            changed("dark_photon_visible", lambda e: e.vertices.append(vertex_of(e.tracks, 2.0, 0))),
        ),
        (
            "muonic_dark_force",
            "signal",
            "four_tracks",
            changed("muonic_dark_force", lambda e: e.tracks.pop()),
        ),
        (
            "muonic_dark_force",
            "signal",
            "same_sign_muons",
            changed("muonic_dark_force", lambda e: e.tracks[0].update(muon_id=0.1)),
        ),
        (
            "muonic_dark_force",
            "signal",
            "no_extra_energy",
            changed("muonic_dark_force", lambda e: e.photons.append(photon_cm(0.4, 60, 200))),
        ),
        (
            "muonic_dark_force",
            "signal",
            "total_mass",
            changed("muonic_dark_force", lambda e: e.tracks.__setitem__(0, muon_cm(1.0, 90, 0, 1))),
        ),
        ("alp_three_photon", "resolved", None, passing("alp_three_photon")),
        ("alp_three_photon", "merged", "photons", passing("alp_three_photon")),
        ("alp_three_photon", "merged", None, Event(photons=[photon_cm(S / 2, 80, 0), photon_cm(S / 2, 100, 180)])),
        ("alp_three_photon", "merged", "topology", Event(photons=[photon_cm(S / 2, 80, 0), photon_cm(3, 100, 180)])),
        (
            "alp_three_photon",
            "resolved",
            "no_track",
            changed("alp_three_photon", lambda e: e.tracks.append(muon_cm(1, 80, 30, 1))),
        ),
        (
            "alp_three_photon",
            "resolved",
            "total_mass",
            Event(photons=[photon_cm(2.0, 90, 120 * place) for place in range(3)]),
        ),
        ("alp_three_photon", "displaced", "topology", Event(photons=[photon_cm(4.5, 80, 20)])),
        (
            "alp_three_photon",
            "displaced",
            None,
            Event(photons=[photon_cm(4.5, 90, 0)], klm=[{"theta": 1.19, "phi": 3.1}]),
        ),
        (
            "upsilon_invisible",
            "signal",
            "pions",
            changed("upsilon_invisible", lambda e: e.tracks[0].update(muon_id=1.0)),
        ),
        (
            "upsilon_invisible",
            "signal",
            "pair_mass",
            Event([pion_cm(0.5, 90, 0, 1), pion_cm(0.5, 90, 180, -1)]),
        ),
        (
            "upsilon_invisible",
            "signal",
            "no_extra_energy",
            changed("upsilon_invisible", lambda e: e.photons.append(photon_cm(0.5, 60, 200))),
        ),
        ("upsilon_invisible", "signal", "pair_angle", Event([pion_cm(0.5, 20, 0, 1), pion_cm(0.4, 60, 180, -1)])),
        ("dark_higgsstrahlung", "invisible", None, passing("dark_higgsstrahlung")),
        ("dark_higgsstrahlung", "visible", "tracks", passing("dark_higgsstrahlung")),
        ("dark_higgsstrahlung", "visible", None, six_tracks((1.0, 1.0, 1.1))),
        ("dark_higgsstrahlung", "visible", "equal_masses", six_tracks((1.0, 1.0, 2.0))),
        ("dark_higgsstrahlung", "visible", "total_mass", six_tracks((1.0, 1.0, 1.0), 9.5)),
        ("long_lived", "kaon_near", None, b_decay(1.0, 1.0)),
        ("long_lived", "kaon_middle", None, b_decay(1.0, 5.0)),
        ("long_lived", "kaon_middle", "radius", b_decay(1.0, 1.0)),
        ("long_lived", "kaon_near", "topology", changed("long_lived", lambda e: e.tracks[0].update(kaon_id=0.1))),
        ("long_lived", "inclusive_near", None, changed("long_lived", lambda e: e.tracks[0].update(kaon_id=0.1))),
        ("long_lived", "missing_near", None, changed("long_lived", lambda e: e.tracks[0].update(d0=5.0))),
        ("long_lived", "kaon_near", "vertex", changed("long_lived", lambda e: e.vertices[0].update(probability=0.0))),
        ("magnetic_monopole", "lightly_ionising", "ionisation", passing("magnetic_monopole")),
        (
            "magnetic_monopole",
            "highly_ionising",
            "bent_along_field",
            changed("magnetic_monopole", lambda e: e.tracks[0].update(bending_rz=-0.01)),
        ),
        (
            "control",
            "radiative_muons",
            "kinematics",
            Event([muon_cm(3.0, 80, 0, 1), muon_cm(1.5, 80, 130, -1)]),
        ),
        ("control", "bhabha", None, Event([electron_cm(S / 2, 80, 0, -1), electron_cm(S / 2, 100, 180, 1)])),
        ("control", "bhabha", "kinematics", Event([electron_cm(S / 2, 80, 0, -1), electron_cm(1.0, 100, 180, 1)])),
        ("control", "gamma_gamma", None, Event(photons=[photon_cm(S / 2, 80, 0), photon_cm(S / 2, 100, 180)])),
        ("control", "j_psi", "kinematics", passing("control")),
        ("control", "j_psi", None, photon_and_pair(3.097, muon_cm, MUON_MASS, 0)),
    ],
)
def test_each_cut_removes_the_event_built_to_fail_it(
    tmp_path: Path, channel: str, region: str, cut: str | None, event: Event
) -> None:
    assert failed_at(tmp_path, channel, event, region) == cut


def test_the_masses_of_a_visible_dark_photon(tmp_path: Path) -> None:
    electrons = select(tmp_path, "dark_photon_visible", photon_and_pair(2.0, electron_cm, ELECTRON_MASS, 40))
    assert electrons.values["pair_mass"] == pytest.approx([2.0], abs=1e-4)
    muons = select(tmp_path, "dark_photon_visible", photon_and_pair(2.0, muon_cm, MUON_MASS, 40))
    assert muons.values["reduced_mass"] == pytest.approx([sqrt(4 - 4 * MUON_MASS**2)], abs=1e-4)
    assert muons.values["helicity"] == pytest.approx([0.0], abs=1e-3)


def test_all_four_pairs_of_four_muons_count(tmp_path: Path) -> None:
    # Momenta p in a cross, + at 0 and 90, - at 180 and 270 degrees: pairs 180, 90 (twice) and 180 degrees apart.
    energy, p2 = S / 4, (S / 4) ** 2 - MUON_MASS**2
    opposite, square = 2 * energy, sqrt(4 * energy**2 - 2 * p2)
    expected = sorted(sqrt(m**2 - 4 * MUON_MASS**2) for m in (opposite, square, square, opposite))
    found = select(tmp_path, "muonic_dark_force", four_muons())
    assert sorted(found.values["reduced_mass"]) == pytest.approx(expected, abs=1e-3)
    assert found.event.tolist() == [0, 0, 0, 0]


def test_the_masses_of_three_photons(tmp_path: Path) -> None:
    # m^2 of a pair is s - 2 sqrt(s) E of the third: all equal to s / 3 here, and so is what recoils against one.
    found = select(tmp_path, "alp_three_photon", passing("alp_three_photon"))
    assert found.values["diphoton_mass_squared"] == pytest.approx([S**2 / 3] * 3, abs=1e-3)
    assert found.values["recoil_mass_squared"] == pytest.approx([S**2 / 3] * 3, abs=1e-3)


def test_what_recoils_against_two_pions(tmp_path: Path) -> None:
    energy, momentum = 2 * hypot(0.5, PION_MASS), 2 * 0.5 * np.cos(np.radians(55))
    found = select(tmp_path, "upsilon_invisible", passing("upsilon_invisible"))
    assert found.values["recoil_mass"] == pytest.approx([sqrt((S - energy) ** 2 - momentum**2)], abs=1e-4)


def test_three_pairs_are_those_of_most_equal_masses(tmp_path: Path) -> None:
    found = select(tmp_path, "dark_higgsstrahlung", six_tracks((1.0, 1.1, 1.2)))
    assert found.values["mean_pair_mass"] == pytest.approx([1.1], abs=1e-3)
    assert found.values["spread"] == pytest.approx([0.2], abs=1e-3)


@pytest.mark.parametrize(("mass", "vetoed"), [(0.4976, True), (0.6, False)])
def test_pairs_at_the_kaon_shorts_mass_are_left_out(tmp_path: Path, mass: float, vetoed: bool) -> None:
    # S -> pi pi, so that its mass is the one that the veto looks at.
    event = b_decay(1.0, 1.0)
    flight = np.array([1.0, 2.0, 0.3])
    pions = [
        pion_cm(*polar(p), q) | {"d0": 1.0} for p, q in zip(pair_of(flight, mass, PION_MASS), (1, -1), strict=True)
    ]
    event.tracks[1:] = pions
    event.vertices = [vertex_of(pions, 1.0)]
    found = select(tmp_path, "long_lived", event)
    assert found.values["displaced_mass"] == pytest.approx([mass], abs=1e-3)
    assert found.cuts["no_kaon_short@kaon_near"].tolist() == [not vetoed]


@pytest.mark.parametrize("seen", [True, False])
def test_a_photon_is_predicted_by_two_muons_and_found_or_not(tmp_path: Path, seen: bool) -> None:
    event = passing("control")
    event.photons = [photon_cm(0.98 * (S**2 - 4) / (2 * S), 80, 21)] if seen else []
    found = select(tmp_path, "control", event)
    row = found.cuts["kinematics@radiative_muons"]
    assert found.values["found"][row].tolist() == [float(seen)]
    if seen:
        assert found.values["energy_ratio"][row] == pytest.approx([0.98], abs=0.01)
