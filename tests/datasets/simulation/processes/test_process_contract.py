"""Every process keeps the contract: the asked number of events, repeatable, in slots that add up."""

import numpy as np
import pytest
from darkbelle.datasets.simulation.processes import PROCESS_NAMES, Process, ProcessError, make_process
from darkbelle.datasets.simulation.streams import random_stream

SQRT_S = 10.579
NEEDED: dict[str, dict[str, float | str]] = {
    "zprime_invisible": {"mass": 1.0},
    "zprime_visible": {"mass": 1.0},
    "upsilon_invisible": {"parent": "upsilon3s"},
    "b_to_kaon_scalar": {"mass": 1.0, "lifetime": 1.0},
    "inelastic_dark_matter": {"mass": 1.0, "lifetime": 1.0},
    "displaced_pair": {"mass": 1.0, "lifetime": 1.0},
    "monopole_pair": {"mass": 1.0},
    "lfv_zprime_invisible": {"mass": 1.0},
    "dark_photon_invisible": {"mass": 1.0},
    "dark_photon_visible": {"mass": 1.0},
    "alp_two_photon": {"mass": 1.0},
    "alp_invisible": {"mass": 1.0},
    "dark_higgs_invisible": {"mass": 1.0, "higgs_mass": 2.0},
    "dark_higgs_visible": {"mass": 1.0, "higgs_mass": 3.0},
    "radiative_return": {"resonance": "omega", "decay": "pipipi0"},
    "quarkonium_dipion": {"parent": "upsilon3s"},
    "quark_pair": {"flavour": "up"},
}
ENERGIES = {"quarkonium_dipion": 10.3552, "upsilon_invisible": 10.3552}


def process_of(name: str) -> Process:
    """Make a process with what it cannot do without; skip it where an extra that it needs is not installed."""
    if name in {"quark_pair", "upsilon_4s"}:
        pytest.importorskip("pythia8mc", reason="the extra 'pythia' is not installed")
    return make_process(name, **NEEDED.get(name, {}))


def energy_of(name: str) -> float:
    """Give the energy (GeV) that a process is asked for at: a resonance's own, the Y(4S)'s for others."""
    return ENERGIES.get(name, SQRT_S)


@pytest.mark.parametrize("name", PROCESS_NAMES)
def test_events_come_in_the_number_asked_for_and_their_final_state_adds_up(name: str) -> None:
    process = process_of(name)
    assert process.name == name
    integral = process.integrate(energy_of(name), random_stream(1, name, 0), 50_000)
    assert integral.cross_section > 0.0
    events = process.generate(energy_of(name), 500, integral, random_stream(1, name, 1))
    slots = events.pdg.shape[1]
    assert events.pdg.shape == events.mothers.shape == events.status.shape == (500, slots)
    assert events.momenta.shape == (500, slots, 4)
    assert (events.weights > 0.0).all()
    assert ((events.status == 0) == (events.pdg == 0)).all()
    total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
    # Photons below 1 MeV may be left out of a record.
    np.testing.assert_allclose(total, np.tile([energy_of(name), 0, 0, 0], (500, 1)), atol=3e-3)


@pytest.mark.parametrize("name", PROCESS_NAMES)
def test_the_same_stream_gives_the_same_events(name: str) -> None:
    process = process_of(name)
    integral = process.integrate(energy_of(name), random_stream(1, name, 0), 20_000)
    first, second = (process.generate(energy_of(name), 50, integral, random_stream(1, name, 7)) for _ in range(2))
    np.testing.assert_array_equal(first.momenta, second.momenta)
    np.testing.assert_array_equal(first.weights, second.weights)


@pytest.mark.parametrize("name", PROCESS_NAMES)
def test_no_event_at_all_can_be_asked_for(name: str) -> None:
    process = process_of(name)
    integral = process.integrate(energy_of(name), random_stream(1, name, 0), 20_000)
    assert len(process.generate(energy_of(name), 0, integral, random_stream(1, name, 1))) == 0


def test_an_unknown_process_or_parameter_is_named() -> None:
    with pytest.raises(ProcessError, match="unknown process 'mounpair'"):
        make_process("mounpair")
    with pytest.raises(ProcessError, match=r"zprime_invisible.*'masss'"):
        make_process("zprime_invisible", masss=1.0)
    with pytest.raises(ProcessError, match=r"zprime_invisible.*'mass'"):
        make_process("zprime_invisible")
