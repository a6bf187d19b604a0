"""`darkbelle control` on data and on simulation: luminosity within its errors, tables, pictures, JSON."""

import json
from pathlib import Path

import darkbelle
import pytest
import yaml
from darkbelle.__main__ import main

LUMINOSITY = 0.0006  # fb^-1
SAMPLES = ("ee", "eegamma_pair", "gammagamma_pair")


def simulated(folder: Path, seed: int) -> dict[str, dict[str, object]]:
    """Simulate Bhabha and two-photon events; give the catalog's samples with absolute paths."""
    request = ["--experiment", "belle2", "--luminosity", str(LUMINOSITY), "--samples", ",".join(SAMPLES)]
    assert main(["simulate", *request, "--seed", str(seed), "--output", str(folder), "--site", "threads"]) == 0
    samples: dict[str, dict[str, object]] = yaml.safe_load((folder / "catalog.yaml").read_text())["samples"]
    for each in samples.values():
        each["files"] = [str(folder / str(name)) for name in list(each["files"])]  # type: ignore[call-overload]
    return samples


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Run over "data", which are simulation of another seed, with simulation beside it; and over simulation alone."""
    folder = tmp_path_factory.mktemp("runs")
    simulation, other = simulated(folder / "one", 5), simulated(folder / "other", 6)
    files = [file for each in other.values() for file in list(each["files"])]  # type: ignore[call-overload]
    data = {"kind": "data", "files": files, "luminosity": LUMINOSITY, "channels": ["control"], "schema": "darkbelle"}
    for name, samples in (("data", simulation | {"collisions": data}), ("simulation", simulation)):
        content = {"experiment": "belle2", "luminosity": LUMINOSITY, "samples": samples}
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(content))
        darkbelle.run(
            folder / f"{name}.yaml",
            channels=["control"],
            output=folder / name,
            workers=2,
            site="threads",
            progress=False,
        )
    return folder / "data", folder / "simulation"


@pytest.mark.slow
def test_bhabha_and_two_photon_events_give_the_luminosity_of_data(runs: tuple[Path, Path]) -> None:
    results = darkbelle.measure_control(darkbelle.Run.read(runs[0]))
    assert (results.source, results.luminosity) == ("data", LUMINOSITY)
    assert [each.process for each in results.luminosities] == ["bhabha", "gamma_gamma"]
    for each in results.luminosities:
        assert each.luminosity is not None
        assert abs(each.luminosity.pull(LUMINOSITY)) < 3.0
        assert each.luminosity.up < 0.1 * LUMINOSITY  # some thousand and some hundred events


@pytest.mark.slow
def test_half_of_a_simulation_measures_the_other_half_and_another_run_measures_all(runs: tuple[Path, Path]) -> None:
    simulation = darkbelle.Run.read(runs[1])
    halves = darkbelle.measure_control(simulation)
    assert (halves.source, halves.luminosity) == ("simulation", LUMINOSITY)
    same = darkbelle.measure_control(simulation, simulation)
    for each, all_ in zip(halves.luminosities, same.luminosities, strict=True):
        assert each.luminosity is not None
        assert abs(each.luminosity.pull(LUMINOSITY)) < 3.0
        # The same events on both sides are no measurement, but tell that nothing is lost on the way.
        assert all_.luminosity is not None
        assert all_.luminosity.value == pytest.approx(LUMINOSITY, rel=1e-9)


@pytest.mark.slow
def test_the_command_prints_tables_or_json_and_draws(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["control", str(runs[0]), "--output", str(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert "data, 0.0006 fb⁻¹" in told
    assert "luminosity by bhabha: 0.0006" in told
    assert "J/psi: " in told  # why there is none
    pictures = {"control_photon_energy.png", "control_photon_efficiency.png", "control_trigger.png"}
    assert {each.name for each in tmp_path.iterdir()} == {"control.json", *pictures}
    assert main(["control", str(runs[0]), "--simulation", str(runs[1]), "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert printed["source"] == "data"
    assert printed["luminosities"][0]["luminosity"]["value"] == pytest.approx(LUMINOSITY, rel=0.2)


@pytest.mark.slow
def test_a_run_without_the_channel_is_refused(
    runs: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = tmp_path / "other"
    catalog = yaml.safe_load((runs[1].parent / "simulation.yaml").read_text())
    catalog["samples"] = {"gammagamma_pair": catalog["samples"]["gammagamma_pair"] | {"channels": ["alp_three_photon"]}}
    (tmp_path / "catalog.yaml").write_text(yaml.safe_dump(catalog))
    darkbelle.run(tmp_path / "catalog.yaml", channels=["alp_three_photon"], output=other, workers=1, progress=False)
    assert main(["control", str(other)]) == 2
    assert "run it with --channels control" in capsys.readouterr().err
