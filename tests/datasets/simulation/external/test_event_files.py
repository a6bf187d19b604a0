"""LHE and HepMC files, written by pylhe and pyhepmc, read as generated events and refused when broken."""

import gzip
import math
from collections.abc import Callable
from pathlib import Path

import awkward as ak
import numpy as np
import pyhepmc
import pylhe
import pytest
from darkbelle.datasets.errors import InputError
from darkbelle.datasets.frames import Beams
from darkbelle.datasets.simulation.external.reading import describe_event_file, read_event_file
from darkbelle.datasets.simulation.response.detector import Detector, detect, make_detector

MUON, PION = 0.1056583755, 0.13957039
Vector = tuple[float, float, float, float]


@pytest.fixture(scope="module")
def detector() -> Detector:
    return make_detector("belle2")


def on_shell(mass: float, px: float, py: float, pz: float) -> Vector:
    return math.sqrt(mass**2 + px**2 + py**2 + pz**2), px, py, pz


def lhe_particle(pdg: int, status: int, mother: int, momentum: Vector, lifetime: float = 0.0) -> str:
    energy, px, py, pz = momentum
    return f"{pdg} {status} {mother} {mother} 0 0 {px!r} {py!r} {pz!r} {energy!r} 0.0 {lifetime} 9.0"


def lhe_text(events: list[list[str]], beams: tuple[int, float, int, float] = (11, 5.29, -11, 5.29)) -> str:
    """Give a file of events of weight 0.5 and of 12 pb in all."""
    first, first_energy, second, second_energy = beams
    lines = ["<LesHouchesEvents version='3.0'>", "<init>"]
    lines += [f"{first} {second} {first_energy} {second_energy} 0 0 0 0 3 1", "12.0 0.1 1.0 1", "</init>"]
    for particles in events:
        lines += ["<event>", f"{len(particles)} 1 0.5 10.58 0.0078 0.118", *particles, "</event>"]
    return "\n".join([*lines, "</LesHouchesEvents>", ""])


def dark_photon_event(momentum: float = 2.0) -> list[str]:
    """Give A' -> mu mu, flying 3 mm of proper length, and a photon against it."""
    dark = on_shell(1.0, momentum, 0.0, 0.0)
    half = (dark[0] / 2, dark[1] / 2, math.sqrt((dark[0] / 2) ** 2 - (dark[1] / 2) ** 2 - MUON**2), 0.0)
    other = (half[0], half[1], -half[2], 0.0)
    return [
        lhe_particle(11, -1, 0, (5.29, 0.0, 0.0, 5.29)),
        lhe_particle(-11, -1, 0, (5.29, 0.0, 0.0, -5.29)),
        lhe_particle(9000005, 2, 1, dark, lifetime=3.0),
        lhe_particle(13, 1, 3, half),
        lhe_particle(-13, 1, 3, other),
        lhe_particle(22, 1, 1, (momentum, -momentum, 0.0, 0.0)),
    ]


def test_lhe_events_keep_momenta_mothers_weights_and_flights(tmp_path: Path, detector: Detector) -> None:
    """C tau = 3 mm at p/m = 2: the muons begin 6 mm along x; sum of weights 2 x 0.5; 12 pb = 0.012 nb."""
    path = tmp_path / "events.lhe"
    path.write_text(lhe_text([dark_photon_event()] * 2))
    (events,) = read_event_file(path, detector.beams)
    assert describe_event_file(path).cross_section == pytest.approx(0.012)
    assert events.pdg.tolist() == [[9000005, 13, -13, 22]] * 2
    assert events.status.tolist() == [[2, 1, 1, 1]] * 2
    assert events.mothers.tolist() == [[-1, 0, 0, -1]] * 2
    assert events.weights.tolist() == [0.5, 0.5]
    assert events.momenta[0, 3] == pytest.approx([2.0, -2.0, 0.0, 0.0])
    assert events.vertices is not None
    assert events.vertices[0] == pytest.approx(np.array([[0, 0, 0], [0.6, 0, 0], [0.6, 0, 0], [0, 0, 0]]))


def test_file_of_asymmetric_beams_is_boosted_to_their_centre_of_mass(tmp_path: Path, detector: Detector) -> None:
    """Head-on beams of 8 and 3.4989 GeV: a photon pair along z in the laboratory has E* = sqrt(s)/2 each."""
    other = detector.beams.sqrt_s**2 / 32.0
    pair = [lhe_particle(22, 1, 0, (8.0, 0.0, 0.0, 8.0)), lhe_particle(22, 1, 0, (other, 0.0, 0.0, -other))]
    path = tmp_path / "laboratory.lhe"
    path.write_text(lhe_text([pair], (11, 8.0, -11, other)))
    (events,) = read_event_file(path, detector.beams)
    half = detector.beams.sqrt_s / 2
    assert events.momenta[0, 0] == pytest.approx([half, 0, 0, half], abs=1e-6)
    assert events.vertices is None


def test_positron_beam_along_z_turns_the_events(tmp_path: Path, detector: Detector) -> None:
    path = tmp_path / "turned.lhe"
    pair = [lhe_particle(22, 1, 0, (5.0, 0.0, 3.0, 4.0)), lhe_particle(22, 1, 0, (5.0, 0.0, -3.0, -4.0))]
    path.write_text(lhe_text([pair], (-11, 5.29, 11, 5.29)))
    (events,) = read_event_file(path, detector.beams)
    assert events.momenta[0, 0] == pytest.approx([5.0, 0.0, 3.0, -4.0])


def hepmc_event(beams: Beams, flight: float = 20.0) -> pyhepmc.GenEvent:
    """Give ee -> gamma K_S, K_S -> pi pi after `flight` mm along x, in Belle II's laboratory."""
    event = pyhepmc.GenEvent(pyhepmc.Units.GEV, pyhepmc.Units.MM)

    def particle(pdg: int, status: int, momentum: Vector) -> pyhepmc.GenParticle:
        energy, px, py, pz = momentum
        return pyhepmc.GenParticle((px, py, pz, energy), pdg, status)

    kaon = on_shell(0.497611, 2.0, 0.0, 0.0)
    across = math.sqrt((kaon[0] / 2) ** 2 - 1.0 - PION**2)
    collision, decay = pyhepmc.GenVertex((0, 0, 0, 0)), pyhepmc.GenVertex((flight, 0, 0, flight * kaon[0] / 2.0))
    for pdg, momentum in ((11, beams.electron), (-11, beams.positron)):
        collision.add_particle_in(particle(pdg, 4, momentum))
    parent = particle(310, 2, kaon)
    collision.add_particle_out(parent)
    collision.add_particle_out(particle(22, 1, (3.0, -3.0, 0.0, 0.0)))
    decay.add_particle_in(parent)
    for pdg, sign in ((211, 1.0), (-211, -1.0)):
        decay.add_particle_out(particle(pdg, 1, (kaon[0] / 2, 1.0, sign * across, 0.0)))
    event.add_vertex(collision)
    event.add_vertex(decay)
    event.weights = [2.0]
    return event


def write_hepmc(path: Path, events: list[pyhepmc.GenEvent], version: str = "HepMC3") -> Path:
    with pyhepmc.open(path, "w", format=version) as file:
        for event in events:
            file.write(event)
    return path


@pytest.mark.parametrize("version", ["HepMC3", "HepMC2"])
def test_hepmc_in_the_laboratory_comes_back_as_it_was(tmp_path: Path, detector: Detector, version: str) -> None:
    """The response's truth is in the laboratory again: momenta and the K_S's vertex 2 cm along x."""
    path = write_hepmc(tmp_path / "events.hepmc", [hepmc_event(detector.beams)] * 3, version)
    (events,) = read_event_file(path, detector.beams)
    assert events.weights.tolist() == [2.0] * 3
    sharp = Detector(detector.beams, 0.0, detector.luminous_region, detector.acceptance, detector.response)
    truth = detect(events, sharp, np.random.default_rng(1)).truth
    assert truth.pdg.to_list() == [[310, 22, 211, -211]] * 3
    assert truth.mother.to_list() == [[-1, -1, 0, 0]] * 3
    assert ak.to_numpy(truth.px[0]) == pytest.approx([2.0, -3.0, 1.0, 1.0], abs=1e-5)
    assert ak.to_numpy(truth.vertex_x[0]) == pytest.approx([0.0, 0.0, 2.0, 2.0], abs=0.01)
    assert ak.to_numpy(truth.vertex_z[0]) == pytest.approx([0.0, 0.0, 0.0, 0.0], abs=0.2)


def test_files_are_given_in_batches_and_may_be_compressed(tmp_path: Path, detector: Detector) -> None:
    path = tmp_path / "events.lhe.gz"
    with gzip.open(path, "wt") as file:
        file.write(lhe_text([dark_photon_event()] * 25))
    assert [len(each) for each in read_event_file(path, detector.beams, batch=10)] == [10, 10, 5]


def cut(text: str) -> str:
    return text[: len(text) * 2 // 3]


def tau_event() -> list[str]:
    return [
        lhe_particle(15, 1, 0, on_shell(1.77686, 3.0, 0, 0)),
        lhe_particle(-15, 1, 0, on_shell(1.77686, -3.0, 0, 0)),
    ]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (lambda: "", "neither an LHE nor a HepMC file"),
        (lambda: "#!ROOT", "neither an LHE nor a HepMC file"),
        (lambda: cut(lhe_text([dark_photon_event()] * 9)), "cannot be read"),
        (lambda: lhe_text([]), "holds no events"),
        (lambda: lhe_text([dark_photon_event()], (11, 45.6, -11, 45.6)), r"sqrt\(s\) = 91\.2.*choose the period"),
        (lambda: lhe_text([dark_photon_event(8.0)]), "has 16.06 GeV, more than the beams'"),
        (lambda: lhe_text([dark_photon_event()]).replace(" 0.5 10.58", " nan 10.58"), "event 0 holds a number"),
        (lambda: lhe_text([dark_photon_event(), tau_event()]), "event 1 leaves particle 15 undecayed"),
        (lambda: lhe_text([[lhe_particle(22, 1, 0, (1.0, 1.0, 0.0, 0.0))[:20]]]), "cannot be read"),
    ],
)
def test_broken_files_are_refused_by_name(
    tmp_path: Path, detector: Detector, text: Callable[[], str], message: str
) -> None:
    path = tmp_path / "broken.lhe"
    path.write_text(text())
    with pytest.raises(InputError, match=message) as error:
        list(read_event_file(path, detector.beams))
    assert str(path) in str(error.value)
    assert len(str(error.value).splitlines()) <= 2


def test_hepmc_that_breaks_off_is_refused(tmp_path: Path, detector: Detector) -> None:
    path = write_hepmc(tmp_path / "whole.hepmc", [hepmc_event(detector.beams)] * 20)
    path.write_text(cut(path.read_text()))
    with pytest.raises(InputError, match="breaks off before its last line"):
        list(read_event_file(path, detector.beams))


def test_missing_file_is_named(tmp_path: Path, detector: Detector) -> None:
    with pytest.raises(InputError, match=r"nowhere\.lhe: there is no such file"):
        list(read_event_file(tmp_path / "nowhere.lhe", detector.beams))


def test_pylhe_reads_what_the_tests_write() -> None:
    """The handmade text is a file that the library itself takes."""
    file = pylhe.LHEFile.fromstring(lhe_text([dark_photon_event()] * 3))
    assert len(list(file.events)) == 3
