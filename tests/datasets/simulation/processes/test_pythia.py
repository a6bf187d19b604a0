"""Quarks and B mesons by Pythia: cross sections, displaced vertices, kinematics, the message where it is missing."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from darkbelle.datasets.simulation.generated import DECAYED, GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import mass_squared
from darkbelle.datasets.simulation.processes import ProcessError, make_process

pytest.importorskip("pythia8mc", reason="the extra 'pythia' is not installed")

SQRT_S = 10.579


@pytest.fixture(scope="module")
def quarks() -> GeneratedEvents:
    process = make_process("quark_pair", flavour="up")
    integral = process.integrate(SQRT_S, np.random.default_rng(1), 300)
    return process.generate(SQRT_S, 1_000, integral, np.random.default_rng(2))


@pytest.fixture(scope="module")
def mesons() -> GeneratedEvents:
    process = make_process("upsilon_4s")
    return process.generate(SQRT_S, 300, process.integrate(SQRT_S, np.random.default_rng(1)), np.random.default_rng(2))


@pytest.mark.parametrize(("flavour", "expected"), [("up", 1.61), ("charm", 1.30)])
def test_cross_sections_approach_those_of_kkmc(flavour: str, expected: float) -> None:
    """Charm is all above 2 GeV; of up quarks the radiative return to lower masses is missing, a tenth."""
    integral = make_process("quark_pair", flavour=flavour).integrate(SQRT_S, np.random.default_rng(1))
    assert 0.82 * expected < integral.cross_section < 1.03 * expected


def test_final_states_carry_the_beams_momentum(quarks: GeneratedEvents, mesons: GeneratedEvents) -> None:
    for events in (quarks, mesons):
        total = (events.momenta * events.final_state[..., np.newaxis]).sum(axis=1)
        np.testing.assert_allclose(total, np.tile([SQRT_S, 0, 0, 0], (len(events), 1)), atol=2e-3)
        charge = sum(
            value * ((events.pdg == code) & events.final_state).sum(axis=1)
            for code, value in ((11, -1), (-11, 1), (13, -1), (-13, 1), (211, 1), (-211, -1), (321, 1), (-321, -1))
        )
        charge = charge + ((events.pdg == 2212) & events.final_state).sum(axis=1)
        charge = charge - ((events.pdg == -2212) & events.final_state).sum(axis=1)
        assert np.all(charge == 0)


def test_hadrons_are_above_the_mass_where_pions_take_over(quarks: GeneratedEvents) -> None:
    hadrons = quarks.final_state & (np.abs(quarks.pdg) > 100)
    total = (quarks.momenta * hadrons[..., np.newaxis]).sum(axis=1)
    assert len(quarks) == 1_000
    # Photons of pi0 belong to the hadrons: charged ones alone stay below the whole mass.
    photons = quarks.final_state & (quarks.pdg == 22)
    whole = total + (quarks.momenta * photons[..., np.newaxis]).sum(axis=1)
    assert np.sqrt(mass_squared(whole)).min() > 2.0


def test_short_kaons_fly_as_far_as_they_live(quarks: GeneratedEvents) -> None:
    event, slot = np.nonzero((quarks.pdg == 310) & (quarks.status == DECAYED))
    assert quarks.vertices is not None
    ages = []
    for row, mother in zip(event, slot, strict=True):
        daughters = np.flatnonzero(quarks.mothers[row] == mother)
        distance = np.linalg.norm(quarks.vertices[row, daughters[0]])
        ages.append(distance * 0.4976 / np.linalg.norm(quarks.momenta[row, mother, 1:]))
    # c tau = 2.684 cm; the pi0's photons of K_S -> pi0 pi0 come from there too
    assert np.mean(ages) == pytest.approx(2.684, abs=4 * 2.684 / np.sqrt(len(ages)))
    assert len(ages) > 100


def test_b_mesons_give_about_ten_charged_particles(mesons: GeneratedEvents) -> None:
    charged = mesons.final_state & np.isin(np.abs(mesons.pdg), [11, 13, 211, 321, 2212])
    assert charged.sum(axis=1).mean() == pytest.approx(10.7, abs=0.7)


def test_the_same_stream_gives_the_same_hadrons() -> None:
    process = make_process("quark_pair", flavour="charm")
    integral = process.integrate(SQRT_S, np.random.default_rng(1), 100)
    first, second = (process.generate(SQRT_S, 20, integral, np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first.momenta, second.momenta)


def test_wrong_parameters_are_refused_by_name() -> None:
    with pytest.raises(ProcessError, match="unknown flavour 'top'; known are down, up, strange, charm"):
        make_process("quark_pair", flavour="top")
    with pytest.raises(ProcessError, match="minimum_mass must be at least 1 GeV"):
        make_process("quark_pair", flavour="up", minimum_mass=0.5)


def test_where_pythia_is_missing_the_message_says_what_to_install_and_other_samples_are_made(tmp_path: Path) -> None:
    code = (
        "import importlib.util, pathlib, sys\n"
        "import darkbelle.datasets.simulation.processes.pythia as pythia\n"
        "pythia.find_spec = lambda name: None\n"
        "from darkbelle.datasets.simulation.planning import make_plan\n"
        "plan = make_plan('belle2', 0.1, pathlib.Path(sys.argv[1]), channels=['control'])\n"
        "print(sorted(set(plan.left_out) & {'uubar', 'upsilon4s', 'mumu'}))\n"
        "make_plan('belle2', 0.1, pathlib.Path(sys.argv[1]), samples=['uubar'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "['upsilon4s', 'uubar']"
    assert "UsageError: uubar: quarks and B mesons come from Pythia (GPL)" in done.stderr
    assert "pip install 'darkbelle[pythia]'" in done.stderr


def test_other_processes_do_not_load_pythia() -> None:
    code = (
        "import sys\n"
        "from darkbelle.datasets.simulation.processes import make_process\n"
        "make_process('muon_pair'); make_process('quark_pair', flavour='up')\n"
        "print('pythia8mc' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
