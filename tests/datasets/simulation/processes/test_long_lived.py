"""Long-lived particles: where they decay, what they decay to, and how they are made."""

from typing import Any

import numpy as np
import pytest
from darkbelle.datasets.simulation.constants import ALPHA, B_CHARGED_MASS, ELECTRON_MASS, MUON_MASS
from darkbelle.datasets.simulation.generated import GeneratedEvents
from darkbelle.datasets.simulation.phase_space.boosts import boost_to_rest, mass_squared
from darkbelle.datasets.simulation.phase_space.rambo import rambo
from darkbelle.datasets.simulation.processes import ProcessError, make_process
from darkbelle.datasets.simulation.processes.excited_decay import ExcitedDecay
from scipy.stats import kstest
from signal_events import SQRT_S, Array, cosine, helicity_cosine, integral_of, made, polynomial_probability

S: float = SQRT_S**2


def proper_times(events: GeneratedEvents, mother: int, daughter: int) -> Array:
    """Give c times the proper time (cm) between the production of two slots."""
    assert events.vertices is not None
    flown = np.linalg.norm(events.vertices[:, daughter] - events.vertices[:, mother], axis=1)
    momenta = events.momenta[:, mother]
    found: Array = flown * np.sqrt(mass_squared(momenta)) / np.linalg.norm(momenta[:, 1:], axis=1)
    return found


@pytest.mark.parametrize("lifetime", [0.001, 1.0, 100.0])
def test_proper_times_are_exponential_with_the_lifetime_asked_for(lifetime: float) -> None:
    cases: tuple[tuple[str, dict[str, Any], int, int], ...] = (
        ("displaced_pair", {}, 0, 3),
        ("inelastic_dark_matter", {"isr": False}, 1, 3),
        ("b_to_kaon_scalar", {"kaon": "k"}, 3, 4),
        ("b_to_kaon_scalar", {"kaon": "kstar"}, 3, 6),
    )
    for name, more, mother, daughter in cases:
        events = made(name, 5000, mass=1.0, lifetime=lifetime, **more)
        times = proper_times(events, mother, daughter)
        assert kstest(times / lifetime, "expon").pvalue > 1e-3, (name, more)


def test_b_mesons_fly_and_follow_sine_squared() -> None:
    events = made("b_to_kaon_scalar", 50_000, mass=1.0, lifetime=1.0)
    assert kstest(proper_times(events, 0, 2) / 0.04911, "expon").pvalue > 1e-3
    assert polynomial_probability(cosine(events.momenta[:, 0]), 1.0, -1.0) > 1e-3
    # sqrt(s/4 - m^2) is the momentum of either B.
    momentum = np.linalg.norm(events.momenta[:, 0, 1:], axis=1)
    np.testing.assert_allclose(momentum, np.sqrt(S / 4 - B_CHARGED_MASS**2), rtol=1e-9)


def test_k_star_is_longitudinal() -> None:
    events = made("b_to_kaon_scalar", 30_000, mass=1.0, lifetime=1.0, kaon="kstar")
    kstar, kaon = (boost_to_rest(events.momenta[:, slot], events.momenta[:, 0]) for slot in (2, 4))
    assert polynomial_probability(helicity_cosine(kaon, kstar), 0.0, 1.0) > 1e-3


def test_charges_of_the_b_pair_are_opposite_and_of_either_sign() -> None:
    for kaon, slots in (("k", (4, 5, 7, 9)), ("kstar", (5, 11, 13))):
        events = made("b_to_kaon_scalar", 1000, mass=1.0, lifetime=1.0, kaon=kaon)
        charges = np.sign(events.pdg) * np.where(np.isin(np.abs(events.pdg), (11, 13)), -1, 1)
        charged = np.isin(np.abs(events.pdg), (11, 13, 211, 321)) & events.final_state
        assert ((charges * charged).sum(axis=1) == 0).all()
        assert abs((events.pdg[:, 0] > 0).mean() - 0.5) < 0.08
        assert charged[:, list(slots)].all()


def test_b_pairs_need_the_upsilon_4s_and_a_light_enough_scalar() -> None:
    section = integral_of("b_to_kaon_scalar", mass=1.0, lifetime=1.0).cross_section
    # 2 * 0.514 * 1.110 nb: either B+ or B-.
    assert section == pytest.approx(2 * 0.514 * 1.110)
    with pytest.raises(ProcessError, match=r"made at 10\.58 GeV, not at sqrt\(s\) = 10\.355 GeV"):
        integral_of("b_to_kaon_scalar", mass=1.0, lifetime=1.0, sqrt_s=10.355)
    with pytest.raises(ProcessError, match=r"mass 4\.9 GeV is beyond"):
        make_process("b_to_kaon_scalar", mass=4.9, lifetime=1.0)
    with pytest.raises(ProcessError, match="lifetime must be positive, got -1"):
        make_process("b_to_kaon_scalar", mass=1.0, lifetime=-1.0)


@pytest.mark.parametrize("mass", [0.5, 1.0, 1.5, 2.5, 3.2])
def test_inelastic_dark_matter_born_cross_section(mass: float) -> None:
    found = integral_of("inelastic_dark_matter", mass=mass, lifetime=1.0, splitting=0.5, decay_to="ee", isr=False)
    one, two = mass, 1.5 * mass
    momentum = np.sqrt((S - (one + two) ** 2) * (S - (one - two) ** 2)) / (2 * SQRT_S)
    energies = np.hypot(momentum, one) * np.hypot(momentum, two)
    mediator = 3 * mass
    inner = np.sqrt((mediator**2 - (one + two) ** 2) * (mediator**2 - (one - two) ** 2)) / (2 * mediator)
    width = 0.2 * inner * (np.hypot(inner, one) * np.hypot(inner, two) + one * two + inner**2 / 3) / mediator**2
    # (8 pi alpha alpha_D p/s^(5/2)) [E_1 E_2 + m_1 m_2 + p^2/3] s^2/|s - M^2 + i M Gamma|^2 in nb.
    closed = 8 * np.pi * ALPHA * 0.1 * momentum / S**2.5 * (energies + one * two + momentum**2 / 3) * 0.3893794e6
    closed *= S**2 / ((S - mediator**2) ** 2 + (mediator * width) ** 2)
    fraction = ExcitedDecay(one, two, mediator).branching_fraction("ee")
    assert found.cross_section == pytest.approx(closed * fraction, rel=1e-4)


def test_inelastic_dark_matter_angle() -> None:
    events = made("inelastic_dark_matter", 50_000, mass=2.0, lifetime=1.0, isr=False)
    first, second = (events.momenta[0, slot] for slot in (0, 1))
    constant = first[0] * second[0] + 2.0 * 2.8
    quadratic = float((first[1:] ** 2).sum())
    assert polynomial_probability(cosine(events.momenta[:, 0]), constant, quadratic) > 1e-3


def test_excited_state_s_decay_agrees_with_even_phase_space() -> None:
    """RAMBO weighted with the trace of both currents gives the same masses of the pair, and the same rates."""
    light, heavy, mediator = 1.0, 1.6, 3.0
    rates, means = {}, {}
    for mode, mass in (("ee", ELECTRON_MASS), ("mumu", MUON_MASS)):
        momenta, volume = rambo(heavy, (light, mass, mass), 300_000, np.random.default_rng(4))
        k1, q1, q2 = (momenta[:, slot] for slot in range(3))
        k2 = np.array([heavy, 0.0, 0.0, 0.0])

        def dot(a: Array, b: Array) -> Array:
            found: Array = a[..., 0] * b[..., 0] - (a[..., 1:] * b[..., 1:]).sum(axis=-1)
            return found

        square = dot(q1 + q2, q1 + q2)
        trace = 2 * dot(k1, q1) * dot(k2, q2) + 2 * dot(k1, q2) * dot(k2, q1)
        trace += 2 * mass**2 * dot(k1, k2) - 2 * light * heavy * dot(q1, q2) - 4 * mass**2 * light * heavy
        weight = volume * trace / (square - mediator**2) ** 2
        rates[mode] = weight.mean()
        means[mode] = float(np.average(np.sqrt(square), weights=weight))
    decay = ExcitedDecay(light, heavy, mediator)
    found = decay.branching_fraction("ee") / decay.branching_fraction("mumu")
    assert found == pytest.approx(rates["ee"] / rates["mumu"], rel=0.02)
    for mode in rates:
        events = made("inelastic_dark_matter", 20_000, mass=1.0, lifetime=1.0, splitting=0.6, decay_to=mode, isr=False)
        pair = events.momenta[:, 3] + events.momenta[:, 4]
        assert np.sqrt(mass_squared(pair)).mean() == pytest.approx(means[mode], rel=0.01)


def test_displaced_pairs_have_even_momenta() -> None:
    events = made("displaced_pair", 20_000, mass=2.0, lifetime=1.0, isr=False)
    momentum = np.linalg.norm(events.momenta[:, 0, 1:], axis=1)
    assert kstest(momentum / momentum.max(), "uniform").pvalue > 1e-3
    assert integral_of("displaced_pair", mass=2.0, lifetime=1.0, isr=False).cross_section == pytest.approx(1e-3)


@pytest.mark.parametrize(
    ("name", "wanted", "message"),
    [
        ("displaced_pair", {"mass": 1.0, "lifetime": -1.0}, "lifetime must be positive, got -1.0 cm"),
        ("displaced_pair", {"mass": 0.2, "lifetime": 1.0}, "below the threshold of mumu"),
        ("inelastic_dark_matter", {"mass": 1.0, "lifetime": 0.0}, "lifetime must be positive"),
        ("inelastic_dark_matter", {"mass": 0.1, "lifetime": 1.0}, "chi_2 is too light for mumu"),
        ("inelastic_dark_matter", {"mass": 1.0, "lifetime": 1.0, "mediator_ratio": 2.0}, "must outweigh both"),
    ],
)
def test_impossible_particles_are_refused(name: str, wanted: dict[str, float], message: str) -> None:
    with pytest.raises(ProcessError, match=message):
        make_process(name, **wanted)
