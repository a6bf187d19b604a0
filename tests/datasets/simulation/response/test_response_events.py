"""Whole events through the detector: nothing undefined, counts consistent, invisible particles unseen."""

from collections.abc import Mapping

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.event_model import COLLECTIONS
from darkbelle.datasets.simulation.generated import GeneratedEvents, prompt_events
from darkbelle.datasets.simulation.response.detector import Detector, detect
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MASSES: Mapping[int, float] = {11: 0.000511, 13: 0.10566, 22: 0.0, 211: 0.13957, 321: 0.49368, 2212: 0.93827}
KINDS = [11, -11, 13, -13, 22, 211, -211, 321, 2212, 12, -14, 16, 130, 2112, 310, -3122, 111, 99666, 9000022, 32, 0]


def generated(pdg: list[list[int]], momenta: list[list[tuple[float, float, float]]]) -> GeneratedEvents:
    codes = np.array(pdg, dtype=np.int32).reshape(len(pdg), -1)
    three = np.array(momenta, dtype=np.float64).reshape(*codes.shape, 3)
    mass = np.vectorize(lambda code: MASSES.get(abs(code), 0.5))(codes)
    energy = np.sqrt((three**2).sum(axis=-1) + mass**2)
    return prompt_events(codes, np.concatenate([energy[..., np.newaxis], three], axis=-1))


component = st.floats(-5.0, 5.0, allow_nan=False, width=32)
event = st.lists(st.tuples(st.sampled_from(KINDS), st.tuples(component, component, component)), min_size=4, max_size=4)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(events=st.lists(event, min_size=1, max_size=6), seed=st.integers(0, 2**32))
def test_any_event_gives_defined_and_consistent_records(
    detector: Detector, events: list[list[tuple[int, tuple[float, float, float]]]], seed: int
) -> None:
    truth = generated([[p for p, _ in e] for e in events], [[m for _, m in e] for e in events])
    found = detect(truth, detector, np.random.default_rng(seed))
    assert len(found) == len(events)
    for each in (each for each in COLLECTIONS if not each.name or each.name in found.fields):
        for field in (field for field in each.fields if not each.name or field.name in found[each.name].fields):
            if not each.name and field.optional:
                continue
            values = ak.flatten(found[each.name][field.name] if each.name else found[field.name], axis=None)
            assert np.isfinite(ak.to_numpy(values)).all(), (each.name, field.name)
            assert ak.to_numpy(values).dtype == field.dtype
    assert ak.all(found.photons.energy > 0)
    assert ak.all(found.tracks.cluster_energy >= 0)
    assert ak.all((found.klm.layers >= 1) & (found.klm.layers <= 14))
    assert ak.all(found.klm.track < ak.num(found.tracks))
    for name in ("photons", "tracks", "klm"):
        assert ak.all(found[name].truth < ak.num(found.truth))
    charged = np.isin(np.abs(truth.pdg), [11, 13, 211, 321, 2212, 99666]).sum(axis=1)
    # Photons convert, K_S, Lambda and pi0 decay: two tracks of a photon, eight of what decays to four photons.
    most = 2 * (truth.pdg == 22).sum(axis=1) + 8 * np.isin(np.abs(truth.pdg), [310, 3122, 111]).sum(axis=1)
    assert ak.all(ak.num(found.tracks) <= charged + most)
    assert ak.all(found.tracks.charge[found.vertices["first"]] == 1)
    assert ak.all(found.tracks.charge[found.vertices.second] == -1)
    assert ak.num(found.truth).to_list() == (truth.pdg != 0).sum(axis=1).tolist()


def back_to_back(pdg: int, number: int, momentum: float = 5.0) -> GeneratedEvents:
    """Give pairs of particle and antiparticle in the CM frame, at 90 degrees."""
    return generated([[pdg, -pdg if pdg != 22 else 22]] * number, [[(momentum, 0, 0), (-momentum, 0, 0)]] * number)


@pytest.mark.parametrize("pdg", [12, 14, 16, 9000022, 32])
def test_invisible_particles_leave_nothing(detector: Detector, pdg: int) -> None:
    found = detect(back_to_back(pdg, 500), detector, np.random.default_rng(1))
    assert ak.sum(ak.num(found.tracks)) == 0
    assert ak.sum(ak.num(found.klm)) == 0
    assert ak.all(found.photons.truth == -1)
    assert ak.all(ak.num(found.truth) == 2)


def test_muon_pairs_point_back_to_their_truth(detector: Detector) -> None:
    found = detect(back_to_back(13, 2000, 5.2), detector, np.random.default_rng(2))
    tracks = found.tracks
    truth = found.truth[tracks.truth]
    assert ak.all((truth.pdg == 13) == (tracks.charge == -1))
    assert np.median(ak.flatten(np.abs(tracks.px / truth.px - 1))) < 0.01
    assert float(ak.mean(ak.num(tracks))) == pytest.approx(2 * 0.985, abs=0.01)
    assert float(ak.mean(tracks.cluster_energy)) == pytest.approx(0.2, abs=0.01)
    linked = found.klm[found.klm.track >= 0]
    assert ak.all(tracks[linked.track].truth == linked.truth)
    assert float(ak.mean(found.trigger.ffo)) == pytest.approx(0.985**2 * 0.81, abs=0.03)


def test_electron_energy_is_in_cluster_or_radiated_photon(detector: Detector) -> None:
    found = detect(back_to_back(11, 1000, 5.29), detector, np.random.default_rng(3))
    seen = ak.sum(found.tracks.cluster_energy, axis=1) + ak.sum(found.photons.energy, axis=1)
    assert float(np.median(seen)) == pytest.approx(11.0, rel=0.02)
    assert float(ak.mean(found.trigger.bha3d)) > 0.8
    assert not ak.any(found.trigger.ffo & found.trigger.bha3d)


def test_beam_energy_spread_scales_whole_events(detector: Detector) -> None:
    """The four-momentum of all particles stays that of a pair with sqrt(s) spread by 5.4 MeV."""
    found = detect(back_to_back(22, 20_000, 5.289589), detector, np.random.default_rng(4))
    total = [ak.to_numpy(ak.sum(ak.values_astype(found.truth[c], float), axis=1)) for c in ("energy", "px", "py", "pz")]
    mass = np.sqrt(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2)
    assert np.mean(mass) == pytest.approx(10.579179, abs=2e-4)
    assert np.std(mass) == pytest.approx(0.0054, rel=0.03)
    assert np.std(total[1] / total[0]) < 1e-6


def test_mothers_are_indices_among_the_filled_slots(detector: Detector) -> None:
    """Slots: pi0 (decayed), empty, two photons of it."""
    events = generated([[111, 0, 22, 22]] * 3, [[(1.0, 0, 0), (0, 0, 0), (0.5, 0, 0), (0.5, 0, 0)]] * 3)
    events.status[:, 0] = 2
    events.mothers[:, 2:] = 0
    found = detect(events, detector, np.random.default_rng(5), first_event=70)
    assert found.truth.pdg.to_list() == [[111, 22, 22]] * 3
    assert found.truth.mother.to_list() == [[-1, 0, 0]] * 3
    assert found.truth.status.to_list() == [[2, 1, 1]] * 3
    assert found.event.to_list() == [70, 71, 72]


def test_same_stream_gives_same_events(detector: Detector) -> None:
    one, two = (detect(back_to_back(11, 200), detector, np.random.default_rng(6)) for _ in range(2))
    assert ak.array_equal(one, two)


def test_no_events_give_no_records(detector: Detector) -> None:
    found = detect(back_to_back(13, 1), detector, np.random.default_rng(7))
    none = prompt_events(np.zeros((0, 2), dtype=np.int32), np.zeros((0, 2, 4)))
    empty = detect(none, detector, np.random.default_rng(7))
    assert len(empty) == 0
    assert empty.fields == found.fields
