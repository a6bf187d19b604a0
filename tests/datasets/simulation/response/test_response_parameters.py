"""The detector's numbers: documented where they ship, open to a user's own, checked for sense."""

from pathlib import Path

import pytest
import yaml
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.simulation.response import loading
from darkbelle.datasets.simulation.response.loading import load_response, response_names


def test_every_shipped_number_has_unit_and_source() -> None:
    for name in response_names():
        content = yaml.safe_load((loading.FOLDER / f"{name}.yaml").read_text())
        lines = content["trigger"].pop("lines")
        assert [key for key, line in lines.items() if not line["source"]] == []
        entries = {f"{part}.{key}": entry for part, numbers in content.items() for key, entry in numbers.items()}
        assert len(entries) > 150
        lacking = [key for key, entry in entries.items() if not entry["unit"] or not entry["source"]]
        assert lacking == []


def test_belle2_numbers_are_those_of_the_references() -> None:
    """Spot checks against figures written down independently of the file."""
    response = load_response("belle2")
    assert response.photons.energy_stochastic == 0.0081
    assert response.photons.energy_constant == 0.0134
    assert response.tracks.momentum_curvature == 0.0011
    assert response.identification.muon_as_muon[1][-1] == 0.93
    assert response.trigger.lines["bha3d"].cluster_pairs[0].higher_cm_energy == (4.5, None)
    assert response.muon_system.minimum_pt == 0.6


def test_own_numbers_replace_shipped_ones(tmp_path: Path) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(
        "photons: {hard_loss: 0.001}\nmuon_system: {photon_efficiency: {value: 0.5, unit: '1', source: me}}\n"
    )
    changed, shipped = load_response("belle2", own), load_response("belle2")
    assert changed.photons.hard_loss == 0.001
    assert changed.muon_system.photon_efficiency == 0.5
    assert changed.photons.soft_loss == shipped.photons.soft_loss
    assert changed.tracks == shipped.tracks


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("photons: {hard_los: 0.1}", r"photons\.hard_los: unknown key"),
        ("photons: {hard_loss: 2}", r"photons\.hard_loss: .*less than or equal to 1"),
        ("photon: {hard_loss: 0.1}", r"photon: unknown key"),
        ("photons: {merged_below: 9}", r"merged_below must not exceed"),
        ("photons: {hard_los: 0.1}", r"did you mean 'hard_loss'"),
        ("identification: {electron_as_electron: 1.0}", r"electron_as_\.\.\. exclude each other"),
        ("identification: {pion_as_muon: [0.1, 0.2]}", r"pion_as_muon must be a number, 10 numbers"),
        ("tracks: {inner_radius: 500}", r"inner_radius must lie below outer_radius"),
        ("trigger: {ring_edges: [3, 2, 1]}", r"must grow"),
        ("trigger: {lines: {mine: {veto: [bha4d], clusters: [{at_least: 1}], source: me}}}", r"mine names bha4d"),
        ("trigger: {lines: {mine: {source: me}}}", r"a line needs a condition"),
        ("trigger: {lines: {mine: {clusters: [{at_lest: 1}], source: me}}}", r"did you mean 'at_least'"),
        ("[1, 2]", r"expects parts"),
        ("photons: {hard_loss: {value: 0.1}}", r"photons\.hard_loss: unit: is missing"),
    ],
)
def test_wrong_own_numbers_are_named(tmp_path: Path, text: str, message: str) -> None:
    own = tmp_path / "own.yaml"
    own.write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_response("belle2", own)


def test_experiment_without_response_is_refused() -> None:
    with pytest.raises(ConfigurationError, match=r"'nowhere'; there are .*belle2"):
        load_response("nowhere")
