"""Limits of weighted counts: binomial and Poisson closed forms, and coverage with few simulated events."""

from bisect import bisect
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
from darkbelle.limits.batches import Batch
from darkbelle.limits.coverage import Coverage, examine_piece, pieces, summarise
from darkbelle.limits.engine import Request, examine
from darkbelle.limits.histfactory import Array, Channel, HistFactory, Modifier, Sample
from darkbelle.limits.methods import choose
from darkbelle.limits.modelling import make_sample
from darkbelle.limits.stacking import stack
from darkbelle.limits.statistics_of_simulation import has_few
from darkbelle.limits.variations import Effects
from darkbelle.limits.weighted_counts import Expectation, WeightedCount
from scipy.special import gammainc
from scipy.stats import binom, norm, poisson

MU = Modifier("mu", "normfactor")
DRAWS = 8192


def counts(*bins: tuple[float, float, float]) -> HistFactory:
    """Give one channel for each (signal, simulated events, weight); no weight: as many known events."""
    channels = []
    for number, (signal, events, weight) in enumerate(bins):
        background = events * (weight or 1.0)
        simulated = Modifier(f"simulated_{number}", "shapesys", np.full(1, weight * events**0.5))
        samples = (
            Sample("signal", np.full(1, signal), (MU,)),
            Sample("background", np.full(1, background), (simulated,) if weight else ()),
        )
        channels.append(Channel(f"count_{number}", samples, np.full(1, background)))
    return HistFactory("counts", tuple(channels))


def with_aux(batch: Batch, events: float) -> Batch:
    return replace(batch, observed=replace(batch.observed, bins=np.full_like(batch.observed.bins, events)))


@pytest.mark.parametrize(("count", "events"), [(3, 1), (60, 2), (10, 4), (0, 3)])
def test_the_chances_of_a_count_are_those_of_the_exact_test_of_two_poisson_means(count: int, events: int) -> None:
    weight = 10.0
    batch = with_aux(stack([counts((1.0, 2.0, weight))]), events)
    few, many = (Expectation.of(batch, DRAWS, 1, added) for added in (0.0, 1.0))
    statistic = WeightedCount.of(few, 1)
    # Given n + m events in all, n of them are in the data with the chance b/(b + tau) = weight/(weight + 1).
    share = weight / (weight + 1)
    assert statistic.at_most(count, few, 0.0) == pytest.approx(binom.cdf(count, count + events, share), abs=2e-4)
    less = binom.cdf(count - 1, count + events, share)
    assert statistic.at_most(count, many, 0.0, less=True) == pytest.approx(less, abs=2e-4)


def covered(batch: Batch, mu: float, added: float) -> float:
    """Sum the probabilities of all counts and numbers of simulated events whose CLs at mu is above 10 %."""
    background = batch.observed.counts[0, 0]
    events = batch.bin_events[0, 0, 0]
    statistic = WeightedCount.of(Expectation.of(batch, DRAWS, 1), 1)
    rate = background + mu * 100.0
    total = 0.0
    for m in range(10):
        each = Expectation.of(with_aux(batch, m), 2048, 1, added)
        least = bisect(range(500), 0.1, key=partial(statistic.share, each=each, mu=mu))
        total += float(poisson.pmf(m, events) * poisson.sf(least - 1, rate))
    return total


@pytest.mark.parametrize("events", [0.5, 1.0])
def test_limits_cover_whatever_few_simulated_events_tell_of_the_background(events: float) -> None:
    batch = stack([counts((100.0, events, 50.0))])
    assert covered(batch, 1.5, 0.0) >= 0.90
    # The flat prior expects an event of 50 more than there was: where half of one is true, a fifth of the limits fail.
    assert covered(batch, 1.5, 1.0) < (0.8 if events < 1 else 0.9)


def test_the_limit_of_two_known_counts_is_the_sum_over_both() -> None:
    model = counts((2.0, 1.0, 0.0), (1.0, 4.0, 0.0))
    model = model.with_observed({"count_0": np.full(1, 2.0), "count_1": np.full(1, 3.0)})
    # s/(b + s) of both: best weights of a signal of mu = 1.
    weights = np.array([2 / 3, 1 / 5])
    first, second = np.meshgrid(np.arange(60), np.arange(60), indexing="ij")
    inside = weights[0] * first + weights[1] * second <= weights @ (2, 3) + 1e-9

    def chance(mu: float) -> float:
        return float((poisson.pmf(first, 1 + 2 * mu) * poisson.pmf(second, 4 + mu))[inside].sum())

    (found,) = examine([model], Request(method="counting"))
    assert found.status == "ok"
    # 8192 draws of the lesser count.
    assert chance(found.observed) / chance(0.0) == pytest.approx(0.10, abs=0.004)
    assert found.mu_hat == pytest.approx(weights @ (1, -1) / (weights @ (2, 1)))


def study(model: HistFactory, sigmas: float, toys: int = 1000) -> Coverage:
    (found,) = summarise(map(examine_piece, pieces(model, ["counting"], 0.90, [sigmas], toys, seed=1)))
    return found


FEW = counts((2.0, 0.5, 10.0), (100.0, 1.0, 50.0), (3.0, 40000.0, 0.0))


def test_pulls_have_mean_zero_and_width_one_however_few_the_simulated_events() -> None:
    found = study(FEW, 0.0)
    assert found.covered == 1.0
    assert abs(found.bias) < 4 * found.bias_error
    # The fourth cumulant of a Poisson number of one event makes the width's error 1.2 times that of a Gaussian.
    assert found.width == pytest.approx(1.0, abs=4 * 1.2 / np.sqrt(2 * 1000))


def test_limits_of_several_counts_cover() -> None:
    found = study(FEW, 3.0, 400)
    assert found.covered >= 0.90 - 3 * found.error
    assert found.mean_limit is None


def test_the_limit_of_one_count_is_the_same_by_either_way() -> None:
    model = counts((100.0, 2.0, 25.0)).with_observed({"count_0": np.full(1, 70.0)})
    (found,) = examine([model], Request(method="counting"))
    few = Expectation.of(stack([model]), DRAWS, 1)
    assert found.observed == pytest.approx(WeightedCount.of(few, 1).limit(70.0, few, 0.90), rel=2e-3)


def test_an_expectation_far_below_one_event_is_no_excess_over_itself() -> None:
    # 1 - Q(.004, .002), that of the first count, where the second is empty: an Asimov set is no whole number of events.
    (found,) = examine([counts((1.0, 0.002, 0.0), (1.0, 0.002, 0.0))], Request(method="counting"))
    assert found.method == "counting"
    assert found.p0 == pytest.approx(gammainc(0.004, 0.002), abs=5e-3)
    assert found.mu_hat == pytest.approx(0.0, abs=1e-9)


def test_counts_of_many_regions_are_summed_not_thrown() -> None:
    method, notes = choose(FEW, Request(toys=0))
    assert method == "counting"
    assert "Poisson sums of the weighted counts" in notes[0]


def test_factors_that_multiply_bend_the_likelihood_and_counts_are_then_summed() -> None:
    def count(*sizes: float) -> HistFactory:
        effects = Effects({f"source_{n}": size for n, size in enumerate(sizes)})
        samples = Sample("signal", np.full(1, 100.0), (MU,)), make_sample("b", "c", np.full(1, 1e4), effects)
        return HistFactory("count", (Channel("c", samples, np.full(1, 1e4)),))

    assert choose(count(0.15, 0.1), Request())[0] == "cls"  # 18 %
    method, (note,) = choose(count(0.2, 0.1), Request())
    assert method == "counting"
    assert note.startswith("a background is known to 22%, by factors that multiply")
    found = study(count(0.2, 0.1), 0.0)
    assert abs(found.bias) < 4 * found.bias_error
    assert found.width == pytest.approx(1.0, abs=4 / np.sqrt(2 * 1000))


def test_few_simulated_events_are_a_poisson_measurement_of_their_own() -> None:
    # Two events of weight 25 among 60: 50 +- 35; nine of weight 1 are Gaussian enough, one of 10^6 does not matter.
    assert has_few(50.0, 35.4, 60.0)
    assert not has_few(9.0, 3.0, 60.0)
    assert not has_few(1.0, 1.0, 1e6)
    errors: Array = np.array([35.4])
    kinds = [
        make_sample("tau", "near", np.array([50.0]), Effects(), None, errors, few).modifiers[0] for few in (True, False)
    ]
    assert [(each.kind, each.name) for each in kinds] == [
        ("shapesys", "simulated_tau_near"),
        ("staterror", "staterror_near"),
    ]


def test_the_exact_test_and_the_gaussian_agree_where_many_events_are_simulated() -> None:
    few = Expectation.of(stack([counts((1.0, 1000.0, 1.0))]), DRAWS, 1)
    statistic = WeightedCount.of(few, 1)
    # 1000 expected from 1000 simulated: a count is known to sqrt(2000).
    assert statistic.at_most(1044, few, 0.0) == pytest.approx(norm.cdf(44.5 / 2000**0.5), abs=0.01)
