from pathlib import Path

import numpy as np
import pytest
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.dark_photon_invisible import DarkPhotonInvisible
from handmade_events import BEAMS, Event, Record, muon_cm, open_native, photon, photon_cm, write_native


def cluster_behind(photon: Record) -> Record:
    """Make a KLM cluster where the missing momentum points."""
    px, py, pz = (BEAMS.total[i + 1] - photon[f"p{axis}"] for i, axis in enumerate("xyz"))
    return {"theta": float(np.arctan2(np.hypot(px, py), pz)), "phi": float(np.arctan2(py, px)), "layers": 5}


BY_CUTS = DarkPhotonInvisible(classifier=None)
GOOD = photon_cm(4.5, 80, 20)


def counts(path: Path, event: Event, region: str) -> list[int]:
    raw = BY_CUTS.process(open_native(write_native(path / "events.root", [event])))["cutflow_raw"]
    return [int(value) for value in raw["s", region, "nominal", :].values()]


def _missing(path: Path) -> float:
    found = BY_CUTS.selected(ChunkEvents(open_native(path)))
    return float(found.values["missing_mass_squared"][0])


@pytest.mark.parametrize("energy", [2.5, 4.5, BEAMS.sqrt_s / 2])
def test_the_missing_mass_of_a_photon_of_known_energy(tmp_path: Path, energy: float) -> None:
    # M_X^2 = s - 2 sqrt(s) E*: zero for a photon of half the energy.
    path = write_native(tmp_path / "p.root", [Event(photons=[photon_cm(energy, 70, 130)])])
    expected = BEAMS.sqrt_s**2 - 2 * BEAMS.sqrt_s * energy
    assert _missing(path) == pytest.approx(expected, abs=1e-4)


def test_a_photon_alone_passes_in_the_region_of_its_missing_mass(tmp_path: Path) -> None:
    # s = 111.9 GeV^2. E* = 4.5: M_X^2 = 16.7; E* = 2.5: 59.0; E* = 4.0: 27.3, which both regions have.
    low, high = ([1] * 9, [1] * 5 + [0] * 4)
    assert counts(tmp_path, Event(photons=[GOOD]), "low_mass") == low
    assert counts(tmp_path, Event(photons=[GOOD]), "high_mass") == high
    assert counts(tmp_path, Event(photons=[photon_cm(2.5, 80, 20)]), "high_mass") == low
    assert counts(tmp_path, Event(photons=[photon_cm(2.5, 80, 20)]), "low_mass") == high
    assert counts(tmp_path, Event(photons=[photon_cm(4.0, 80, 20)]), "low_mass") == low
    assert counts(tmp_path, Event(photons=[photon_cm(4.0, 80, 20)]), "high_mass") == low


@pytest.mark.parametrize(
    ("cut", "event"),
    [
        ("trigger", Event(photons=[GOOD], silent=("lml1",))),
        ("no_track", Event([muon_cm(1.0, 60, 200, 1)], [GOOD])),
        ("photon_in_barrel", Event(photons=[photon(6.0, 25, 20)])),
        ("photon_in_barrel", Event()),
        ("photon_angle", Event(photons=[photon_cm(4.5, 128, 20)])),  # |cos theta*| = 0.616 beyond 0.6, lab 112 degrees
        ("mass_range", Event(photons=[photon_cm(3.0, 80, 20)])),  # 111.9 - 21.16 * 3 = 48.5 GeV^2
        ("no_second_cluster", Event(photons=[GOOD, photon(0.2, 60, 200)])),
        ("quiet_muon_system", Event(photons=[GOOD], klm=[cluster_behind(GOOD)])),
    ],
)
def test_each_cut_removes_the_event_built_to_fail_it(tmp_path: Path, cut: str, event: Event) -> None:
    before = DarkPhotonInvisible.cuts.index(cut)
    assert counts(tmp_path, event, "low_mass") == [1] * before + [0] * (9 - before)


def test_each_region_asks_for_its_own_trigger_line(tmp_path: Path) -> None:
    event = Event(photons=[photon_cm(4.0, 80, 20)], silent=("lml6",))
    assert counts(tmp_path, event, "low_mass")[-1] == 1
    assert counts(tmp_path, event, "high_mass")[1] == 0


def test_harmless_extras_do_not_veto(tmp_path: Path) -> None:
    soft, late = photon(0.1, 60, 200), photon(6.0, 60, 200, time=-500.0)
    beside = {"theta": 1.4, "phi": 0.35, "layers": 3}  # at the photon's own direction, far from what is missing
    assert counts(tmp_path, Event(photons=[soft, GOOD, late], klm=[beside]), "low_mass") == [1] * 9


def test_the_angle_narrows_towards_low_energies(tmp_path: Path) -> None:
    # cos 60 deg = 0.5: inside 0.6 at E* = 4.5 GeV, outside 0.45 at E* = 2.05 GeV (M_X^2 = 68.6).
    assert counts(tmp_path, Event(photons=[photon_cm(4.5, 60, 20)]), "low_mass") == [1] * 9
    assert counts(tmp_path, Event(photons=[photon_cm(2.05, 60, 20)]), "high_mass") == [1] * 4 + [0] * 5
