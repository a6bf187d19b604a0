import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CASES = Path(__file__).with_name("xrootd_cases.py")


def missing() -> str | None:
    """Say what the XRootD tests lack here."""
    if importlib.util.find_spec("XRootD") is None:
        return "the Python package xrootd is not installed"
    if shutil.which("xrootd") is None:
        return "no xrootd server; as root: apt-get install -y --no-install-recommends xrootd-server"
    if os.getuid() != 0:
        return "only root can give the xrootd server, which listens on all interfaces, a network of its own"
    tried = subprocess.run(["unshare", "--net", "true"], capture_output=True, check=False)
    return None if tried.returncode == 0 else "no network namespace can be made here"


@pytest.mark.slow
def test_files_behind_a_real_xrootd_server_that_only_this_test_can_reach() -> None:
    reason = missing()
    if reason is not None:
        pytest.skip(reason)
    command = ["unshare", "--net", sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(CASES)]
    told = subprocess.run(command, capture_output=True, text=True, check=False, timeout=240, cwd=CASES.parents[2])
    assert told.returncode == 0, told.stdout + told.stderr
    assert "4 passed" in told.stdout
