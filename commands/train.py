"""`darkbelle train`: train the classifiers of a channel's regions on a catalog, and write them as ONNX with a card."""

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any

    import pandas as pd

    from ..datasets.catalog import Catalog
    from ..processors.model_card import TrainedSample
    from ..processors.trained import TrainedSelection
    from ..processors.training.making import Request

NB_TO_FB = 1e6


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file: signals and backgrounds")
    parser.add_argument("--channel", required=True, help="a channel with a trained selection")
    parser.add_argument("--regions", metavar="A,B", help="all of the channel's where absent")
    parser.add_argument("--output", required=True, type=Path, metavar="DIR", help="folder for models and cards")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="fixes the models (default: 1)")
    parser.add_argument(
        "--luminosity", type=float, metavar="FB", help="fb^-1 of the comparison with cuts; the catalog's where absent"
    )
    parser.add_argument(
        "--significance", type=float, default=1.28, metavar="A", help="standard deviations asked for (default: 1.28)"
    )
    parser.add_argument("--site", default="threads", help="threads, processes or a YAML file (default: threads)")
    parser.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    parser.add_argument("--json", action="store_true", help="print the cards as one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Train; print each card's figures."""
    from ..datasets.catalog import Catalog
    from ..datasets.errors import UsageError
    from ..processors.registry import make_channels
    from ..processors.trained import TrainedSelection
    from ..processors.training.fitting import check_installed
    from ..processors.training.making import train
    from ..processors.training.writing import told, write_classifier

    check_installed()
    catalog = Catalog.read(options.catalog)
    (found,) = make_channels([options.channel])
    if not isinstance(found, TrainedSelection):
        raise UsageError(f"{found.name}: has no trained selection.")
    channel = type(found)(preselection=True)
    regions = tuple(options.regions.split(",")) if options.regions else channel.regions
    if not set(regions) <= set(channel.regions):
        raise UsageError(f"--regions: {channel.name} has {', '.join(channel.regions)}.")
    if options.seed < 0:
        raise UsageError(f"--seed {options.seed}: must not be negative.")
    cards = {}
    for region in regions:
        made = train(*prepare(catalog, channel, region, options))
        path = write_classifier(made, options.output, f"{made.card.channel}_{region}_{made.card.experiment}")
        cards[region] = made.card.model_dump(mode="json")
        if not options.json:
            sys.stdout.write(f"{told(made.card)}  written to {path}\n")
    if options.json:
        sys.stdout.write(json.dumps(cards) + "\n")
    return 0


def prepare(
    catalog: "Catalog", channel: "TrainedSelection[Any]", region: str, options: argparse.Namespace
) -> "tuple[pd.DataFrame, Request]":
    """Gather a region's rows, weighed to `options.luminosity`, and say what is trained on them.

    Parameters
    ----------
    catalog, channel, region
        Samples, and the selection up to its classifier.
    options
        `luminosity`, `significance`, `seed`, `site` and `workers` as on the command line.
    """
    from ..datasets.errors import UsageError
    from ..datasets.provenance import file_hash
    from ..executors.gathering import SAMPLE, gather
    from ..processors.punzi import OBSERVABLE, WEIGHT
    from ..processors.training.comparing import Terms
    from ..processors.training.making import Request
    from ..processors.training.rows import expected_events

    luminosity = options.luminosity or catalog.luminosity
    if luminosity is None:
        raise UsageError("--luminosity is needed: the catalog names none.")
    recipe = channel.limit
    assert recipe is not None  # noqa: S101  # for mypy: what is trained is a search
    rows, generated = gather(catalog, channel, region, (), options.site, options.workers)
    experiment, *others = sorted({catalog.samples[name].experiment or "" for name in generated})
    if others:
        raise UsageError(
            f"{catalog.path}: holds {experiment} and {others[0]}; a classifier is trained for one of them."
        )
    (span,) = [each for each in recipe.regions if each.region == region]
    rows[OBSERVABLE] = rows[channel.axes(recipe.histogram_of(span))[0].name]
    kinds = {name: catalog.samples[name].kind for name in generated}
    rows["signal"] = rows[SAMPLE].map(kinds) == "signal"
    sections = {name: (catalog.samples[name].cross_section or 0.0) * NB_TO_FB for name in generated}
    scale = {
        name: (1.0 if kinds[name] == "signal" else luminosity * sections[name]) / number
        for name, number in generated.items()
    }
    rows[WEIGHT] = expected_events(scale, rows)
    masses = {
        name: point.mass
        for name in generated
        if (point := catalog.samples[name].hypothesis) is not None and span.low <= point.mass <= span.high
    }
    request = Request(
        channel=channel.selection or channel.name,
        experiment=experiment,
        region=region,
        training=channel.training,
        masses=masses,
        samples=_trained_samples(rows, kinds, generated, sections),
        catalog=file_hash(catalog.path),
        seed=options.seed,
        command=f"darkbelle train {catalog.path.name} --channel {channel.name} --seed {options.seed}"
        + (f" --luminosity {options.luminosity:g}" if options.luminosity else ""),
        terms=Terms(min(recipe.window.half_width, 2.0), luminosity, options.significance, channel.training.neighbours),
    )
    return rows, request


def _trained_samples(
    rows: "pd.DataFrame", kinds: Mapping[str, str], generated: Mapping[str, float], sections: Mapping[str, float]
) -> "dict[str, TrainedSample]":
    from ..processors.model_card import TrainedSample

    counts = rows["sample"].value_counts()
    return {
        name: TrainedSample(
            kind="signal" if kinds[name] == "signal" else "background",
            rows=int(counts.get(name, 0)),
            luminosity=None if kinds[name] == "signal" else float(f"{generated[name] / sections[name]:.4g}"),
        )
        for name in generated
    }
