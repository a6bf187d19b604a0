from math import cos, radians, sin, sqrt
from pathlib import Path

import numpy as np
import pytest
from darkbelle.processors.chunk_events import ChunkEvents
from darkbelle.processors.momenta import MUON_MASS
from darkbelle.processors.zprime_invisible import ZprimeInvisible
from handmade_events import BEAMS, Event, Record, muon_cm, open_native, photon, write_native


def pair(opening: float = 130.0) -> list[Record]:
    return [muon_cm(3.0, 80, 0, 1), muon_cm(1.5, 80, opening, -1)]


def counts(path: Path, events: list[Event], region: str = "signal") -> list[int]:
    raw = ZprimeInvisible().process(open_native(write_native(path / "events.root", events)))["cutflow_raw"]
    return [int(value) for value in raw["s", region, "nominal", :].values()]


def value(path: Path, tracks: list[Record], name: str, variation: str = "nominal") -> float:
    events = ChunkEvents(open_native(write_native(path / "pair.root", [Event(tracks)])))
    return float(ZprimeInvisible().selected(events, variation).values[name][0])


def recoil_angles(tracks: list[Record]) -> tuple[float, float]:
    px, py, pz = (BEAMS.total[i + 1] - sum(t[f"p{axis}"] for t in tracks) for i, axis in enumerate("xyz"))
    return float(np.degrees(np.arctan2(np.hypot(px, py), pz))), float(np.degrees(np.arctan2(py, px)))


def test_the_recoil_mass_of_a_known_pair(tmp_path: Path) -> None:
    # Muons of 3 and 1.5 GeV, perpendicular in the CM frame: |p_recoil|^2 = 9 + 2.25 = 11.25 GeV^2, and
    # E_recoil = sqrt(s) - sqrt(9 + m^2) - sqrt(2.25 + m^2).
    tracks = [muon_cm(3.0, 90, 0, 1), muon_cm(1.5, 90, 90, -1)]
    energy = BEAMS.sqrt_s - sqrt(9 + MUON_MASS**2) - sqrt(2.25 + MUON_MASS**2)
    expected = sqrt(energy**2 - 11.25)
    assert value(tmp_path, tracks, "recoil_mass") == pytest.approx(expected, abs=1e-5)  # momenta are float32


def test_a_negative_recoil_mass_squared_gives_a_negative_mass(tmp_path: Path) -> None:
    # Two muons of 5.4 GeV at 150 degrees: energy left about -0.22 GeV, momentum left 2 * 5.4 * cos(75 deg) = 2.80 GeV.
    tracks = [muon_cm(5.4, 90, 0, 1), muon_cm(5.4, 90, 150, -1)]
    assert value(tmp_path, tracks, "recoil_mass") == pytest.approx(-2.79, abs=0.01)


def test_the_signal_event_passes_every_cut(tmp_path: Path) -> None:
    assert counts(tmp_path, [Event(pair())]) == [1] * 10


@pytest.mark.parametrize(
    ("cut", "event"),
    [
        ("trigger", Event(pair(), silent=("ffo",))),
        ("two_tracks", Event(pair()[:1])),
        ("two_tracks", Event([*pair(), muon_cm(1.0, 60, 200, 1)])),
        ("two_tracks", Event([each | {"charge": 1} for each in pair()])),
        ("two_tracks", Event([pair()[0] | {"d0": 2.5}, pair()[1]])),
        ("leptons", Event([pair()[0] | {"muon_id": 0.5}, pair()[1]])),
        # Both muons forward: the recoil goes backward, outside the barrel.
        ("recoil_in_barrel", Event([muon_cm(3.0, 30, 0, 1), muon_cm(3.0, 30, 180, -1)])),
        ("no_photon_in_cone", Event(pair(), [photon(0.2, *recoil_angles(pair()))])),
        ("no_extra_energy", Event(pair(), [photon(0.25, 30, 10), photon(0.2, 120, 40)])),
        # pT* = 2 * 3 sin(80 deg) * cos(86 deg) = 0.41 GeV, at a recoil mass of 4.4 GeV below 1 - 0.08 * 4.4 = 0.65.
        ("pair_pt", Event([muon_cm(3.0, 80, 0, 1), muon_cm(3.0, 80, 172, -1)])),
        # The recoil lies along the faster muon's line: it has no momentum across it.
        ("across_faster", Event([muon_cm(3.0, 80, 0, 1), muon_cm(1.0, 100, 180, -1)])),
    ],
)
def test_each_cut_removes_the_event_built_to_fail_it(tmp_path: Path, cut: str, event: Event) -> None:
    before = ZprimeInvisible.cuts.index(cut)
    assert counts(tmp_path, [event]) == [1] * before + [0] * (10 - before)


def test_the_control_region_leaves_out_the_tau_suppression_only(tmp_path: Path) -> None:
    events = [Event([muon_cm(3.0, 80, 0, 1), muon_cm(1.0, 100, 180, -1)]), Event(pair(), silent=("ffo",))]
    assert counts(tmp_path, events, "before_tau_suppression") == [2] + [1] * 9


def test_harmless_extras_do_not_veto(tmp_path: Path) -> None:
    soft, late = photon(0.05, 100, 200), photon(3.0, 100, 200, time=500.0)
    far_track = muon_cm(1.0, 60, 200, 1) | {"z0": 20.0}
    assert counts(tmp_path, [Event([*pair(), far_track], [soft, late])]) == [1] * 10


def test_the_momentum_scale_moves_the_recoil_mass_both_ways(tmp_path: Path) -> None:
    up, nominal, down = (
        value(tmp_path, pair(), "recoil_mass", each) for each in ("momentum_scale_up", "nominal", "momentum_scale_down")
    )
    assert up < nominal < down


def test_the_recoil_along_and_across_each_muon(tmp_path: Path) -> None:
    # Transverse momenta a = 3 sin 80 at 0 and b = 1.5 sin 80 at 130 degrees: the recoil's is -(a + b), across the
    # faster one it has b sin 130, across the slower one a sin 130; along the faster one -(a + b cos 130).
    a, b, turn = 3.0 * sin(radians(80)), 1.5 * sin(radians(80)), radians(130)
    expected = {
        "across_faster": b * sin(turn),
        "across_slower": a * sin(turn),
        "along_faster": -(a + b * cos(turn)),
        "along_slower": -(b + a * cos(turn)),
        "pair_pt": sqrt(a**2 + b**2 + 2 * a * b * cos(turn)),
    }
    for name, size in expected.items():
        assert value(tmp_path, pair(), name) == pytest.approx(size, abs=1e-4)
