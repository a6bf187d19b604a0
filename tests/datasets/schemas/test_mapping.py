from pathlib import Path
from typing import Any

import awkward as ak
import numpy as np
import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.datasets.schemas.mapping import InputMapping, ObjectMapping, load_mapping, mapping_names
from darkbelle.datasets.schemas.names import escape
from input_files import chunk_of, keys, survey, write_tree

SKIMS = [name for name in mapping_names() if name[0].isupper()]
VARIABLES = {"px": 1.0, "py": 0.5, "pz": 0.25, "E": 1.5, "charge": 1.0, "dr": 0.1, "dz": 0.2, "clusterTiming": 3.0}


def ntuple(path: Path, mapping: InputMapping, alternative: int) -> Path:
    """Write the ntuple that a mapping is for, with the columns that one of its templates names."""
    columns: dict[str, Any] = keys([2, 1])
    for wanted in (mapping.photons, mapping.tracks):
        for each in wanted if isinstance(wanted, tuple) else ():
            template = each.names[min(alternative, len(each.names) - 1)]
            columns |= {escape(template.replace("{}", name)): np.full(3, value) for name, value in VARIABLES.items()}
    for pair in mapping.vertices:
        template = pair.names[min(alternative, len(pair.names) - 1)]
        columns |= {escape(template.replace("{}", name)): np.full(3, 0.1) for name in ("dx", "dy", "dz")}
    write_tree(path, variables=columns)
    return path


@pytest.mark.parametrize("alternative", [0, 1])
@pytest.mark.parametrize("name", SKIMS)
def test_mappings_of_skims_find_all_objects(tmp_path: Path, name: str, alternative: int) -> None:
    mapping = load_mapping(name, tmp_path)
    found = survey(ntuple(tmp_path / "a.root", mapping, alternative), mapping.model_dump())
    assert found.warnings == ()
    with chunk_of(found) as events:
        for kind in ("photons", "tracks"):
            wanted = getattr(mapping, kind)
            if wanted is not None:
                number = len(wanted) if isinstance(wanted, tuple) else 0
                assert ak.num(events[kind]).to_list() == [number, number]
        assert ("vertices" in events.fields) == bool(mapping.vertices)


def test_all_the_dark_sectors_skims_have_a_mapping() -> None:
    assert {
        "SinglePhotonDark",
        "GammaGammaControlKLMDark",
        "ALP3Gamma",
        "EGammaControlDark",
        "DimuonPlusMissingEnergy",
        "DimuonRecoilMassSquared",
        "ElectronMuonPlusMissingEnergy",
        "DielectronPlusMissingEnergy",
        "BtoKplusLLP",
        "InelasticDarkMatter",
    } <= set(SKIMS)


def test_mappings_of_ones_own_are_read_beside_the_catalog(tmp_path: Path) -> None:
    (tmp_path / "own.yaml").write_text('photons:\n  - names: ["g_{}"]\n    variables: {time: g_t}\n')
    assert load_mapping("own.yaml", tmp_path).photons == (ObjectMapping(names=("g_{}",), variables={"time": "g_t"}),)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("fotons: none", "fotons: unknown key"),
        ("best: {highest: a, lowest: b}", "give highest or lowest, not both"),
        ('tracks:\n  - names: ["mu_"]', "must hold {} once"),
        ("trigger: {bits: {lml1: 320}}", "less than 320"),
    ],
)
def test_mistakes_are_named(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "own.yaml").write_text(text)
    with pytest.raises(ConfigurationError, match=message):
        load_mapping("own.yaml", tmp_path)


def test_unknown_mappings_are_told_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"unknown mapping 'SinglePhoton'; known are .*SinglePhotonDark"):
        load_mapping("SinglePhoton", tmp_path)
