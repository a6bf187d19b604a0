"""Particles made away from the collision: where they hit, what they leave, which vertices their tracks make."""

from collections.abc import Callable
from dataclasses import replace

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.simulation.generated import DECAYED, NO_MOTHER, STABLE, GeneratedEvents, prompt_events
from darkbelle.datasets.simulation.response.columns import Floats
from darkbelle.datasets.simulation.response.detector import Detector, detect
from darkbelle.datasets.simulation.response.parameters import Response
from darkbelle.datasets.simulation.response.particles import Particles
from darkbelle.datasets.simulation.response.propagation import calorimeter_impact, perigee
from darkbelle.datasets.simulation.response.secondaries import convert, decay_in_flight
from scipy.stats import kstest

Gun = Callable[..., Particles]
ALP, PION = 9000005, 0.13957039


def quiet(detector: Detector, **parts: dict[str, float]) -> Detector:
    """Give the detector without beam background, conversions and spread, and with changed numbers of some parts."""
    changes = {"background": {"clusters": 0.0}, "material": {"conversion_factor": 0.0}}
    changes = {**changes, **{part: {**changes.get(part, {}), **own} for part, own in parts.items()}}
    response: Response = detector.response.model_copy(
        update={part: getattr(detector.response, part).model_copy(update=own) for part, own in changes.items()}
    )
    return replace(detector, response=response, energy_spread=0.0)


def decays(
    number: int, energy: float, mass: float, daughters: tuple[int, int], daughter_mass: float, flight: float
) -> GeneratedEvents:
    """Give one parent an event along +x in the CM frame that decays after `flight` cm of path.

    The daughters have equal energies; the plane of the decay turns from event to event.
    """
    momentum = np.sqrt(energy**2 - mass**2)
    across = np.sqrt(0.25 * energy**2 - 0.25 * momentum**2 - daughter_mass**2)
    momenta = np.zeros((number, 3, 4))
    momenta[:, 0, :2] = energy, momentum
    momenta[:, 1:, 0], momenta[:, 1:, 1] = 0.5 * energy, 0.5 * momentum
    plane = np.linspace(0.0, 2.0 * np.pi, number)
    for axis, share in ((2, np.cos(plane)), (3, np.sin(plane))):
        momenta[:, 1, axis], momenta[:, 2, axis] = across * share, -across * share
    vertices = np.zeros((number, 3, 3))
    vertices[:, 1:, 0] = flight
    return GeneratedEvents(
        pdg=np.tile(np.array([ALP, *daughters], dtype=np.int32), (number, 1)),
        momenta=momenta,
        mothers=np.tile(np.array([NO_MOTHER, 0, 0], dtype=np.int16), (number, 1)),
        status=np.tile(np.array([DECAYED, STABLE, STABLE], dtype=np.int8), (number, 1)),
        weights=np.ones(number),
        vertices=vertices,
    )


def test_line_from_a_displaced_vertex_meets_the_calorimeter_where_geometry_says(detector: Detector, gun: Gun) -> None:
    """From (0, 50, 10) cm along +x at 90 degrees: x = sqrt(125^2 - 50^2), z stays."""
    impact = calorimeter_impact(gun(1, 22, 1.0, 90.0, 0.0, (0.0, 50.0, 10.0)), detector.response.geometry)
    x = np.sqrt(125.0**2 - 50.0**2)
    assert impact.phi[0] == pytest.approx(np.arctan2(50.0, x))
    assert impact.theta[0] == pytest.approx(np.arctan2(125.0, 10.0))
    assert impact.path[0] == pytest.approx(x)
    behind = calorimeter_impact(gun(1, 22, 1.0, 90.0, 0.0, (130.0, 0.0, 0.0)), detector.response.geometry)
    assert behind.depth.tolist() == [5.0]
    assert bool(behind.reached[0])


@pytest.mark.parametrize("pdg", [211, -211])
@pytest.mark.parametrize("vertex", [(0.0, 0.0, 0.0), (10.0, 3.0, -4.0), (-2.0, 8.0, 1.0)])
def test_helix_from_a_vertex_keeps_its_perigee(
    detector: Detector, gun: Gun, pdg: int, vertex: tuple[float, float, float]
) -> None:
    """Start at the perigee that was found, with the direction there: the same perigee comes back, d0 off the axis."""
    particles = gun(1, pdg, 0.7, 60.0, 40.0, vertex)
    found = perigee(particles, 1.5)
    x, y = found.d0[0] * np.sin(found.phi[0]), -found.d0[0] * np.cos(found.phi[0])
    there = gun(1, pdg, 0.7, 60.0, float(np.degrees(found.phi[0])), (x, y, float(found.z0[0])))
    again = perigee(there, 1.5)
    assert again.d0[0] == pytest.approx(found.d0[0], abs=1e-9)
    assert again.z0[0] == pytest.approx(found.z0[0], abs=1e-9)
    assert again.phi[0] == pytest.approx(found.phi[0], abs=1e-12)
    one, other = (calorimeter_impact(each, detector.response.geometry) for each in (particles, there))
    assert one.phi[0] == pytest.approx(other.phi[0], abs=1e-9)
    assert one.theta[0] == pytest.approx(other.theta[0], abs=1e-9)


def test_flight_is_followed_along_the_laboratory_momentum(detector: Detector) -> None:
    """Path 3 cm at p*/m = 1/0.3 is c tau = 0.9 cm; in the laboratory the vertex lies c tau p/m from the origin."""
    energy = np.hypot(1.0, 0.3)
    events = decays(50, energy, 0.3, (211, -211), 0.0, 3.0)
    truth = detect(events, quiet(detector), np.random.default_rng(1)).truth
    parent, pion = truth[:, 0], truth[:, 1]
    for axis in ("x", "y", "z"):
        flight = pion[f"vertex_{axis}"] - parent[f"vertex_{axis}"]
        assert ak.to_numpy(flight) == pytest.approx(0.9 * ak.to_numpy(parent[f"p{axis}"]) / 0.3, rel=1e-4, abs=1e-4)


@pytest.mark.parametrize("experiment", ["detector", "babar"])
def test_vertices_of_true_pairs_are_where_they_were_made(experiment: str, request: pytest.FixtureRequest) -> None:
    """p-values are uniform, pulls of the radius have width 1, momenta at the vertex are the generated ones."""
    detector = quiet(request.getfixturevalue(experiment), tracks={"displaced_radius": 1e6})
    flight = 3.0
    events = decays(6000, 4.0, 2.0, (211, -211), PION, flight)
    found = detect(events, detector, np.random.default_rng(2))
    vertices = found.vertices[ak.num(found.vertices) == 1]
    truth = found.truth[ak.num(found.vertices) == 1]
    tracks = found.tracks[ak.num(found.vertices) == 1]
    assert len(vertices) > 2500
    assert ak.all(vertices.truth == 0)
    assert ak.all(tracks.charge[vertices["first"]] == 1)
    assert ak.all(tracks.charge[vertices.second] == -1)
    assert kstest(ak.to_numpy(ak.flatten(vertices.probability)), "uniform", args=(0.001, 0.999)).pvalue > 1e-3
    true = np.hypot(ak.to_numpy(truth.vertex_x[:, 1]), ak.to_numpy(truth.vertex_y[:, 1]))
    radius = np.hypot(ak.to_numpy(vertices.x[:, 0]), ak.to_numpy(vertices.y[:, 0]))
    pulls = (radius - true) / ak.to_numpy(vertices.radius_error[:, 0])
    assert np.std(pulls) == pytest.approx(1.0, abs=0.06)
    assert abs(np.mean(pulls)) < 0.08
    sine = np.abs(ak.to_numpy(vertices.first_px[:, 0] * truth.py[:, 1] - vertices.first_py[:, 0] * truth.px[:, 1]))
    assert np.median(sine / ak.to_numpy(truth.px[:, 1] ** 2 + truth.py[:, 1] ** 2)) < 0.003


def test_prompt_pairs_have_no_significant_radius(detector: Detector) -> None:
    events = decays(5000, 4.0, 2.0, (211, -211), PION, 0.0)
    vertices = ak.flatten(detect(events, quiet(detector), np.random.default_rng(3)).vertices)
    radius = np.hypot(ak.to_numpy(vertices.x), ak.to_numpy(vertices.y))
    # Two coordinates scatter, but one counts for the uncertainty: beyond five of them next to nothing is left.
    assert np.mean(radius > 5.0 * ak.to_numpy(vertices.radius_error)) < 0.01
    assert np.mean(radius > 0.5) < 0.002


def test_displaced_efficiency_falls_linearly(detector: Detector) -> None:
    """At 35 cm of 70 each of two tracks keeps half of the plateau 0.985, and at 80 cm none is left."""
    found = detect(decays(4000, 4.0, 0.3, (211, -211), PION, 0.0), quiet(detector), np.random.default_rng(4))
    prompt = float(ak.mean(ak.num(found.tracks)))
    for radius, share in ((35.0, 0.5), (80.0, 0.0)):
        # The parent flies along x in the CM frame: its flight is set so that the mean radius is right.
        sample = decays(4000, 4.0, 0.3, (211, -211), PION, 1.0)
        truth = detect(sample, quiet(detector), np.random.default_rng(5)).truth
        each = float(np.mean(np.hypot(ak.to_numpy(truth.vertex_x[:, 1]), ak.to_numpy(truth.vertex_y[:, 1]))))
        displaced = decays(4000, 4.0, 0.3, (211, -211), PION, radius / each)
        far = detect(displaced, quiet(detector), np.random.default_rng(6))
        assert float(ak.mean(ak.num(far.tracks))) / prompt == pytest.approx(share, abs=0.02)


def alp_clusters(detector: Detector, flight: float) -> ak.Array:
    """Give the photons of a 0.1 GeV particle of 5 GeV that decays to two photons after a path in the CM frame."""
    return detect(decays(2000, 5.0, 0.1, (22, 22), 0.0, flight), quiet(detector), np.random.default_rng(7)).photons


def test_categories_of_a_two_photon_decay_follow_from_its_flight(detector: Detector) -> None:
    """Merged (prompt, 2.3 degrees apart), one shower within the crystals, nothing behind them."""
    prompt, inside, behind = (alp_clusters(detector, flight) for flight in (0.0, 130.0, 600.0))
    assert float(ak.mean(ak.num(prompt))) == pytest.approx(1.0, abs=0.25)
    assert float(ak.mean(ak.num(inside))) == pytest.approx(1.0, abs=0.02)
    assert ak.sum(ak.num(behind)) == 0
    one = ak.num(prompt) == 1
    merged = prompt[one]
    # Two showers of equal energy d apart are broader by d^2/4; one within the crystals is that of one photon.
    assert float(np.median(ak.flatten(merged.second_moment))) > 4.0
    assert float(np.median(ak.flatten(inside.second_moment))) == pytest.approx(1.0, abs=0.2)
    assert float(np.median(ak.flatten(inside.energy))) < float(np.median(ak.flatten(merged.energy)))


def test_late_photons_are_late(detector: Detector) -> None:
    """A slow parent (beta* = 0.6) that decays 60 cm away: its photons arrive later than light by nanoseconds."""
    late = ak.flatten(
        detect(decays(1000, 2.5, 2.0, (22, 22), 0.0, 60.0), quiet(detector), np.random.default_rng(8)).photons.time
    )
    prompt = ak.flatten(
        detect(decays(1000, 2.5, 2.0, (22, 22), 0.0, 0.0), quiet(detector), np.random.default_rng(8)).photons.time
    )
    assert float(np.median(late)) - float(np.median(prompt)) > 0.5


def test_photons_convert_as_often_as_matter_says(detector: Detector, generator: np.random.Generator, gun: Gun) -> None:
    """1 - exp(-7/9 x 0.03/sin 30) of them, energies add up, vertices lie on the layers."""
    photons, material = gun(100_000, 22, 2.0, 30.0), detector.response.material
    left, electrons = convert(photons, material, detector.response.geometry, generator)
    expected = 1 - np.exp(-7 / 9 * 0.03 / 0.5)
    assert 1 - len(left) / len(photons) == pytest.approx(expected, abs=4 * np.sqrt(expected / 100_000))
    assert len(electrons) == 2 * (len(photons) - len(left))
    assert np.bincount(electrons.event, electrons.energy)[electrons.event] == pytest.approx(2.0, abs=1e-3)
    assert set(np.round(np.unique(np.round(electrons.radius, 6)), 3)) <= set(material.conversion_radii)
    assert (electrons.parent == electrons.truth).all()
    # Shares: 6/7 even, of variance 1/12, and 1/7 as 3 (1 - 2 z)^2, of variance 3/20.
    assert np.std(electrons.momentum / 2.0) == pytest.approx(np.sqrt(6 / 7 / 12 + 3 / 20 / 7), rel=0.03)


def test_kaons_and_hyperons_decay_with_their_lifetimes(generator: np.random.Generator, gun: Gun) -> None:
    """K_S: 69.3 % charged, c tau = 2.684 cm; the pions' mass is the kaon's."""
    kaons = gun(50_000, 310, 2.0, 70.0, mass=0.497611)
    pions = decay_in_flight(kaons, generator)
    charged = pions.select(np.abs(pions.pdg) == 211)
    assert len(charged) / 2 / 50_000 == pytest.approx(0.6920 / 0.9989, abs=0.01)
    assert not np.isin(pions.pdg, [310, 111]).any()
    flight = np.hypot(charged.radius, charged.z)
    assert np.mean(flight) == pytest.approx(2.6844 * 2.0 / 0.497611, rel=0.03)
    total = [np.bincount(charged.event, each) for each in (charged.energy, *_vector(charged))]
    mass = np.sqrt(np.maximum(total[0] ** 2 - total[1] ** 2 - total[2] ** 2 - total[3] ** 2, 0.0))
    assert mass[mass > 0] == pytest.approx(0.497611, abs=1e-6)
    proton = decay_in_flight(gun(1000, -3122, 2.0, 70.0, mass=1.115683), generator)
    assert set(proton.pdg.tolist()) == {-2212, 211, -2112, 22}


def _vector(particles: Particles) -> tuple[Floats, Floats, Floats]:
    sine = np.sin(particles.theta)
    return (
        particles.momentum * sine * np.cos(particles.phi),
        particles.momentum * sine * np.sin(particles.phi),
        particles.momentum * np.cos(particles.theta),
    )


def test_luminous_region_shows_in_the_tracks(babar: Detector) -> None:
    """BaBar's beams collide over 8.5 mm along z: all vertices and z0 spread so."""
    momenta = np.tile(np.array([[5.29, 5.289, 0, 0], [5.29, -5.289, 0, 0]]), (3000, 1, 1))
    events = prompt_events(np.tile(np.array([13, -13], dtype=np.int32), (3000, 1)), momenta)
    found = detect(events, babar, np.random.default_rng(9))
    assert np.std(ak.to_numpy(found.truth.vertex_z[:, 0])) == pytest.approx(0.85, rel=0.05)
    assert np.std(ak.to_numpy(ak.flatten(found.tracks.z0))) == pytest.approx(0.85, rel=0.05)
    assert ak.all(found.truth.vertex_x[:, 0] == found.truth.vertex_x[:, 1])
