"""Publication of likelihoods: one background-only workspace and a pyhf PatchSet with one patch a hypothesis.

Where a hypothesis's window is that of the background-only workspace, its patch adds the signal; where the window moves
with the mass, it replaces the channels, which a patch may do as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from json import dumps
from pathlib import Path
from typing import Any

import pyhf

from ..datasets.errors import ModelError, UsageError
from ..datasets.storage import make_folder, write_text
from .histfactory import POI
from .model import quiet_pyhf, validate_workspace
from .results import HypothesisResult
from .scan_result import Scan

NO_RECORD = "ins0000000"  # pyhf's schema asks for a HEPData record; this one does not exist


@dataclass(frozen=True)
class Likelihoods:
    """A background-only workspace and its patch set, as JSON objects."""

    background: dict[str, Any]
    patchset: dict[str, Any]


def likelihoods(scan: Scan, record: str = NO_RECORD) -> Likelihoods:
    """Write a scan as background-only workspace and patch set, checked by pyhf.

    Parameters
    ----------
    scan
        With workspaces.
    record
        HEPData record that it belongs to, "ins" and seven digits.

    Raises
    ------
    UsageError
        No hypothesis has a workspace.
    ModelError
        pyhf refuses the result, or a patch does not give back its workspace.
    """
    results = [each for each in scan.hypotheses if each.name in scan.workspaces]
    if not results:
        raise UsageError(f"{scan.channel}: no hypothesis has a workspace to publish.")
    background = background_only(scan.workspaces[results[0].name], scan.channel)
    labels = _labels(results)
    patchset = {
        "metadata": {
            "references": {"hepdata": record},
            "description": f"{scan.channel}: one patch for each hypothesis",
            "digests": {"sha256": pyhf.utils.digest(background, algorithm="sha256")},
            "labels": labels or ["hypothesis"],
        },
        "patches": [
            {
                "metadata": {
                    "name": each.name,
                    "values": [each.point[label] for label in labels] or [number],
                },
                "patch": _operations(background, scan.workspaces[each.name]),
            }
            for number, each in enumerate(results)
        ],
        "version": "1.0.0",
    }
    _verify(background, patchset, scan.workspaces)
    return Likelihoods(background, patchset)


def write_likelihoods(scan: Scan, folder: Path, record: str = NO_RECORD) -> tuple[Path, Path]:
    """Write `<channel>_background_only.json` and `<channel>_patchset.json`."""
    made = likelihoods(scan, record)
    target = make_folder(folder)
    paths = (target / f"{scan.channel}_background_only.json", target / f"{scan.channel}_patchset.json")
    for path, content in zip(paths, (made.background, made.patchset), strict=True):
        write_text(path, dumps(content))
    return paths


def background_only(specification: Mapping[str, Any], name: str) -> dict[str, Any]:
    """Take the signal out of a workspace, and what its measurement says of mu."""
    return {
        "channels": [
            {"name": each["name"], "samples": [sample for sample in each["samples"] if not _is_signal(sample)]}
            for each in specification["channels"]
        ],
        "observations": specification["observations"],
        "measurements": [_measurement(specification["measurements"][0], name)],
        "version": specification["version"],
    }


def _measurement(measurement: Mapping[str, Any], name: str) -> dict[str, Any]:
    config = measurement["config"]
    kept = [each for each in config["parameters"] if each["name"] != POI]
    return {"name": name, "config": {"poi": config["poi"], "parameters": kept}}


def _is_signal(sample: Mapping[str, Any]) -> bool:
    return any(each["name"] == POI and each["type"] == "normfactor" for each in sample["modifiers"])


def _operations(background: dict[str, Any], specification: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Give the JSON patch from the background-only workspace to a hypothesis's."""
    measurement = {"op": "replace", "path": "/measurements", "value": specification["measurements"]}
    if background_only(specification, background["measurements"][0]["name"]) != background:
        return [
            {"op": "replace", "path": "/channels", "value": specification["channels"]},
            {"op": "replace", "path": "/observations", "value": specification["observations"]},
            measurement,
        ]
    added = [
        {"op": "add", "path": f"/channels/{number}/samples/{place}", "value": sample}
        for number, channel in enumerate(specification["channels"])
        for place, sample in enumerate(channel["samples"])
        if _is_signal(sample)
    ]
    return [*added, measurement]


def _labels(results: list[HypothesisResult]) -> list[str]:
    """Name the parameters that tell the hypotheses apart."""
    names = list(dict.fromkeys(name for each in results for name in each.point))
    complete = [name for name in names if all(name in each.point for each in results)]
    points = {tuple(each.point[name] for name in complete) for each in results}
    return complete if len(points) == len(results) else []


def _verify(background: dict[str, Any], patchset: dict[str, Any], workspaces: Mapping[str, dict[str, Any]]) -> None:
    try:
        with quiet_pyhf():
            patches = pyhf.PatchSet(patchset)
            patches.verify(background)
    except (pyhf.exceptions.InvalidSpecification, pyhf.exceptions.InvalidPatchSet) as error:
        raise ModelError(f"pyhf refuses the patch set: {str(error).splitlines()[0]}") from error
    validate_workspace(background)
    for patch in patches:
        if dict(patch.apply(background)) != workspaces[patch.name]:
            raise ModelError(f"{patch.name}: its patch does not give back its workspace.")
