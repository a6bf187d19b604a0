"""A run as it begins: everything planned, nothing done, and what its histograms will have been made with."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from ..datasets.catalog import Catalog
from ..datasets.chunk import FileSurvey
from ..datasets.identity import Identity
from ..datasets.provenance import Provenance, file_hash
from ..datasets.reading import SampleContext
from ..datasets.run_ranges import RunSelection
from ..processors.run import Run, SampleInfo
from .accumulating import empty_histograms
from .identity import code_of, identify
from .planning import Plan
from .sealing import unsealings

if TYPE_CHECKING:
    from ..processors.channel import Channel

CODE = ("datasets", "executors", "processors")  # what a run's result depends on


def contexts_of(catalog: Catalog) -> dict[str, SampleContext]:
    """Give what channels may know of each sample."""
    return {name: SampleContext.of(name, sample) for name, sample in catalog.samples.items()}


def selections_of(catalog: Catalog) -> dict[str, RunSelection]:
    """Give the used runs of those samples of which not all are used."""
    return {name: runs for name in catalog.samples if (runs := catalog.selection(name)) is not None}


def planned_run(catalog: Catalog, channels: "Sequence[Channel]", plan: Plan, chunksize: int) -> Run:
    """Make the run as planned: empty histograms, nothing done."""
    config = {
        "samples": {name: sample.model_dump(mode="json") for name, sample in catalog.samples.items()},
        "luminosity": catalog.luminosity,
        "good_runs": {name: each.model_dump(mode="json") for name, each in catalog.good_runs.items()},
        "channels": {channel.name: channel.configuration() for channel in channels},
        "unsealed": [channel.name for channel in channels if channel.unsealed],
        "chunksize": chunksize,
    }
    inputs = {file: survey.identity or "" for file, survey in plan.surveys.items() if survey.problem is None}
    if catalog.path.is_file():
        inputs[str(catalog.path)] = file_hash(catalog.path)
    return Run(
        histograms=empty_histograms(channels, {c.name: plan.samples_of(c.name) for c in channels}),
        ledger=replace(plan.ledger, unsealed=unsealings(channels)),
        samples={name: SampleInfo.of(name, s, plan.applied[name]) for name, s in catalog.samples.items()},
        luminosity=catalog.luminosity,
        not_applicable=plan.not_applicable,
        provenance=Provenance.of(config, inputs, CODE),
        sealed={channel.name: channel.sealed for channel in channels if channel.sealed},
        identities=_identities(catalog, channels, plan),
    )


def _identities(catalog: Catalog, channels: "Sequence[Channel]", plan: Plan) -> dict[str, Identity]:
    """Give what each sample's histograms are made with; samples without an identity are left out."""
    code, contexts, selections = code_of(channels), contexts_of(catalog), selections_of(catalog)
    surveys: dict[str, list[FileSurvey]] = {}
    for survey in plan.surveys.values():
        surveys.setdefault(survey.sample, []).append(survey)
    found: dict[str, Identity] = {}
    for name, applied in plan.applied.items():
        own = replace(code, channels={channel: code.channels[channel] for channel in applied})
        identity = identify(own, contexts[name], surveys.get(name, ()), selections.get(name)) if applied else None
        if identity is not None:
            found[name] = identity
    return found
