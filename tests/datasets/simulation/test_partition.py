"""Phase space is shared out between samples: nothing is made twice, and the parts sum to the whole."""

import numpy as np
import pytest
from darkbelle.datasets.documents import validate
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.simulation.generated import GeneratedEvents, prompt_events
from darkbelle.datasets.simulation.partition import Partition, phase_space_partition
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.processes.bhabha import Bhabha
from darkbelle.datasets.simulation.processes.photon_events import PhotonEvents
from darkbelle.datasets.simulation.processes.photon_pair import PhotonPair
from darkbelle.datasets.simulation.radiation.running_coupling import vacuum_polarisation_factor
from darkbelle.datasets.simulation.requesting import request_samples
from darkbelle.datasets.simulation.samples import sample_table

SQRT_S = 10.579
WHOLES = phase_space_partition().wholes
PARTS = [(whole, part) for whole, each in WHOLES.items() for part in each.parts]


def sample_events(sample: str, number: int) -> tuple[GeneratedEvents, float]:
    """Generate events of a shipped sample; give its cross section (nb) beside them."""
    (request,) = request_samples([sample])
    process = make_process(request.template.process, **request.parameters)
    generator = np.random.default_rng(1)
    integral = process.integrate(SQRT_S, generator, 60_000)
    return process.generate(SQRT_S, number, integral, generator), integral.cross_section


@pytest.mark.parametrize(("whole", "part"), PARTS)
def test_every_event_of_a_sample_lies_in_its_own_part_and_in_no_other(whole: str, part: str) -> None:
    events, _ = sample_events(part, 400)
    for name, mask in WHOLES[whole].inside(events).items():
        assert np.all(mask == (name == part)), name


@pytest.mark.parametrize(
    "channel",
    [
        "dark_photon_invisible",
        "dark_photon_visible",
        "muonic_dark_force",
        "zprime_invisible",
        "lfv_zprime_invisible",
        "alp_three_photon",
        "alp_invisible",
        "upsilon_invisible",
        "dark_higgsstrahlung",
        "long_lived",
        "magnetic_monopole",
        "control",
    ],
)
def test_every_search_has_backgrounds(channel: str) -> None:
    backgrounds = [each.name for each in request_samples(channels=[channel]) if each.template.kind == "background"]
    assert len(backgrounds) >= 2


def test_no_search_gets_a_part_twice() -> None:
    """A sample that covers another one's part serves other searches, from the same generator with the same cuts."""
    table = sample_table().samples
    for whole in WHOLES.values():
        for sample, part in whole.repeated.items():
            assert not set(table[sample].channels) & set(table[part].channels)
            assert (table[sample].process, table[sample].parameters) == (table[part].process, table[part].parameters)
    assert WHOLES["photons"].repeated == {"gammagamma_pair": "gammagamma"}


def test_every_photon_event_lies_in_exactly_one_part() -> None:
    (momenta,), weights = PhotonPair(minimum_energy=0.25, minimum_angle=20.0).propose(
        SQRT_S, 200_000, np.random.default_rng(2)
    )
    events = prompt_events(np.where(momenta[..., 0] > 1e-6, 22, 0), momenta, weights)
    masks = np.stack(list(WHOLES["photons"].inside(events).values()))
    assert np.all(masks.sum(axis=0) == 1)


def test_photon_samples_sum_to_the_whole() -> None:
    """At least one photon of 1 GeV beyond 25 degrees: two visible at most, or three, from streams of their own."""
    whole = PhotonPair(minimum_energy=1.0, minimum_angle=25.0).integrate(SQRT_S, np.random.default_rng(3), 300_000)
    few = PhotonEvents(most=2, minimum_energy=1.0, minimum_angle=25.0).integrate(
        SQRT_S, np.random.default_rng(4), 300_000
    )
    three = PhotonEvents(least=3, minimum_energy=1.0, minimum_angle=25.0).integrate(
        SQRT_S, np.random.default_rng(5), 150_000
    )
    error = np.sqrt(whole.error**2 + few.error**2 + three.error**2)
    assert abs(few.cross_section + three.cross_section - whole.cross_section) < 4 * error
    assert error < 0.01 * whole.cross_section


def test_electron_samples_sum_to_the_whole() -> None:
    """Two visible electrons: without a photon, and with one by the exact amplitude, not by structure functions.

    The photon's share is 22 %: a difference of 5 % between both descriptions of it is 1 % of the whole.
    """
    whole = Bhabha(forward_angle=18.0, backward_angle=160.0).integrate(SQRT_S, np.random.default_rng(6), 400_000)
    _, without = sample_events("ee", 10)
    _, photon = sample_events("eegamma_pair", 10)
    assert without + photon == pytest.approx(whole.cross_section, rel=0.04)
    assert photon > 0.15 * whole.cross_section


def test_continuum_of_muons_has_no_resonance() -> None:
    """The vacuum polarisation is smooth across narrow resonances: what radiative return adds is not there twice."""
    for mass in (0.78266, 1.019461, 3.0969, 3.6861, 9.4604, 10.02326):
        around = vacuum_polarisation_factor(mass**2 * np.array([0.99, 1.0, 1.01]))
        assert np.abs(around / around[1] - 1).max() < 1e-3


def test_pions_are_left_to_the_rho_by_the_narrow_resonances() -> None:
    """The decay omega -> pi pi is in the form factor, and no sample of its own."""
    decays = [each.parameters["decay"] for each in request_samples() if each.template.process == "radiative_return"]
    assert "pipi" not in decays


@pytest.mark.parametrize(
    ("second", "message"),
    [
        ({"photon": [0.5, 2.0]}, "one and two overlap: events would be made twice"),
        ({"muon": [0.0, 1.0]}, "two: unknown variable muon"),
    ],
)
def test_a_partition_that_makes_events_twice_is_refused(second: dict[str, list[float]], message: str) -> None:
    whole = {
        "title": "photons",
        "variables": {"photon": {"measure": "energy", "codes": [22]}},
        "parts": {"one": {"photon": [0.0, 1.0]}, "two": second},
        "left_out": [],
    }
    with pytest.raises(ConfigurationError, match=message):
        validate({"wholes": {"some": whole}}, Partition, "partition")
