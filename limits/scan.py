"""A scan: every hypothesis of a channel, from one or several runs, to a limit."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, get_args

import numpy as np

from ..datasets.errors import UsageError
from ..processors.recipe import LimitRecipe
from ..processors.run import Run
from .combination import combined_label, make_drafts, prefixes, read_all
from .engine import Mapper, Progress, Request, examine
from .global_scan import scan_significance
from .hypotheses import Built, build
from .inputs import Inputs
from .interpretation import interpret
from .intervals import Interval, Method
from .notes import overlap_notes, scenario_notes
from .origin import chain, trace
from .parts import Draft
from .points import Masses
from .projection import Scenario, scale_systematics
from .pyhf_check import check_sample
from .results import HypothesisResult
from .scan_result import Scan

TOYS = Request().toys

__all__ = ["Progress", "Scan", "check_request", "scan", "scan_inputs"]


def scan(
    run: Run | Sequence[Run],
    channel: str,
    level: float = 0.90,
    method: Method = "cls",
    luminosity: float | None = None,
    allow_incomplete: bool = False,
    pseudo: int | None = None,
    unseal: bool = False,
    progress: Progress | None = None,
    *,
    masses: Masses = "simulated",
    scenario: Scenario | None = None,
    checks: int = 1,
    sources: Sequence[str] = (),
    mapper: Mapper = map,
    global_toys: int = 0,
    toys: int = TOYS,
) -> Scan:
    """Find the limits of all of a channel's hypotheses.

    Parameters
    ----------
    run
        Histograms and ledger; several runs are combined, nuisance parameters of one name being one.
    channel
        Key of the channel.
    level
        Confidence (credibility) level.
    method
        "cls", "bayes", "profile", or "toys".
    luminosity
        fb^-1 to project to, by weighting; data are then an Asimov set. Several runs keep their shares.
    allow_incomplete
        Go on where a run lost something.
    pseudo
        Seed of a Poisson data set drawn from the simulated background.
    unseal
        Look at recorded data; the Asimov set stands for them otherwise.
    progress
        Called with the number of hypotheses done and their total.
    masses
        "simulated", "spaced" (the recipe's spacing, signals interpolated), or masses in GeV.
    scenario
        What becomes of systematic uncertainties in a projection; they are held where None.
    checks
        Number of hypotheses whose limits pyhf checks.
    sources
        Where the runs lie, for the provenance.
    mapper
        Where the work is done: `map`, or what sends it elsewhere.
    global_toys
        Toys of the whole scan, for the global significance of its largest excess; none where 0.
    toys
        Pseudo-experiments at each mu where few events are expected; 0 for asymptotic formulae in their place.

    Returns
    -------
    Scan
        With the status of every hypothesis; one that fails loses no other.
    """
    check_request(level, method, luminosity)
    runs = (run,) if isinstance(run, Run) else tuple(run)
    places = [*sources, *[None] * (len(runs) - len(sources))]
    options: dict[str, Any] = {
        "level": level,
        "method": method,
        "luminosity": luminosity,
        "pseudo": pseudo,
        "unseal": unseal,
    }
    origin = chain([trace(each, channel, place) for each, place in zip(runs, places, strict=True)], options)
    inputs = read_all(runs, channel, luminosity, allow_incomplete)
    projected = sum(each.luminosity.total for each in inputs)
    if scenario is not None:
        own = sum(each.luminosity.total for each in read_all(runs, channel, None, allow_incomplete))
        inputs = tuple(scale_systematics(each, scenario, own / projected) for each in inputs)
    found = scan_inputs(
        inputs,
        level,
        method,
        pseudo,
        unseal,
        progress,
        masses=masses,
        checks=checks,
        mapper=mapper,
        global_toys=global_toys,
        toys=toys,
    )
    notes = found.notes if scenario is None else (*found.notes, scenario.told)
    return replace(found, provenance=origin, notes=notes)


def scan_inputs(
    inputs: Sequence[Inputs],
    level: float = 0.90,
    method: Method = "cls",
    pseudo: int | None = None,
    unseal: bool = False,
    progress: Progress | None = None,
    *,
    masses: Masses = "simulated",
    checks: int = 1,
    mapper: Mapper = map,
    global_toys: int = 0,
    toys: int = TOYS,
) -> Scan:
    """Find the limits of inputs that were read (or made of histograms in memory); parameters as those of `scan`."""
    check_request(level, method, None)
    data, drafts = make_drafts(inputs, pseudo, unseal, masses)
    built = build(drafts)
    good = [each for each in built if isinstance(each, Built)]
    models = [each.model for each in good]
    examined = examine(models, Request(level, method, toys), mapper, progress)
    found = iter(examined)
    recipe = inputs[0].recipe
    results = tuple(
        result_of(draft, made, next(found) if isinstance(made, Built) else None, recipe, data, method)
        for draft, made in zip(drafts, built, strict=True)
    )
    workspaces = {each.model.name: each.model.to_workspace() for each in good}
    notes = [note for each in inputs for note in each.notes] + scenario_notes(inputs, data, unseal)
    notes += overlap_notes(results)
    if global_toys and any(each.status == "ok" for each in examined):
        fitted = [each.parts for each in good]
        notes.append(scan_significance(models, fitted, examined, global_toys, 1, mapper).note)
    if method == "cls" and checks:
        notes += check_sample(results, workspaces, level, checks)
    return Scan(
        channel=inputs[0].channel,
        level=level,
        method=method,
        luminosity=sum(each.luminosity.total for each in inputs),
        data=data,
        experiment=combined_label(inputs),
        hypotheses=interpret(results, recipe),
        notes=tuple(dict.fromkeys(notes)),
        workspaces=workspaces,
        cutflows=tuple(
            replace(flow, region=f"{prefix}{flow.region}")
            for each, prefix in zip(inputs, prefixes(inputs), strict=True)
            for flow in each.cutflows
        ),
        quantity="branching_fraction" if inputs[0].decays else "cross_section",
        energy=inputs[0].energy,
    )


def result_of(
    draft: Draft, built: Built | str, found: Interval | None, recipe: LimitRecipe, data: str, method: Method
) -> HypothesisResult:
    """Join what was asked, built and found of one hypothesis."""
    signal = draft.signal
    # Where the limit itself is the result, its own value at mu = 1 stands for the coupling.
    own = {"branching_fraction": signal.cross_section}
    if isinstance(built, Built):
        own["efficiency_times_cross_section"] = signal.cross_section * signal.isr_factor * built.efficiency
    about: dict[str, Any] = {
        "name": draft.name,
        "mass": signal.mass,
        "point": dict(signal.point),
        "born": signal.cross_section,
        "coupling": own.get(recipe.coupling, signal.coupling),
        "coupling_name": recipe.coupling,
        "coupling_power": recipe.coupling_power,
        "theory_uncertainty": recipe.theory_uncertainty,
    }
    if isinstance(built, str) or found is None:
        return HypothesisResult(**about, status=f"failed: {built}")
    about |= {
        "reference": built.reference,
        "efficiency": built.efficiency,
        "isr_factor": signal.isr_factor,
        "background": built.background,
        "windows": built.windows,
        "method": "" if found.method == method else found.method,
        "notes": built.notes + found.notes,
    }
    if found.status != "ok":
        return HypothesisResult(**about, status=found.status)
    if not np.isfinite((found.mu_hat, found.p0, found.observed, *found.expected)).all():
        return HypothesisResult(**about, status="failed: a limit is not finite")
    simulated = data == "asimov"
    return HypothesisResult(
        **about,
        mu_hat=found.mu_hat,
        p0=found.p0,
        observed=None if simulated else found.observed,
        asimov=found.observed if simulated else None,
        expected=found.expected,
    )


def check_request(level: float, method: str, luminosity: float | None) -> None:
    """Refuse a level, method or luminosity that makes no sense."""
    if not 0.5 <= level < 1:
        raise UsageError(f"level {level}: give a fraction between 0.5 and 1, for example 0.90.")
    if method not in get_args(Method):
        raise UsageError(f"unknown method {method!r}; known are {', '.join(get_args(Method))}.")
    if luminosity is not None and not 0 < luminosity < np.inf:
        raise UsageError(f"luminosity {luminosity}: give a positive number of fb^-1.")
