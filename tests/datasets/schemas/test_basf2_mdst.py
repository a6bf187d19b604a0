"""mdst and udst as basf2 wrote them: what comes out agrees with the simulation's truth and with basf2's definitions."""

from collections.abc import Iterator
from pathlib import Path

import awkward as ak
import numpy as np
import pytest
import uproot
from darkbelle.datasets.chunk import FileSurvey
from darkbelle.datasets.schemas.mdst_helix import RADIUS_OF_MOMENTUM, Helix
from darkbelle.datasets.survey import SurveyError
from input_files import chunk_of, chunks, survey

PION = 211


@pytest.fixture(scope="module")
def found(real_inputs: Path) -> FileSurvey:
    """Survey 100 simulated BBbar events of release 5."""
    found: FileSurvey = survey(real_inputs / "mdst_bbbar_r05.root")
    return found


@pytest.fixture(scope="module")
def events(found: FileSurvey) -> Iterator[ak.Array]:
    """Open them."""
    with chunk_of(found) as opened:
        yield opened


def numbers(array: ak.Array) -> np.ndarray:
    """Give a jagged array's values in a row, without missing ones."""
    return np.asarray(ak.drop_none(ak.flatten(array, axis=None))).astype(float)


def test_counts_are_those_of_the_files(real_inputs: Path, found: FileSurvey) -> None:
    assert (found.schema, found.entries, found.events, found.generated) == ("basf2-mdst", 100, 100, 100.0)
    assert found.warnings == ()
    eight = survey(real_inputs / "mdst_v08.root")
    assert (eight.entries, eight.generated, eight.warnings) == (10, 10.0, ())
    udst = survey(real_inputs / "udst_v05.root")
    assert (udst.entries, udst.generated) == (1, 10.0)  # a skim: one of ten events is left
    assert "only releases 5 and 8 were compared with" in udst.warnings[0]  # its release is a commit
    assert found.fields | {"production"} == eight.fields == udst.fields  # whatever the release


def test_clusters_are_photons_when_they_are_of_that_hypothesis_and_no_track_points_to_them(
    real_inputs: Path, events: ak.Array
) -> None:
    with uproot.open(f"{real_inputs}/mdst_bbbar_r05.root:tree") as tree:
        bits = tree["ECLClusters/ECLClusters.m_hypotheses"].array()
        matched = tree["ECLClusters/ECLClusters.m_isTrack"].array()
        log = tree["ECLClusters/ECLClusters.m_logEnergy"].array()
    assert ak.count(bits) == 2742
    chosen = ((bits & 0x10) != 0) & ~matched
    assert ak.num(events.photons).to_list() == ak.sum(chosen, axis=1).to_list()
    np.testing.assert_allclose(numbers(events.photons.energy), np.exp(numbers(log[chosen])), rtol=1e-6)


def test_photons_have_the_energy_and_direction_of_the_generated_ones(events: ak.Array) -> None:
    photons = events.photons[(events.photons.truth >= 0) & (events.photons.energy > 0.2)]
    true = events.truth[photons.truth]
    kept = true.pdg == 22
    ratio = numbers((photons.energy / true.energy)[kept])
    cosine = (photons.px * true.px + photons.py * true.py + photons.pz * true.pz) / (photons.energy * true.energy)
    angle = np.degrees(np.arccos(np.clip(numbers(cosine[kept]), -1.0, 1.0)))
    assert len(ratio) > 300
    assert np.median(ratio) == pytest.approx(1.0, abs=0.03)
    assert np.median(angle) < 0.6  # a crystal covers 2.5 degrees
    assert numbers(events.photons.time).std() < 200.0


def test_photon_pairs_show_the_neutral_pion(events: ak.Array) -> None:
    photons = events.photons[(events.photons.energy > 0.1) & (events.photons.e9_over_e21 > 0.9)]
    one, other = ak.unzip(ak.combinations(photons, 2))
    total = {name: one[name] + other[name] for name in ("energy", "px", "py", "pz")}
    mass = np.sqrt(abs(total["energy"] ** 2 - total["px"] ** 2 - total["py"] ** 2 - total["pz"] ** 2))
    values, edges = np.histogram(numbers(mass), bins=np.arange(0.0, 0.3, 0.01))
    peak = edges[np.argmax(values)]
    assert 0.115 < peak < 0.14
    side = 0.5 * (values[(edges[:-1] > 0.085) & (edges[:-1] < 0.105)].mean() + values[15:18].mean())
    assert values[12:14].mean() > 1.3 * side
    both = (one.truth >= 0) & (other.truth >= 0)
    one, other, mass = one[both], other[both], mass[both]
    mothers = events.truth[one.truth].mother, events.truth[other.truth].mother
    pair = (mothers[0] == mothers[1]) & (one.truth != other.truth) & (events.truth[one.truth].pdg == 22)
    pair = pair & (events.truth[ak.where(mothers[0] < 0, 0, mothers[0])].pdg == 111)
    assert ak.sum(pair) > 100
    assert np.median(numbers(mass[pair])) == pytest.approx(0.13498, rel=0.05)  # GeV, PDG; leakage lowers it


@pytest.mark.parametrize("file", ["mdst_bbbar_r05.root", "mdst_v08.root"])
def test_momenta_of_matched_tracks_have_pulls_near_one(real_inputs: Path, file: str) -> None:
    with chunk_of(survey(real_inputs / file)) as events, uproot.open(f"{real_inputs / file}:tree") as tree:
        tracks = events.tracks
        true = events.truth[ak.mask(tracks.truth, tracks.truth >= 0)]
        fit = tree["Tracks/Tracks.m_trackFitIndices[6]"].array()[:, :, 2]  # as a pion
        covariance = tree["TrackFitResults/TrackFitResults.m_cov5[15]"].array()[ak.mask(fit, fit >= 0)]
        good = (true.status > 0) & (abs(true.pdg) == PION) & (abs(tracks.d0) < 0.5) & (fit >= 0)
        good = ak.fill_none(good & (np.sign(true.pdg) == tracks.charge), value=False)
        omega = 1.0 / (RADIUS_OF_MOMENTUM * np.hypot(tracks.px, tracks.py))
        expected = 1.0 / (RADIUS_OF_MOMENTUM * np.hypot(true.px, true.py))
        slope, expected_slope = tracks.pz / np.hypot(tracks.px, tracks.py), true.pz / np.hypot(true.px, true.py)
        for difference, variance in ((omega - expected, 9), (slope - expected_slope, 14)):
            pull = numbers((difference / np.sqrt(covariance[:, :, variance]))[good])
            low, middle, high = np.percentile(pull, [16, 50, 84])
            assert len(pull) > 60
            assert abs(middle) < 0.35
            assert 0.7 < (high - low) / 2 < 1.4


def test_momenta_are_those_of_the_particles_that_basf2_made(real_inputs: Path) -> None:
    file = real_inputs / "udst_v05.root"
    with uproot.open(f"{file}:tree") as tree:
        names = ("px", "py", "pz", "mdstIndex", "particleSource", "pdgCodeUsedForFit")
        made = {name: ak.to_numpy(tree[f"Particles/Particles.m_{name}"].array()[0]) for name in names}
    with chunk_of(survey(file)) as events:
        tracks = (made["particleSource"] == 1) & (abs(made["pdgCodeUsedForFit"]) == PION)
        assert tracks.sum() == 5
        for axis in ("px", "py", "pz"):
            ours = ak.to_numpy(events.tracks[axis][0])[made["mdstIndex"][tracks]]
            np.testing.assert_allclose(ours, made[axis][tracks], rtol=5e-5)
        (photon,) = np.flatnonzero(made["particleSource"] == 2)
        distance = sum((ak.to_numpy(events.photons[axis][0]) - made[axis][photon]) ** 2 for axis in ("px", "py", "pz"))
        assert np.sqrt(distance.min()) < 2e-5  # GeV; basf2 starts it where the beams meet, 7 micrometres away


def test_likelihood_ratios_tell_particles_apart(events: ak.Array) -> None:
    tracks = events.tracks
    true = events.truth[ak.mask(tracks.truth, tracks.truth >= 0)]
    ids = ("electron_id", "muon_id", "pion_id", "kaon_id", "proton_id")
    for name, pdg in zip(ids, (11, 13, 211, 321, 2212), strict=True):
        own = tracks[ak.fill_none((abs(true.pdg) == pdg) & (true.status > 0), value=False)]
        means = {each: np.nanmean(numbers(own[each])) for each in ids}
        assert max(means, key=lambda each: means[each]) == name
        assert means[name] > 0.6
    total = sum(numbers(tracks[name]) for name in ids)
    assert np.nanmax(total) <= 1.0 + 1e-6  # the sixth is the deuteron's


def test_electrons_leave_their_energy_in_the_calorimeter(events: ak.Array) -> None:
    tracks = events.tracks
    true = events.truth[ak.mask(tracks.truth, tracks.truth >= 0)]
    fast = np.sqrt(true.px**2 + true.py**2 + true.pz**2) > 0.8
    ratio = tracks.cluster_energy / np.sqrt(tracks.px**2 + tracks.py**2 + tracks.pz**2)
    electrons = numbers(ratio[ak.fill_none(fast & (abs(true.pdg) == 11), value=False)])
    muons = numbers(ratio[ak.fill_none(fast & (abs(true.pdg) == 13), value=False)])
    assert np.median(electrons) == pytest.approx(1.0, abs=0.1)
    assert np.median(muons) < 0.3


def test_clusters_of_the_muon_system_lie_beside_the_tracks_that_point_there(events: ak.Array) -> None:
    clusters = events.klm[events.klm.track >= 0]
    tracks = events.tracks[clusters.track]
    momentum = np.sqrt(tracks.px**2 + tracks.py**2 + tracks.pz**2)
    fast = momentum > 1.5
    angle = np.degrees(abs(clusters.theta - np.arccos(tracks.pz / momentum)))
    assert ak.sum(fast) > 10
    assert np.median(numbers(angle[fast])) < 10.0


def dipion_mass(vertices: ak.Array) -> ak.Array:
    """Give the mass in GeV of pairs as two pions."""
    momenta = [[vertices[f"{which}_p{axis}"] for axis in "xyz"] for which in ("first", "second")]
    energy = sum(np.sqrt(sum(p**2 for p in momentum) + 0.13957**2) for momentum in momenta)
    return np.sqrt(energy**2 - sum((a + b) ** 2 for a, b in zip(*momenta, strict=True)))


def test_neutral_kaons_decay_where_and_as_they_were_generated(events: ak.Array) -> None:
    vertices = events.vertices
    kaons = ak.fill_none(events.truth[ak.mask(vertices.truth, vertices.truth >= 0)].pdg == 310, value=False)
    mass = numbers(dipion_mass(vertices)[kaons])
    assert len(mass) > 35
    assert np.median(mass) == pytest.approx(0.497611, abs=0.001)  # GeV, PDG
    generated = events.truth[events.tracks.truth[vertices.first]]  # a pion begins where the kaon ends
    radius = np.hypot(vertices.x, vertices.y)
    pull = numbers(((radius - np.hypot(generated.vertex_x, generated.vertex_y)) / vertices.radius_error)[kaons])
    low, middle, high = np.percentile(pull, [16, 50, 84])
    assert abs(middle) < 0.5
    assert 0.7 < (high - low) / 2 < 1.8
    assert np.median(abs(numbers((vertices.z - generated.vertex_z)[kaons]))) < 0.05
    far = numbers(dipion_mass(vertices)[(radius > 1.0) & (radius > 5.0 * vertices.radius_error)])
    values, edges = np.histogram(far, bins=np.arange(0.3, 0.8, 0.01))
    assert edges[np.argmax(values)] == pytest.approx(0.49)  # the peak needs no truth
    assert ak.all(events.tracks[vertices.first].charge == 1)
    assert ak.all(events.tracks[vertices.second].charge == -1)


def test_most_pairs_of_one_decay_are_found(events: ak.Array) -> None:
    mother = events.truth[ak.mask(events.tracks.truth, events.tracks.truth >= 0)].mother
    charge = events.tracks.charge
    one, other = ak.unzip(ak.cartesian([mother[charge > 0], mother[charge < 0]]))
    same = ak.mask(one, ak.fill_none((one == other) & (one >= 0), value=False))
    total = ak.sum(ak.fill_none(events.truth[same].pdg == 310, value=False))
    vertices = events.vertices
    found = ak.sum(ak.fill_none(events.truth[ak.mask(vertices.truth, vertices.truth >= 0)].pdg == 310, value=False))
    assert found > 0.75 * total


def test_vertices_agree_with_the_fits_that_basf2_stores_from_release_8_on(real_inputs: Path) -> None:
    file = real_inputs / "mdst_v08.root"
    with chunk_of(survey(file)) as events, uproot.open(f"{file}:tree") as tree:
        stored = {
            name: tree[f"V0s/V0s.m_{member}"].array()
            for name, member in (
                ("first", "trackIndexPositive"),
                ("second", "trackIndexNegative"),
                ("x", "fittedVertexX"),
                ("y", "fittedVertexY"),
            )
        }
        compared = []
        for event in range(len(events)):
            own = {name: events.vertices[name][event] for name in ("first", "second", "x", "y", "radius_error")}
            for i in range(len(stored["x"][event])):
                match = (own["first"] == stored["first"][event][i]) & (own["second"] == stored["second"][event][i])
                for x, y, error in zip(*(own[name][match] for name in ("x", "y", "radius_error")), strict=True):
                    distance = np.hypot(x - stored["x"][event][i], y - stored["y"][event][i])
                    compared.append(distance / error)
        assert len(compared) > 8
        assert np.median(compared) < 0.5  # the same tracks went in: closer than their uncertainty


def test_truth_knows_mothers_and_what_the_detector_made(events: ak.Array) -> None:
    truth = events.truth
    assert ak.all(truth.mother < ak.num(truth.mother))
    assert ak.all(truth.pdg[:, 0] == 300553)
    assert ak.all(truth.mother[:, 0] == -1)
    assert ak.all(truth.status[truth.pdg == 511] == 2)
    conversions = (truth.status == 0) & (abs(truth.pdg) == 11) & (truth.mother >= 0)
    assert ak.any(truth[truth.mother[conversions]].pdg == 22)


def test_chunks_give_what_the_whole_file_gives(found: FileSurvey, events: ak.Array) -> None:
    def columns(opened: ak.Array) -> list[ak.Array]:
        photons, tracks = opened.photons, opened.tracks
        taken = [opened.event, photons.px, photons.truth, tracks.d0, tracks.electron_id, opened.klm.track]
        return [ak.materialize(column) for column in taken]

    parts = [columns(opened) for opened in chunks(found, 33)]
    for whole, *pieces in zip(columns(events), *parts, strict=True):
        assert ak.array_equal(ak.concatenate(pieces), whole, equal_nan=True)


def test_the_interaction_point_moves_impact_parameters_and_photons(found: FileSurvey, events: ak.Array) -> None:
    moved = survey(Path(found.file), {"interaction_point": [-0.05, 0.017, -0.0107]})
    with chunk_of(moved) as other:
        pions = events.truth[ak.mask(events.tracks.truth, events.tracks.truth >= 0)]
        prompt = ak.fill_none(
            (pions.status > 0) & (abs(events.tracks.d0) < 0.2) & (abs(pions.pdg) == PION), value=False
        )
        before, after = (np.median(abs(numbers(each.tracks.d0[prompt]))) for each in (events, other))
        assert after < 0.7 * before  # the simulated beams met there, not at the origin
        assert ak.all(abs(other.photons.energy - events.photons.energy) < 1e-6)
        assert ak.any(other.photons.px != events.photons.px)


def test_impact_parameters_are_those_of_the_stepped_helix() -> None:
    values = ([0.5, -0.3, 2.0], [1.0, -2.0, 3.0], [0.01, -0.02, 0.005], [1.0, 2.0, 3.0], [0.3, 0.4, 0.5])
    helix = Helix(*(np.array(each) for each in values))
    point = (0.3, -0.2, 0.1)
    d0, z0 = helix.impact(point)
    step = np.linspace(-5.0, 5.0, 200_001)[:, None]
    turned = helix.phi0 - helix.omega * step
    x = helix.d0 * np.sin(helix.phi0) + (np.sin(helix.phi0) - np.sin(turned)) / helix.omega
    y = -helix.d0 * np.cos(helix.phi0) - (np.cos(helix.phi0) - np.cos(turned)) / helix.omega
    distance = np.hypot(x - point[0], y - point[1])
    nearest = distance.argmin(axis=0)
    np.testing.assert_allclose(abs(d0), distance.min(axis=0), atol=1e-6)
    expected = helix.z0 + step[nearest, 0] * helix.tan_lambda - point[2]
    np.testing.assert_allclose(z0, expected, atol=1e-4)
    np.testing.assert_allclose(helix.impact((0.0, 0.0, 0.0)), (helix.d0, helix.z0), atol=1e-9)


def test_trigger_bits_are_named_by_the_mapping(real_inputs: Path) -> None:
    found = survey(real_inputs / "udst_v05.root", {"trigger": {"bits": {"first": 0, "fourth": 3, "word2": 32}}})
    assert {"trigger.first", "trigger.fourth", "trigger.word2"} <= found.fields
    with chunk_of(found) as events:
        # Words 0 and 1 before prescale: 1733671 = ...0111 and 2282029311 (odd).
        assert events.trigger.to_list() == [{"first": True, "fourth": False, "word2": True}]
    with chunk_of(found, kind="data") as events:
        # After prescale: 131073 = 1 + 2^17 and 69 (odd).
        assert events.trigger.to_list() == [{"first": True, "fourth": False, "word2": True}]
    with pytest.raises(SurveyError, match="has no TRGSummary"):
        survey(real_inputs / "mdst_bbbar_r05.root", {"trigger": {"bits": {"lml1": 3}}})
