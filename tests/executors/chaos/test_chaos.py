"""A smaller chaos than the full one: 500 chunks, 8 dead workers, 2 dead clients, a dead scheduler."""

from dataclasses import asdict
from pathlib import Path

import pytest
from chaos import Setting, run_chaos


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_event_is_counted_once_whatever_dies(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    report = run_chaos(1, Setting(files=50, chunks=500, kills=8, pause=0.2, workers=3), tmp_path)
    with capsys.disabled():
        print(f"\nchaos: {asdict(report)}")  # noqa: T201  # the report is what this is for
    assert report.workers_killed >= 8
    assert (report.clients_killed, report.schedulers_killed) == (2, 1)
    assert sum(report.damaged_files.values()) == 4  # 50 files: one of each kind
    assert report.events_unreadable == 3 * 250 + 25  # three whole files of ten chunks, one chunk of the fourth
    assert report.events_counted == 12_500 - report.events_unreadable
    assert (report.events_lost, report.events_twice) == (0, 0)
