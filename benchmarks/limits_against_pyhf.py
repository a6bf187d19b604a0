"""The engine against pyhf's own scan on random hypotheses: the long form of tests/limits/test_against_pyhf.py.

    .venv/bin/python benchmarks/limits_against_pyhf.py [--number 50] [--first 0] [--level 0.90]

pyhf takes ten seconds and more for each hypothesis. Exit status 1 if any differs by more than 0.1 % in a limit, 0.01
standard deviations in mu_hat or 1 % in p0.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
from darkbelle.limits.comparing import Comparison, compare
from darkbelle.limits.engine import Request, examine

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "limits"))

from random_models import KINDS

LIMIT, MU_HAT, P0 = 1e-3, 1e-2, 1e-2


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--number", type=int, default=50, help="hypotheses of each kind")
    parser.add_argument("--first", type=int, default=0, help="seed of the first one")
    parser.add_argument("--level", type=float, default=0.90)
    options = parser.parse_args()
    seeds = range(options.first, options.first + options.number)
    models = [make(seed) for seed in seeds for make in KINDS.values()]
    found = examine(models, Request(level=options.level, automatic=False))
    differences = []
    for model, each in zip(models, found, strict=True):
        difference = compare(model, each, options.level)
        if not agree(difference):  # which of pyhf's minimisers is right, the other one tells
            difference = compare(model, each, options.level, "minuit")
        differences.append(difference)
        mark = "" if agree(difference) else "  DIFFERS"
        print(
            f"{model.name:16s} {each.minimiser:12s} limits {difference.worst_limit:.1e}"
            f"  mu_hat {difference.mu_hat:+.1e}  p0 {difference.p0:+.1e}{mark}",
            flush=True,
        )
    worst = [max(abs(getattr(each, name)) for each in differences) for name in ("worst_limit", "mu_hat", "p0")]
    wrong = sum(not agree(each) for each in differences)
    print(f"{len(models)} hypotheses, {wrong} differ")
    print(f"largest differences: limits {worst[0]:.1e}, mu_hat {worst[1]:.1e}, p0 {worst[2]:.1e}")
    return int(wrong > 0)


def agree(difference: Comparison) -> bool:
    values = np.array([difference.worst_limit, difference.mu_hat, difference.p0])
    return bool((np.abs(values) < [LIMIT, MU_HAT, P0]).all())


if __name__ == "__main__":
    raise SystemExit(main())
