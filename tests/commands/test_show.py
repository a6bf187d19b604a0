import sys
from pathlib import Path

import darkbelle
import pytest
import yaml
from darkbelle.__main__ import main

sys.path.insert(0, str(Path(__file__).parents[1] / "processors"))

from handmade_events import write_native
from passing_events import passing


@pytest.mark.slow
def test_a_page_tells_cutflow_efficiency_and_shows_pictures(tmp_path: Path) -> None:
    write_native(tmp_path / "signal.root", [passing("zprime_invisible", turn) for turn in range(3)])
    write_native(tmp_path / "tau.root", [passing("zprime_invisible", turn) for turn in range(2)])
    samples = {
        "tau": {"kind": "background", "files": ["tau.root"], "cross_section": 1.0},
        "z": {"kind": "signal", "files": ["signal.root"], "cross_section": 1.0, "hypothesis": {"mass": 5.57}},
    }
    catalog = tmp_path / "catalog.yaml"
    catalog.write_text(yaml.safe_dump({"experiment": "belle2", "luminosity": 1.0, "samples": samples}))
    darkbelle.run(catalog, channels=["zprime_invisible"], output=tmp_path / "run", workers=1, progress=False)
    assert main(["show", str(tmp_path / "run"), "--output", str(tmp_path / "page")]) == 0
    page = (tmp_path / "page" / "channels.md").read_text()
    # Two of two tau pairs stand for 1 nb at 1 fb^-1, a million events; all of the signal is left.
    assert "| across_slower | 1e+06 | 100 |" in page
    assert "| signal | 1e+06 | 2 | tau 100 % |" in page
    assert "| z | signal | 1.000 | 5.5" in page
    assert "exactly two, opposite" in page  # the selection table
    pictures = {each.name for each in (tmp_path / "page").glob("*.png")}
    assert pictures == {f"zprime_invisible_{what}.png" for what in ("observables", "n_minus_1", "efficiency")}
    assert all(f"({name})" in page for name in pictures)
