"""A BaBar-sized scan: the engine on all hypotheses, and pyhf's `toms748_scan` on a few of the same ones.

    .venv/bin/python benchmarks/limits.py [--hypotheses 5704] [--pyhf 3] [--threads 2] [--json]

As in arXiv:1406.2980: 5704 masses, each with a window of 120 bins, a cubic background (in the Bernstein basis, each
polynomial with a free factor >= 0), and a peak with three constrained nuisance parameters (luminosity, efficiency,
energy scale). Both find the observed and five expected CLs limits. What counts is the ratio of the times of one
hypothesis: both are measured in the same minutes on the same machine, wall clock against wall clock.
"""

import argparse
import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

os.environ.setdefault("OMP_NUM_THREADS", "1")  # many small matrices: threads of the linear algebra only disturb

import numpy as np
from darkbelle.limits.comparing import compare
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Channel, HistFactory, Modifier, ParameterSettings, Sample
from scipy.special import comb

BINS = 120
ORDER = 3


def hypothesis(number: int) -> HistFactory:
    """Draw a window's data from a smooth background; the signal is scaled to a limit of order 1."""
    rng = np.random.default_rng([11, number])
    x = (np.arange(BINS) + 0.5) / BINS
    basis = np.array([comb(ORDER, k) * x**k * (1 - x) ** (ORDER - k) for k in range(ORDER + 1)])
    events = rng.uniform(200, 5000)
    basis *= rng.uniform(0.4, 1.6, (ORDER + 1, 1)) * events / BINS
    peak = np.exp(-0.5 * ((x - 0.5) / 0.05) ** 2)
    signal = 1.6 * np.sqrt(0.15 * events) * peak / peak.sum()
    shift = 0.05 * np.gradient(signal)
    modifiers = (
        Modifier("mu", "normfactor"),
        Modifier("luminosity", "normsys", np.array([0.994, 1.006])),
        Modifier("efficiency", "normsys", np.array([0.95, 1.05])),
        Modifier("energy_scale", "histosys", np.array([signal - shift, signal + shift])),
    )
    lines = [Sample(f"smooth_{k}", row, (Modifier(f"smooth_{k}", "normfactor"),)) for k, row in enumerate(basis)]
    data = rng.poisson(basis.sum(axis=0)).astype(float)
    channel = Channel("window", (Sample("signal", signal, modifiers), *lines), data)
    return HistFactory(f"m{number}", (channel,), {"mu": ParameterSettings(bounds=((0.0, 50.0),))})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hypotheses", type=int, default=5704)
    parser.add_argument("--pyhf", type=int, default=3, help="hypotheses that pyhf examines too")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    models = [hypothesis(number) for number in range(options.hypotheses)]
    with ThreadPoolExecutor(options.threads) as pool:
        began, processor = time.perf_counter(), time.process_time()
        found = examine(models, Request(), mapper=pool.map)
        ours, used = time.perf_counter() - began, time.process_time() - processor
    theirs, differences = [], []
    for model, each in list(zip(models, found, strict=True))[: options.pyhf]:
        began = time.perf_counter()
        differences.append(compare(model, each, 0.90).worst_limit)
        theirs.append(time.perf_counter() - began)
    result = {
        "hypotheses": len(models),
        "unfitted": sum(each.status != "ok" for each in found),
        "seconds": ours,
        "processor_seconds": used,
        "milliseconds_each": 1e3 * ours / len(models),
        "pyhf_seconds_each": float(np.mean(theirs)) if theirs else None,
        "ratio": float(np.mean(theirs)) / (ours / len(models)) if theirs else None,
        "largest_difference": max(differences, default=None),
        "load": os.getloadavg()[0],
    }
    if options.json:
        print(json.dumps(result))
    else:
        for name, value in result.items():
            print(f"{name:20s} {value if value is None else round(value, 9)}")
    return int(result["unfitted"] > 0)


if __name__ == "__main__":
    raise SystemExit(main())
