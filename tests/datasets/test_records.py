"""Every collection of the event model is reachable through the native schema, on files that the simulation wrote."""

import awkward as ak
import numpy as np
import pytest
from coffea.nanoevents import NanoEventsFactory
from darkbelle.datasets.event_model import COLLECTIONS, Collection
from darkbelle.datasets.experiment import load_experiment
from darkbelle.datasets.frames import Beams
from darkbelle.datasets.records import CentreOfMass, EventCentreOfMass
from darkbelle.datasets.schemas.native import NativeSchema
from darkbelle.datasets.simulation.processes import make_process
from darkbelle.datasets.simulation.response.detector import detect, make_detector
from darkbelle.datasets.simulation.streams import random_stream
from uproot import recreate

NUMBER = 500


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> ak.Array:
    """Give simulated invisible dark photons of 3 GeV, read back lazily."""
    process, stream = make_process("dark_photon_invisible", mass=3.0, isr=False), random_stream(1, "test", 0)
    beams = load_experiment("belle2").beams()
    integral = process.integrate(beams.sqrt_s, stream)
    found = detect(process.generate(beams.sqrt_s, NUMBER, integral, stream), make_detector("belle2"), stream)
    columns = {name: found[name] for name in found.fields if name != "trigger"}
    columns |= {f"trigger_{line}": found.trigger[line] for line in found.trigger.fields}
    path = tmp_path_factory.mktemp("native") / "events.root"
    with recreate(path) as file:
        file.mktree("events", {name: column.type.content for name, column in columns.items()}).extend(columns)
    metadata = {"beams": [list(beams.electron), list(beams.positron)]}
    return NanoEventsFactory.from_root({str(path): "events"}, schemaclass=NativeSchema, metadata=metadata).events()


@pytest.mark.parametrize(
    "collection",
    [each for each in COLLECTIONS if each.fields and each.name != "vertices"],
    ids=lambda each: each.name or "event",
)
def test_every_field_that_all_formats_have_can_be_read(events: ak.Array, collection: Collection) -> None:
    name = collection.name
    for field in (each for each in collection.fields if not each.optional):
        column = events[name][field.name] if name else events[field.name]
        assert len(ak.to_list(column)) == NUMBER


def test_truth_is_a_lorentz_vector_with_a_vertex(events: ak.Array) -> None:
    dark = events.truth[events.truth.pdg == 9000022]
    # The beam-energy spread leaves masses within 5.4 MeV / 10.6 GeV of 3 GeV.
    np.testing.assert_allclose(ak.flatten(dark.mass), 3.0, rtol=5e-3)
    # The luminous region is 10 um wide.
    assert 0.0 < ak.max(np.abs(dark.vertex_x)) < 0.01


def test_recoil_of_all_generated_photons_is_the_dark_photon(events: ak.Array) -> None:
    photons = events.truth[events.truth.pdg == 22]  # the beams radiate too
    components = {name: ak.sum(photons[name], axis=1) for name in ("px", "py", "pz", "energy")}
    recoil = events.beam.recoil(ak.zip(components, with_name="Momentum4D"))
    mass = np.sqrt(recoil.energy**2 - recoil.px**2 - recoil.py**2 - recoil.pz**2)
    # The beam-energy spread of 5.4 MeV moves m^2 = s - 2 sqrt(s) E* + ... by 2 sqrt(s) 5.4 MeV: m by 19 MeV.
    assert np.median(mass) == pytest.approx(3.0, abs=0.005)
    assert np.all(np.abs(mass - 3.0) < 6 * 0.019)


def test_beams_of_each_event_give_the_frame_that_the_same_beams_of_a_period_give(events: ak.Array) -> None:
    beams = load_experiment("belle2").beams()
    other = Beams(tuple(1.01 * x for x in beams.electron), beams.positron)  # type: ignore[arg-type]
    rng = np.random.default_rng(1)
    momenta = ak.zip({name: rng.normal(size=100) for name in ("px", "py", "pz", "energy")}, with_name="Momentum4D")
    total = tuple(np.full(100, component) for component in other.total)
    one, many = CentreOfMass(other), EventCentreOfMass(total, beams.electron)  # type: ignore[arg-type]
    np.testing.assert_allclose(many.sqrt_s, one.sqrt_s, rtol=1e-13)
    for first, second in ((one.to_cm, many.to_cm), (one.recoil, many.recoil)):
        for name in ("px", "py", "pz", "energy"):
            np.testing.assert_allclose(second(momenta)[name], first(momenta)[name], rtol=1e-12, atol=1e-12)
    assert len(events.beam.to_cm(events.photons)) == NUMBER  # jagged too
