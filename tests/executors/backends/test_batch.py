"""What all batch systems share, without one: the scripts of the shipped sites' jobs, and what a site may ask for."""

from pathlib import Path

import pytest
from darkbelle.datasets.errors import ConfigurationError
from darkbelle.executors.backends.batch import BatchBackend, lifetime
from darkbelle.executors.opening import script_of
from darkbelle.executors.site import BatchSite, SiteError, load_site

SCRIPTS = {
    "slurm": ("#SBATCH -t 02:00:00", "#SBATCH --mem=2G", "#SBATCH -e {logs}/darkbelle-%J.err"),
    "kekcc": ("#BSUB -q s\n", "#BSUB -W 05:00\n", "#BSUB -e {logs}/"),  # hours and minutes, no seconds
    "desy": ("MY.DaskWorkerMemory = 2000000000\n", "+RequestRuntime = 10500\n", "LogDirectory = {logs}\n"),
}


@pytest.mark.parametrize("site", SCRIPTS)
def test_the_script_of_a_shipped_site_asks_for_what_the_site_says_over_tls(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    script = script_of(site)
    assert script is not None
    for line in SCRIPTS[site]:
        assert line.format(logs=tmp_path / "darkbelle-logs") in script
    for option in ("--protocol tls://", "--tls-key KEY", "--lifetime ", "--dashboard-address 127.0.0.1:0"):
        assert option in script
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("site", ["threads", "gateway"])
def test_other_sites_have_no_script(site: str) -> None:
    assert script_of(site) is None


def test_where_jobs_cannot_be_submitted_one_line_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    found = load_site("kekcc")
    assert isinstance(found, BatchSite)
    with pytest.raises(SiteError, match="there is no bsub on this machine; submit from a login node"):
        BatchBackend(found).preflight()


def test_a_scheduler_open_to_everybody_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="name the interface it shall listen on"):
        load_site("slurm", {"tls": False})
    assert load_site("slurm", {"tls": False, "interface": "ib0"})


@pytest.mark.parametrize("walltime", [120, 600, 3600, 86400])
def test_every_worker_has_ended_before_the_walltime(walltime: int) -> None:
    mean, distance = lifetime(walltime)
    assert mean - distance > 0.5 * walltime
    assert mean + distance <= walltime - min(60, 0.2 * walltime)
