import json
from collections.abc import Callable
from pathlib import Path

import pytest
from darkbelle.__main__ import main

Make = Callable[..., Path]


def test_a_good_catalog_exits_with_0(make_catalog: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalog", "check", str(make_catalog()), "--deep"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "taupair: 3 files, 6000 entries, 6000 events, schema darkbelle, 16 runs",
        "phase2: 1 files, 2000 entries, 2000 events, schema darkbelle, 16 runs, 0.5 fb^-1",
    ]


def test_the_json_has_its_keys(make_catalog: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_catalog()
    path.with_name("tau_1.root").write_text("not ROOT")
    assert main(["catalog", "check", str(path), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert set(told) == {"ok", "samples", "problems", "warnings"}
    assert told["ok"] is False
    assert told["samples"]["taupair"] == {
        "files": 2,
        "entries": 4000,
        "events": 4000,
        "schema": "darkbelle",
        "runs": 16,
        "luminosity": None,
        "generated": 8000.0,
        "undefined": {},  # 2 generated for each event
    }
    file = str(path.with_name("tau_1.root"))
    assert told["problems"] == [{"file": file, "kind": "not-root", "message": f"{file}: is not a ROOT file."}]


def test_damage_inside_a_file_is_found_by_a_deep_check(make_catalog: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_catalog()
    file = path.with_name("data.root")
    content = bytearray(file.read_bytes())
    content[8000:20000] = bytes(12000)
    file.write_bytes(content)
    assert main(["catalog", "check", str(path), "--deep"]) == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"{file}: cannot be read; it is truncated or damaged")


def test_a_wrong_key_is_one_line_naming_it(make_catalog: Make, capsys: pytest.CaptureFixture[str]) -> None:
    path = make_catalog(luminosty=3.0)
    assert main(["catalog", "check", str(path)]) == 1
    assert capsys.readouterr().out.splitlines() == [f"{path}: luminosty: unknown key; did you mean 'luminosity'?"]
