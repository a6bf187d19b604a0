"""`darkbelle run`: run search channels over a catalog."""

import argparse
import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..executors.planning import Plan
    from ..processors.channel import Channel


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("catalog", metavar="CATALOG", help="the catalog's YAML file")
    parser.add_argument("--output", metavar="RUN", help="folder of the run; needed without --dry-run")
    parser.add_argument("--channels", metavar="A,B", help="channels or .py files, separated by commas")
    parser.add_argument("--trained", action="store_true", help="judge by the shipped classifiers where there are any")
    parser.add_argument("--site", default="threads", help="name of a site or a YAML file (default: threads)")
    parser.add_argument("--site-option", action="append", default=[], metavar="KEY=VALUE", help="set a key of the site")
    parser.add_argument("--workers", type=int, metavar="N", help="how many; one a core where absent")
    parser.add_argument(
        "--chunksize",
        type=int,
        default=100_000,
        metavar="N",
        help="entries a task, at most (default: 100000); fewer where these would take over a minute",
    )
    parser.add_argument("--resume", action="store_true", help="finish the run in --output")
    parser.add_argument("--max-failures", type=int, metavar="N", help="stop once more chunks than N have failed")
    parser.add_argument("--chunk-timeout", type=float, metavar="SECONDS", help="restart a worker whose chunk hangs")
    parser.add_argument("--chunk", metavar="FILE:START:STOP", help="run this chunk alone, here, to see how it fails")
    parser.add_argument("--unseal", action="store_true", help="fill the data of sealed regions; the ledger records it")
    parser.add_argument("--columns", metavar="DIR", help="write the observables of events that pass to parquet files")
    parser.add_argument("--performance-report", metavar="FILE", help="write Dask's report of the run, a web page")
    parser.add_argument("--dry-run", action="store_true", help="show what would be run, and run nothing")
    parser.add_argument("--explain", action="store_true", help="say what is reused, and why the rest is run")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """Run; 1 if something was lost."""
    from ..datasets.errors import UsageError
    from ..executors.opening import script_of
    from ..executors.running import choose_channels, plan_only, run
    from ..executors.site import read_overrides

    channels: Sequence[str | Channel] | None = options.channels.split(",") if options.channels else None
    if options.trained:
        from ..processors.trained import with_classifiers

        channels = [with_classifiers(each) for each in choose_channels(channels)]
    if options.chunk is not None:
        return _reproduce(options, channels)
    site_options = read_overrides(tuple(options.site_option))
    if options.dry_run:
        plan = plan_only(options.catalog, channels, options.site, options.workers, options.chunksize, site_options)
        script = script_of(options.site, site_options)
        sys.stdout.write(json.dumps(_planned(plan, script)) + "\n" if options.json else _plan_text(plan, script))
        return 0 if not plan.ledger.lost_files and not plan.ledger.failures else 1
    if options.output is None:
        raise UsageError("--output is needed: the folder of the run.")
    result = run(
        options.catalog,
        channels,
        site=options.site,
        workers=options.workers,
        chunksize=options.chunksize,
        output=options.output,
        resume=options.resume,
        max_failures=options.max_failures,
        unseal=options.unseal,
        columns=options.columns,
        chunk_timeout=options.chunk_timeout,
        site_options=site_options,
        performance_report=options.performance_report,
        explain=options.explain,
    )
    summary = result.ledger.summary()
    if options.json:
        sys.stdout.write(json.dumps(summary) + "\n")
    else:
        sys.stdout.write(f"{result!r}\nwritten to {options.output}\n")
    for failure in summary["failures"][:10]:
        sys.stderr.write(f"darkbelle: lost: {_where(failure)}: {failure['reason']}\n")
    if len(summary["failures"]) > 10:
        sys.stderr.write(f"darkbelle: and {len(summary['failures']) - 10} more; see darkbelle ledger.\n")
    return 0 if result.ledger.complete else 1


def _reproduce(options: argparse.Namespace, channels: "Sequence[str | Channel] | None") -> int:
    """Run one chunk here; it either fails as it did, or is fine."""
    from ..executors.reproducing import reproduce

    (done,) = reproduce(options.catalog, channels, options.chunk).done
    sys.stdout.write(f"{options.chunk}: {done.events} events, no failure\n")
    return 0


def _where(failure: dict[str, Any]) -> str:
    if failure["start"] is None:
        return str(failure["file"])
    return f"{failure['file']} [{failure['start']}, {failure['stop']})"


def _planned(plan: "Plan", script: str | None) -> dict[str, Any]:
    return {
        **({} if script is None else {"job_script": script}),
        **plan.ledger.summary(),
        "channels": {
            name: {"samples": list(plan.samples_of(name)), "bytes": size} for name, size in plan.memory.items()
        },
        "not_applicable": {
            channel: {s: list(f) for s, f in lost.items()} for channel, lost in plan.not_applicable.items()
        },
    }


def _plan_text(plan: "Plan", script: str | None) -> str:
    chunks, entries = plan.ledger.summary()["chunks"], sum(r.chunk.entries for r in plan.ledger.records)
    lines = [f"{chunks['planned']} chunks, {entries} entries in {len(plan.surveys)} files"]
    for name, size in plan.memory.items():
        lines.append(f"{name}: {len(plan.samples_of(name))} samples, {size / 2**20:.1f} MB of histograms")
        lines += [
            f"{name}: not applicable to {sample}, which lacks {', '.join(fields)}"
            for sample, fields in plan.not_applicable.get(name, {}).items()
        ]
    lines += [f"lost: {each.reason}" for each in plan.ledger.lost_files]
    lines += sorted({f"lost: {each.reason}" for each in plan.ledger.failures})
    if script is not None:
        lines += ["", "the script of its jobs:", script.rstrip()]
    return "\n".join(lines) + "\n"
