import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from darkbelle.__main__ import main
from darkbelle.processors.run import Run
from native_files import write_events

Make = Callable[..., Path]
KEYS = {"chunks", "entries", "events", "luminosity", "samples", "failures"}


def test_a_run_prints_one_json_object_and_its_ledger_the_same(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    command = ["run", str(make_catalog()), "--output", out, "--channels", "zprime_invisible", "--chunksize", "500"]
    assert main([*command, "--workers", "2", "--json"]) == 0
    told = capsys.readouterr()
    summary = json.loads(told.out)
    assert told.err == ""
    assert set(summary) == KEYS
    assert summary["chunks"] == {"planned": 16, "processed": 16, "failed": 0}
    assert summary["samples"]["phase2"]["luminosity"] == {"planned": 0.5, "processed": 0.5}
    assert main(["ledger", out, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == summary
    assert main(["ledger", out]) == 0
    assert "16 of 16 chunks processed, 0 failed" in capsys.readouterr().out


def test_a_lost_file_exits_with_1_and_is_told(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_catalog()
    broken = tmp_path / "tau_1.root"
    broken.write_bytes(broken.read_bytes()[:5000])
    command = ["run", str(path), "--output", str(tmp_path / "out"), "--channels", "zprime_invisible", "--json"]
    assert main([*command, "--workers", "1"]) == 1
    told = capsys.readouterr()
    (failure,) = json.loads(told.out)["failures"]
    assert (failure["file"], failure["start"], failure["stop"]) == (str(broken), None, None)
    assert "is truncated" in failure["reason"]
    assert "tau_1.root" in told.err
    assert main(["ledger", str(tmp_path / "out")]) == 0
    assert "is truncated" in capsys.readouterr().out


def test_a_dry_run_shows_the_plan_and_writes_nothing(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_catalog()
    before = set(tmp_path.iterdir())
    command = ["run", str(path), "--dry-run", "--channels", "zprime_invisible", "--chunksize", "1000"]
    assert main(command) == 0
    assert capsys.readouterr().out.startswith("8 chunks, 8000 entries in 4 files\nzprime_invisible: 2 samples, ")
    assert main([*command, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["channels"]["zprime_invisible"]["samples"] == ["taupair", "phase2"]
    assert set(told) >= KEYS
    assert set(tmp_path.iterdir()) == before


def test_wrong_use_exits_with_2_and_says_what_is_known(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = str(make_catalog())
    (tmp_path / "file").touch()
    for options, message in (
        (["--output", str(tmp_path / "out"), "--channels", "no_such"], "unknown channel 'no_such'; known are"),
        (["--output", str(tmp_path / "file" / "out")], "cannot write there"),
        (
            ["--output", str(tmp_path / "out"), "--site", "moon"],
            "known are coffea-casa, desy, gateway, kekcc, processes, slurm, threads",
        ),
        (["--output", str(tmp_path / "out"), "--chunksize", "0"], "must be at least 1"),
        ([], "--output is needed"),
    ):
        assert main(["run", path, *options]) == 2
        told = capsys.readouterr()
        assert message in told.err
        assert told.out == ""


def test_no_applicable_channel_exits_with_1_and_names_the_branches(
    make_catalog: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = make_catalog()
    for file in tmp_path.glob("*.root"):
        write_events(file, events=10, drop=("tracks_muon_id",))
    out = str(tmp_path / "out")
    assert main(["run", str(path), "--output", out, "--channels", "zprime_invisible", "--workers", "1"]) == 1
    assert "zprime_invisible misses tracks.muon_id" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.parametrize("site", ["threads", "processes"])
def test_ctrl_c_keeps_what_is_done_and_resume_gives_the_same_histograms(
    make_catalog: Make, tmp_path: Path, site: str
) -> None:
    path = make_catalog()
    command = [sys.executable, "-m", "darkbelle", "run", str(path), "--channels", "zprime_invisible", "--site", site]
    command += ["--workers", "1", "--chunksize", "250"]
    options = ["--channels", "zprime_invisible", "--output", str(tmp_path / "whole"), "--workers", "1"]
    assert main(["run", str(path), *options]) == 0
    started = subprocess.Popen(
        [*command, "--output", str(tmp_path / "out")], stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not (tmp_path / "out" / "run.json").exists():  # the plan: from here on chunks are run
        time.sleep(0.05)
    time.sleep(0.5)
    signal_group(started.pid)
    _, told = started.communicate(timeout=60)
    if started.returncode == 0:
        pytest.skip("the run was quicker than the interrupt")
    assert started.returncode == 1, told
    assert "--resume" in told
    assert "Traceback" not in told
    again = subprocess.run(
        [*command, "--output", str(tmp_path / "out"), "--resume"], capture_output=True, text=True, check=False
    )
    assert again.returncode == 0, again.stderr
    first, second = Run.read(tmp_path / "whole"), Run.read(tmp_path / "out")
    assert second.ledger.summary() | {"chunks": None} == first.ledger.summary() | {"chunks": None}
    for name, one in first.histograms["zprime_invisible"].items():
        other = second.histograms["zprime_invisible"][name]
        assert one.axes == other.axes
        np.testing.assert_allclose(one.values(flow=True), other.values(flow=True), rtol=1e-12)


def signal_group(pid: int) -> None:
    """Send SIGINT as a terminal does: to every process of the command."""
    os.killpg(pid, signal.SIGINT)
