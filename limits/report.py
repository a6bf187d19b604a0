"""A report: scans as one self-contained HTML page, plots and all."""

from base64 import b64encode
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from .plotting import render
from .tables import frame, published

if TYPE_CHECKING:
    from .scan_result import Scan

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; color: #222; max-width: 64rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { font-weight: 600; line-height: 1.2 } h2 { margin-top: 3rem; border-bottom: 1px solid #ccc }
img { max-width: 100% } .label { background: #F5BB54; border-radius: 4px; padding: 0 .4em }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums }
th, td { padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #eee }
.wide { overflow-x: auto } dt { font-weight: 600 } dd { margin: 0 0 .4rem 1rem; word-break: break-all }
"""
COLUMNS = {
    "mass": "mass [GeV]",
    "mu_hat": "μ̂",
    "p0": "p₀",
    "observed": "μ observed",
    "expected_m2": "μ −2σ",
    "expected_m1": "μ −1σ",
    "expected_0": "μ median",
    "expected_p1": "μ +1σ",
    "expected_p2": "μ +2σ",
    "cross_section_observed": "σ observed [nb]",
    "cross_section_expected": "σ expected [nb]",
    "coupling_observed": "coupling observed",
    "coupling_expected": "coupling expected",
    "published": "published",
    "status": "status",
}


def page(scans: Sequence["Scan"]) -> str:
    """Give the whole page.

    Parameters
    ----------
    scans
        One section each.

    Returns
    -------
    str
        HTML that needs no other file.
    """
    body = "\n".join(_section(each) for each in scans)
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>darkbelle: limits</title>'
        f"<style>{STYLE}</style></head><body><h1>Upper limits</h1>\n{body}\n</body></html>\n"
    )


def _section(scan: "Scan") -> str:
    lumi = "" if scan.luminosity is None else f", {scan.luminosity:.4g} fb<sup>−1</sup>"
    picture = b64encode(render(scan)).decode()
    notes = "".join(f"<li>{escape(each)}</li>" for each in _notes(scan))
    reference = published(scan.channel)
    cited = "" if reference is None else f"<p>Published: {escape(reference.citation)}.</p>"
    return (
        f"<h2>{escape(scan.channel.replace('_', ' '))}</h2>"
        f'<p>{escape(scan.experiment)} <span class="label">{escape(scan.data_label)}</span>: '
        f"{100 * scan.level:.4g} % CL, method {escape(scan.method)}{lumi}</p>"
        f'<img alt="limits of {escape(scan.channel)}" src="data:image/png;base64,{picture}">'
        f'{cited}<div class="wide">{_table(scan)}</div>'
        f"{f'<h3>Notes</h3><ul>{notes}</ul>' if notes else ''}{_provenance(scan)}"
    )


def _table(scan: "Scan") -> str:
    table = frame(scan)[list(COLUMNS)].rename(columns=COLUMNS).dropna(axis="columns", how="all")
    return table.to_html(index=False, border=0, float_format="{:.4g}".format, na_rep="–")


def _notes(scan: "Scan") -> list[str]:
    own: dict[str, list[str]] = {}
    for each in scan.hypotheses:
        for note in each.notes:
            own.setdefault(note, []).append(each.name if each.mass is None else f"{each.mass:g} GeV")
    return [*scan.notes, *(f"{', '.join(where)}: {note}" for note, where in own.items())]


def _provenance(scan: "Scan") -> str:
    """Name code, versions and runs behind a scan; chunks and files are in its JSON."""
    if not scan.provenance:
        return ""
    limits = scan.provenance.get("limits", {})
    rows = [("limits made by code", limits.get("code")), ("versions", _told(limits.get("versions", {})))]
    for run in scan.provenance.get("runs", []):
        ranges = sum(len(each) for each in run["chunks"].values())
        rows += [
            ("run", run["source"] or "in memory"),
            ("histograms", run["histograms"]),
            ("made by code", run["provenance"]["code"]),
            ("configuration", run["provenance"]["config"]),
            ("files", f"{len(run['chunks'])} in {ranges} ranges of entries; {len(run['lost'])} pieces lost"),
        ]
    told = "".join(f"<dt>{escape(key)}</dt><dd>{escape(str(value))}</dd>" for key, value in rows)
    return f"<details><summary>Provenance</summary><dl>{told}</dl></details>"


def _told(value: dict[str, str]) -> str:
    return ", ".join(f"{key} {each}" for key, each in value.items())
