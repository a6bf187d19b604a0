import numpy as np
import pytest
from darkbelle.datasets.simulation.response.loading import load_response
from darkbelle.processors.objects import Objects
from darkbelle.processors.shifts import (
    MOMENTUM_SHIFTS,
    PHOTON_SHIFTS,
    nominal_resolutions,
    shifted_photons,
    shifted_tracks,
    standard_normal,
)

NUMBER = 40_000


def objects(**columns: np.ndarray) -> Objects:
    number = len(next(iter(columns.values())))
    return Objects(columns.__getitem__, np.full(number, 1))


def directions(size: float) -> dict[str, np.ndarray]:
    phi, cosine = np.random.default_rng(7).uniform([[-3.0], [-0.8]], [[3.0], [0.8]], (2, NUMBER))
    sine = np.sqrt(1 - cosine**2)
    return {"px": size * sine * np.cos(phi), "py": size * sine * np.sin(phi), "pz": size * cosine}


def test_a_scale_multiplies_all_components_by_its_size() -> None:
    photons = objects(**directions(2.0), energy=np.full(NUMBER, 2.0))
    up = shifted_photons(photons, "photon_energy_scale_up", "belle2")
    down = shifted_photons(photons, "photon_energy_scale_down", "belle2")
    assert np.allclose(up["energy"], 2.0 * 1.005)
    assert np.allclose(down["pz"], photons["pz"] * 0.995)
    assert shifted_photons(photons, "nominal", "belle2") is photons


@pytest.mark.parametrize("experiment", ["belle2", "babar"])
@pytest.mark.parametrize("energy", [0.2, 5.0])
def test_a_resolution_widens_photons_by_a_tenth(experiment: str, energy: float) -> None:
    resolution = float(nominal_resolutions(experiment).photon_energy.at(np.array(energy)))
    measured = energy * (1.0 + resolution * np.random.default_rng(3).standard_normal(NUMBER))
    photons = objects(**directions(energy), energy=measured)
    wider = shifted_photons(photons, "photon_energy_resolution_up", experiment)["energy"]
    # sigma^2 (1 + (1.1^2 - 1)) = (1.1 sigma)^2; the standard deviation of N numbers is known to 1 / sqrt(2 N).
    assert np.std(wider) / np.std(measured) == pytest.approx(1.1, abs=4 * 1.1 / np.sqrt(2 * NUMBER))
    assert np.mean(wider) == pytest.approx(np.mean(measured), abs=4 * 0.46 * resolution * energy / np.sqrt(NUMBER))


def test_a_resolution_changes_a_track_along_its_direction_only() -> None:
    tracks = objects(**directions(3.0))
    wider = shifted_tracks(tracks, "momentum_resolution_up", "belle2")
    factor = wider["px"] / tracks["px"]
    assert np.allclose(wider["pz"] / tracks["pz"], factor)
    # At 3 GeV (0.11 % pt) (+) 0.30 % is 0.30 to 0.45 %, of which sqrt(0.21) are added.
    assert 0.003 * np.sqrt(0.21) < np.std(factor) < 0.0045 * np.sqrt(0.21)


def test_an_object_is_shifted_alike_in_any_chunk() -> None:
    columns = directions(3.0)
    whole = shifted_tracks(objects(**columns), "momentum_resolution_up", "belle2")
    part = shifted_tracks(
        objects(**{name: each[100:200] for name, each in columns.items()}), "momentum_resolution_up", "belle2"
    )
    assert np.array_equal(part["px"], whole["px"][100:200])


def test_the_draws_are_standard_normal_and_depend_on_every_column() -> None:
    columns = list(directions(3.0).values())
    draws = standard_normal(columns)
    # Moments of N draws: mean 0 +- 1/sqrt(N), variance 1 +- sqrt(2/N), fourth moment 3 +- sqrt(96/N).
    assert abs(draws.mean()) < 4 / np.sqrt(NUMBER)
    assert abs(draws.var() - 1) < 4 * np.sqrt(2 / NUMBER)
    assert abs((draws**4).mean() - 3) < 4 * np.sqrt(96 / NUMBER)
    for place in range(3):
        changed = [np.nextafter(each, 10.0) if place == other else each for other, each in enumerate(columns)]
        assert abs(np.corrcoef(draws, standard_normal(changed))[0, 1]) < 4 / np.sqrt(NUMBER)


def test_what_is_not_a_number_stays_none() -> None:
    columns = {name: np.array([1.0, np.nan, np.inf]) for name in ("px", "py", "pz", "energy")}
    with np.errstate(all="ignore"):
        for shift in PHOTON_SHIFTS[1:]:
            assert np.isfinite(shifted_photons(objects(**columns), shift, "belle2")["energy"]).tolist()[:2] == [
                True,
                False,
            ]
        for shift in MOMENTUM_SHIFTS[1:]:
            assert not np.isfinite(shifted_tracks(objects(**columns), shift, "belle2")["px"][1:]).any()


@pytest.mark.parametrize("experiment", ["belle2", "babar"])
def test_the_nominal_resolutions_are_those_of_the_simulated_detector(experiment: str) -> None:
    response, nominal = load_response(experiment), nominal_resolutions(experiment)
    photons, tracks = response.photons, response.tracks
    assert nominal.photon_energy.noise == photons.energy_noise
    assert nominal.photon_energy.stochastic == photons.energy_stochastic
    assert nominal.photon_energy.constant == photons.energy_constant
    assert nominal.momentum.curvature == tracks.momentum_curvature
    assert nominal.momentum.scattering == tracks.momentum_scattering
