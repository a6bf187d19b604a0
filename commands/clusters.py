"""`darkbelle clusters`: list one's own clusters on a Dask-Gateway, and stop them."""

import argparse
import json
import sys
from dataclasses import asdict


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--site", default="gateway", help="a site on a Dask-Gateway (default: gateway)")
    parser.add_argument("--stop", action="append", default=[], metavar="NAME", help="stop this one; may be repeated")
    parser.add_argument("--stop-all", action="store_true", help="stop all of one's own clusters there")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def execute(options: argparse.Namespace) -> int:
    """List or stop; 0 unless the gateway refuses."""
    from contextlib import closing

    from ..datasets.errors import UsageError
    from ..executors.backends.gateway import GatewayBackend
    from ..executors.site import GatewaySite, load_site

    site = load_site(options.site)
    if not isinstance(site, GatewaySite):
        raise UsageError(f"site {options.site}: has no clusters that outlive their run; name one on a Dask-Gateway.")
    with closing(GatewayBackend(site)) as gateway:
        running = {each.name: each for each in gateway.clusters()}
        names = list(running) if options.stop_all else options.stop
        unknown = [name for name in names if name not in running]
        if unknown:
            raise UsageError(
                f"no cluster {unknown[0]!r} of yours runs there; there are {', '.join(running) or 'none'}."
            )
        for name in names:
            gateway.stop(name)
    left = [each for each in running.values() if each.name not in names]
    if options.json:
        sys.stdout.write(json.dumps({"clusters": [asdict(each) for each in left], "stopped": names}) + "\n")
        return 0
    lines = [f"stopped {name}" for name in names]
    lines += [f"{each.name}  {each.status}  since {each.started}  {each.dashboard or ''}".rstrip() for each in left]
    sys.stdout.write("\n".join(lines or ["no cluster of yours runs there"]) + "\n")
    return 0
