from pathlib import Path
from typing import Any

import numpy as np
import pytest
from darkbelle.datasets.errors import InputError
from darkbelle.processors.by_experiment import ByExperiment
from darkbelle.processors.dark_higgsstrahlung import DarkHiggsstrahlung
from darkbelle.processors.dark_photon_visible import DarkPhotonVisible
from darkbelle.processors.lfv_zprime_invisible import LfvZprimeInvisible
from darkbelle.processors.muonic_dark_force import MuonicDarkForce
from darkbelle.processors.sysvar import CorrectionTable
from darkbelle.processors.zprime_invisible import ZprimeInvisible
from handmade_events import open_native, write_native
from passing_events import passing

ERRORS = ",".join(f"data_MC_uncertainty_{kind}_{side}" for kind in ("stat", "sys") for side in ("up", "dn"))
RATIOS = f"""p_min,p_max,cosTheta_min,cosTheta_max,charge,data_MC_ratio,{ERRORS}
0.5,1.0,-1.0,0.0,+,0.90,0.03,0.06,0.04,0.08
0.5,1.0,0.0,1.0,+,0.95,0.01,0.01,0.0,0.0
1.0,5.0,-1.0,1.0,-,1.02,0.02,0.02,0.0,0.0
"""


def table(folder: Path, text: str) -> CorrectionTable:
    path = folder / "table.csv"
    path.write_text(text)
    return CorrectionTable.read(path)


def test_a_track_gets_the_correction_of_its_bin_and_1_outside(tmp_path: Path) -> None:
    momentum, theta = np.array([0.7, 0.7, 2.0, 2.0, 9.0]), np.array([2.0, 1.0, 1.0, 1.0, 1.0])
    nominal, up, down = table(tmp_path, RATIOS).corrections(momentum, theta, np.array([1.0, 1, -1, 1, -1]))
    assert nominal.tolist() == [0.90, 0.95, 1.02, 1.0, 1.0]
    # 0.03 (+) 0.04 = 0.05 upwards, 0.06 (+) 0.08 = 0.10 downwards
    assert up == pytest.approx([0.95, 0.96, 1.04, 1.0, 1.0])
    assert down == pytest.approx([0.80, 0.94, 1.00, 1.0, 1.0])


def test_a_track_that_is_not_a_number_gets_no_correction(tmp_path: Path) -> None:
    nominal, *_ = table(tmp_path, RATIOS).corrections(np.array([np.nan]), np.array([np.nan]), np.array([1.0]))
    assert nominal.tolist() == [1.0]


def test_toys_are_read_and_their_spread_is_the_uncertainty(tmp_path: Path) -> None:
    text = "p_min,p_max,theta_min,theta_max,charge,Weight,Weight_0,Weight_1\n0,10,0,3.2,0,0.9,0.8,1.0\n"
    found = table(tmp_path, text)
    tracks = np.array([1.0, 20.0]), np.array([1.0, 1.0]), np.array([1.0, 1.0])
    assert found.toys_of(*tracks).tolist() == [[0.8, 1.0], [1.0, 1.0]]
    assert found.corrections(*tracks)[1][0] == pytest.approx(0.9 + 0.1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("p_min,p_max\n0,1\n", "no column 'theta_min'"),
        ("p_min,p_max,theta_min,theta_max,Weight\n0,1,0,3,high\n", "'Weight' holds what is not a number"),
        ("p_min,p_max,theta_min,theta_max,Weight\n0,1,0,3,nan\n", "a correction that is not a number"),
    ],
)
def test_a_broken_table_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=rf"table\.csv: .*{message}"):
        table(tmp_path, text)


def test_a_table_corrects_the_muons_of_the_invisible_zprime(tmp_path: Path) -> None:
    # Muons of 3 and 1.5 GeV (CM) have about 3.3 and 1.6 GeV: the table's bins end at 2 GeV.
    text = "p_min,p_max,theta_min,theta_max,data_MC_ratio,data_MC_uncertainty_stat_up,data_MC_uncertainty_stat_dn\n"
    (tmp_path / "muons.csv").write_text(text + "0,2,0,3.2,0.9,0.09,0.18\n2,10,0,3.2,0.8,0.08,0.08\n")
    channel = ZprimeInvisible(identification_tables={"muon": str(tmp_path / "muons.csv")})
    filled = channel.process(open_native(write_native(tmp_path / "pair.root", [passing("zprime_invisible")])))
    assert filled["recoil_mass"]["s", "signal", "nominal", sum].value == pytest.approx(0.9 * 0.8)
    weights = filled["recoil_mass_weights"]
    assert weights["s", "signal", "muon_identification_up", sum].value == pytest.approx(0.99 * 0.88)
    assert weights["s", "signal", "muon_identification_down", sum].value == pytest.approx(0.72 * 0.72)


@pytest.mark.parametrize(
    ("channel", "lepton", "histogram", "muons"),
    [
        (DarkPhotonVisible, "electron", "pair_mass", 2),
        (MuonicDarkForce, "muon", "reduced_mass", 2),  # two of the four have to be identified
        (DarkHiggsstrahlung, "muon", "mass_plane", 2),
        (LfvZprimeInvisible, "muon", "recoil_mass", 1),
        (LfvZprimeInvisible, "electron", "recoil_mass", 1),
    ],
)
def test_a_table_corrects_the_leptons_of_other_searches(
    tmp_path: Path, channel: type[ByExperiment[Any]], lepton: str, histogram: str, muons: int
) -> None:
    path = tmp_path / "table.csv"
    path.write_text(
        "p_min,p_max,theta_min,theta_max,data_MC_ratio,data_MC_uncertainty_stat_up,data_MC_uncertainty_stat_dn\n"
        "0,20,0,3.2,0.9,0.09,0.09\n"
    )
    events = open_native(write_native(tmp_path / "event.root", [passing(channel.name)]))
    plain = channel().process(events)
    corrected = channel(identification_tables={lepton: str(path)}).process(events)
    up = {"variation": f"{lepton}_identification_up"}
    for region in plain[histogram].axes["region"]:
        before, after = (
            each[histogram][{"region": region, "variation": "nominal"}].sum(flow=True) for each in (plain, corrected)
        )
        assert after.value == pytest.approx(before.value * 0.9**muons)
        shifted = corrected[f"{histogram}_weights"][{"region": region, **up}].sum(flow=True)
        assert shifted.value == pytest.approx(before.value * 0.99**muons)
    assert plain[histogram].sum(flow=True).value > 0
