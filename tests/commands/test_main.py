import subprocess
import sys
from pathlib import Path

import pytest
from darkbelle.__main__ import main

HEAVY = ("awkward", "coffea", "dask", "distributed", "hist", "numpy", "pydantic", "uproot", "yaml", "rich")


def test_help_loads_nothing_heavy() -> None:
    code = (
        "import sys\nfrom darkbelle.__main__ import main\n"
        "try:\n    main(['--help'])\nexcept SystemExit:\n    pass\n"
        f"sys.exit(', '.join(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
    for command in ("simulate", "catalog", "run", "ledger", "limits", "report", "demo"):
        assert command in done.stdout


@pytest.mark.parametrize("arguments", [[], ["no-such-command"], ["run"], ["run", "c.yaml", "--no-such-option"]])
def test_wrong_use_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: darkbelle" in capsys.readouterr().err


def test_the_version_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--version"])
    assert stopped.value.code == 0
    assert capsys.readouterr().out.startswith("darkbelle 0.")


def test_an_error_is_one_message_and_a_traceback_only_with_debug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["ledger", str(tmp_path / "none")]
    assert main(arguments) == 1
    told = capsys.readouterr().err
    assert told.startswith("darkbelle: error: ")
    assert told.count("\n") == 1
    for debug in (["--debug", *arguments], [*arguments, "--debug"]):
        assert main(debug) == 1
        assert "Traceback" in capsys.readouterr().err
