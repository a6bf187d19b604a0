import json
from collections.abc import Callable
from pathlib import Path

import pytest
from darkbelle.__main__ import main
from darkbelle.processors.run import Run

Make = Callable[..., Path]


def test_what_a_channel_needs_is_converted_and_gives_the_same_cutflow(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, out = str(make_catalog()), tmp_path / "out"
    command = ["convert", path, "--output", str(out), "--channels", "zprime_invisible", "--site", "threads"]
    assert main([*command, "--workers", "1", "--format", "rntuple"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].startswith("2 files, 8000 events, ")
    assert told[1] == f"written to {out / 'catalog.yaml'}"
    assert main(["catalog", "check", str(out / "catalog.yaml")]) == 0
    flows = []
    for name, catalog in (("before", path), ("after", str(out / "catalog.yaml"))):
        run = ["run", catalog, "--output", str(tmp_path / name), "--channels", "zprime_invisible", "--workers", "1"]
        assert main(run) == 0
        flows.append(Run.read(tmp_path / name).histograms["zprime_invisible"]["cutflow_raw"])
    assert flows[0] == flows[1]


def test_wrong_use_is_one_line(make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, out = str(make_catalog()), str(tmp_path / "out")
    assert main(["convert", path, "--output", out, "--site", "threads", "--fields", "fotons"]) == 2
    assert "'fotons' is no field of the event model" in capsys.readouterr().err
    assert main(["convert", path, "--output", out, "--site", "threads", "--workers", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["events"] == {"planned": 8000, "processed": 8000}
    assert main(["convert", path, "--output", out, "--site", "threads"]) == 2
    assert "holds a conversion already; use --resume" in capsys.readouterr().err
