import sys
from argparse import ArgumentParser
from getpass import getuser
from pathlib import Path

import darkbelle
import pandas as pd
import pytest
import yaml
from darkbelle.commands.limits import add_arguments
from darkbelle.commands.limits import execute as execute_limits
from darkbelle.datasets.errors import UsageError
from darkbelle.processors.run import Run

sys.path.insert(0, str(Path(__file__).parents[1] / "processors"))

from handmade_events import write_native
from passing_events import passing


@pytest.fixture
def catalog(tmp_path: Path) -> Path:
    """Make a catalog of three data and two simulated events that pass the search for an invisible Z'."""
    for name, number in (("data", 3), ("taupair", 2)):
        write_native(tmp_path / f"{name}.root", [passing("zprime_invisible", turn) for turn in range(number)])
    samples = {
        "data": {"kind": "data", "files": ["data.root"], "luminosity": 0.5},
        "taupair": {
            "kind": "background",
            "files": ["taupair.root"],
            "cross_section": 0.919,
        },
    }
    path = tmp_path / "catalog.yaml"
    path.write_text(yaml.safe_dump({"experiment": "belle2", "samples": samples}))
    return path


def passed(run: Run, sample: str, region: str) -> float:
    return float(run.histograms["zprime_invisible"]["recoil_mass"][sample, region, "nominal", sum].value)


@pytest.mark.slow
def test_data_of_a_sealed_region_are_nowhere_until_unsealed(catalog: Path, tmp_path: Path) -> None:
    closed = darkbelle.run(
        catalog, channels=["zprime_invisible"], output=tmp_path / "run", columns=tmp_path / "columns", progress=False
    )
    assert passed(closed, "data", "before_tau_suppression") == 3
    assert passed(closed, "data", "signal") == 0
    assert passed(closed, "taupair", "signal") == 2
    for name, histogram in closed.histograms["zprime_invisible"].items():
        assert histogram[{"process": "data", "region": "signal"}].values(flow=True).sum() == 0, name
    assert Run.read(tmp_path / "run").sealed == {"zprime_invisible": ("signal",)}
    assert closed.ledger.unsealed == ()
    rows = pd.concat(pd.read_parquet(each) for each in (tmp_path / "columns" / "zprime_invisible" / "data").iterdir())
    assert len(rows) == 3
    assert "in_signal" not in rows
    simulated = pd.concat(
        pd.read_parquet(each) for each in (tmp_path / "columns" / "zprime_invisible" / "taupair").iterdir()
    )
    assert simulated["in_signal"].tolist() == [True, True]
    assert {"event", "weight", "recoil_mass", "across_faster"} <= set(simulated)

    opened = darkbelle.run(
        catalog, channels=["zprime_invisible"], output=tmp_path / "opened", unseal=True, progress=False
    )
    assert passed(opened, "data", "signal") == 3
    (record,) = Run.read(tmp_path / "opened").ledger.unsealed
    assert (record.who, record.channels) == (getuser(), ("zprime_invisible",))
    assert record.when.endswith("+00:00")


@pytest.mark.slow
def test_a_sealed_run_is_not_looked_at_and_runs_again_when_resumed_as_unsealed(catalog: Path, tmp_path: Path) -> None:
    out = tmp_path / "run"
    darkbelle.run(catalog, channels=["zprime_invisible"], output=out, progress=False)
    parser = ArgumentParser()
    add_arguments(parser)
    wanted = ["--channels", "zprime_invisible", "--output", str(tmp_path / "limits"), "--unseal"]
    options = parser.parse_args([str(out), *wanted])
    with pytest.raises(
        UsageError, match="the data of zprime_invisible were sealed; repeat darkbelle run with --unseal"
    ):
        execute_limits(options)
    opened = darkbelle.run(catalog, channels=["zprime_invisible"], output=out, resume=True, unseal=True, progress=False)
    assert passed(opened, "data", "signal") == 3
    assert passed(opened, "data", "before_tau_suppression") == 3
    assert [each.who for each in Run.read(out).ledger.unsealed] == [getuser()]
    assert Run.read(out).sealed == {}
