"""A scan: every hypothesis of a channel from a run to a limit, and the frozen result of that."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args
from zlib import crc32

import numpy as np

from ..datasets.errors import ConfigurationError, DarkbelleError, ModelError, UsageError
from ..datasets.experiment import load_experiment
from ..datasets.storage import make_folder, write_text
from ..processors.recipe import LimitRecipe
from ..processors.registry import make_channels
from ..processors.run import Run
from .exact import count_interval
from .fitting import Likelihood
from .hypotheses import Built, build
from .intervals import Interval, Method, interval
from .likelihood import BinnedLikelihood
from .model import Array, Model, check, validate_workspace, workspace
from .normalisation import Luminosity, refuse_incomplete, served
from .normalisation import luminosity as channel_luminosity
from .reference import PyhfLikelihood
from .results import HypothesisResult
from .templates import Signal, Spectrum, signals, spectra

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SCHEMA_VERSION = 1
WORKSPACES = "workspaces"
DATA_LABELS = {"real": "data", "asimov": "simulated (Asimov)", "pseudo": "simulated (pseudo-experiment)"}
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Scan:
    """The limits of all hypotheses of a channel.

    Attributes
    ----------
    channel
        Key of the channel.
    level, method
        Confidence (credibility) level, and how the limits were found.
    luminosity
        fb^-1 that they are for; None for a workspace.
    data
        "real", "asimov" or "pseudo".
    experiment
        Label on plots.
    hypotheses
        In the order of mass.
    notes
        Scenario, and what was left out.
    provenance
        Of the run.
    workspaces
        The pyhf workspace of each hypothesis that has a model, by the hypothesis's name.
    """

    channel: str
    level: float
    method: Method
    luminosity: float | None
    data: str
    experiment: str
    hypotheses: tuple[HypothesisResult, ...]
    notes: tuple[str, ...] = ()
    provenance: Mapping[str, Any] = field(default_factory=dict)
    workspaces: Mapping[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    @property
    def data_label(self) -> str:
        """What the data are, for labels."""
        return DATA_LABELS[self.data]

    def to_json(self) -> dict[str, Any]:
        """Give the channel's object of `darkbelle limits --json`."""
        return {
            "level": self.level,
            "method": self.method,
            "luminosity": self.luminosity,
            "data": self.data,
            "experiment": self.experiment,
            "hypotheses": [each.to_json() for each in self.hypotheses],
            "notes": list(self.notes),
        }

    def write(self, folder: str | Path) -> None:
        """Write `<channel>.json` and each hypothesis's workspace to a folder."""
        target = make_folder(Path(folder))
        models = make_folder(target / WORKSPACES)
        for name, specification in self.workspaces.items():
            write_text(models / f"{name}.json", dumps(specification))
        content = {
            "schema_version": SCHEMA_VERSION,
            "channels": {self.channel: self.to_json()},
            "provenance": dict(self.provenance),
            "workspaces": list(self.workspaces),
        }
        write_text(target / f"{self.channel}.json", dumps(content, indent=1))

    @classmethod
    def read(cls, path: str | Path) -> "Scan":
        """Read a scan from the JSON file that `write` made; ConfigurationError if it is not one."""
        path = Path(path)
        try:
            content = loads(path.read_text(encoding="utf-8"))
            ((channel, result),) = content["channels"].items()
            return cls(
                channel=channel,
                level=result["level"],
                method=result["method"],
                luminosity=result["luminosity"],
                data=result["data"],
                experiment=result["experiment"],
                hypotheses=tuple(HypothesisResult.from_json(each) for each in result["hypotheses"]),
                notes=tuple(result["notes"]),
                provenance=content["provenance"],
                workspaces={
                    name: loads((path.parent / WORKSPACES / f"{name}.json").read_text(encoding="utf-8"))
                    for name in content["workspaces"]
                },
            )
        except OSError as error:
            raise ConfigurationError(f"{error.filename}: cannot be read ({error.strerror}).") from error
        except (JSONDecodeError, UnicodeDecodeError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise ConfigurationError(f"{path}: is not a scan; make one with `darkbelle limits`.") from error

    def to_frame(self) -> "pd.DataFrame":
        """Give one row a hypothesis: limits on mu, cross section (nb) and coupling, with published ones beside."""
        from .tables import frame

        return frame(self)

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw the limit on the coupling (on mu without one) with its bands."""
        from .plotting import draw

        return draw(self, ax)


def scan(
    run: Run,
    channel: str,
    level: float = 0.90,
    method: Method = "cls",
    luminosity: float | None = None,
    allow_incomplete: bool = False,
    pseudo: int | None = None,
    unseal: bool = False,
    progress: Progress | None = None,
) -> Scan:
    """Find the limits of all of a channel's hypotheses.

    Parameters
    ----------
    run
        Histograms and ledger.
    channel
        Key of the channel.
    level
        Confidence (credibility) level.
    method
        "cls", "bayes", "profile", or "toys" (counting only).
    luminosity
        fb^-1 to project to, by weighting; data are then an Asimov set.
    allow_incomplete
        Go on where the run lost something.
    pseudo
        Seed of a Poisson data set drawn from the simulated background.
    unseal
        Look at recorded data; the Asimov set stands for them otherwise.
    progress
        Called with the number of hypotheses done and their total.

    Returns
    -------
    Scan
        With the status of every hypothesis; one that fails loses no other.
    """
    check_request(level, method, luminosity)
    recipe = limit_recipe(channel)
    notes = refuse_incomplete(run, allow_incomplete)
    lumi = channel_luminosity(run, channel, luminosity)
    regions = tuple(dict.fromkeys(each.region for each in recipe.regions))
    background = spectra(run, channel, recipe.histogram, regions, lumi)
    hypotheses = signals(run, channel, recipe.histogram, regions, lumi)
    data, observed = _choose_data(background, lumi, pseudo, unseal)
    results, workspaces = [], {}
    for number, signal in enumerate(hypotheses, start=1):
        result, specification = _examine(channel, recipe, background, signal, observed, level, method, data)
        results.append(result)
        if specification is not None:
            workspaces[result.name] = specification
        if progress is not None:
            progress(number, len(hypotheses))
    return Scan(
        channel=channel,
        level=level,
        method=method,
        luminosity=lumi.total,
        data=data,
        experiment=_label(run, channel),
        hypotheses=tuple(results),
        notes=notes + _scenario(lumi, data, background, unseal),
        provenance=run.provenance.to_json(),
        workspaces=workspaces,
    )


def scan_workspace(path: Path, level: float = 0.90, method: Method = "cls") -> Scan:
    """Find the limit of any pyhf workspace: one hypothesis whose mass is not known."""
    check_request(level, method, None)
    if method == "toys":
        raise UsageError("toys are for the counting channels; use --method cls, bayes or profile.")
    try:
        specification = loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}).") from error
    except (JSONDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: is not JSON.") from error
    try:
        likelihood = PyhfLikelihood(validate_workspace(specification))
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    name = path.stem
    try:
        found = interval(likelihood, level, method)
    except (ModelError, ArithmeticError, ValueError) as error:
        result = HypothesisResult(name, None, {}, status=f"failed: {error}")
    else:
        result = HypothesisResult(name, None, {}, found.mu_hat, found.p0, found.observed, None, found.expected)
    return Scan(name, level, method, None, "real", "", (result,), workspaces={name: specification})


def limit_recipe(channel: str) -> LimitRecipe:
    """Give a channel's recipe; UsageError where the channel sets no limit."""
    recipe = make_channels([channel])[0].limit
    if recipe is None:
        raise UsageError(f"{channel} sets no limit: it measures what the searches need.")
    return recipe


def check_request(level: float, method: str, luminosity: float | None) -> None:
    """Refuse a level, method or luminosity that makes no sense."""
    if not 0.5 <= level < 1:
        raise UsageError(f"level {level}: give a fraction between 0.5 and 1, for example 0.90.")
    if method not in get_args(Method):
        raise UsageError(f"unknown method {method!r}; known are {', '.join(get_args(Method))}.")
    if luminosity is not None and not 0 < luminosity < np.inf:
        raise UsageError(f"luminosity {luminosity}: give a positive number of fb^-1.")


def _choose_data(
    background: Mapping[str, Spectrum], lumi: Luminosity, pseudo: int | None, unseal: bool
) -> tuple[str, Mapping[str, Array | None]]:
    """Give the kind of data and, by region, the counts in fine bins (None for the Asimov set)."""
    if pseudo is not None:
        drawn: dict[str, Array | None] = {}
        for region, spectrum in background.items():
            generator = np.random.default_rng([pseudo, crc32(region.encode())])
            drawn[region] = generator.poisson(np.clip(spectrum.background.values, 0, None)).astype(float)
        return "pseudo", drawn
    counted = {region: spectrum.data for region, spectrum in background.items()}
    if unseal and lumi.source == "data" and any(each is not None for each in counted.values()):
        return "real", counted
    return "asimov", dict.fromkeys(background)


def _examine(
    channel: str,
    recipe: LimitRecipe,
    background: Mapping[str, Spectrum],
    signal: Signal,
    observed: Mapping[str, Array | None],
    level: float,
    method: Method,
    data: str,
) -> tuple[HypothesisResult, dict[str, Any] | None]:
    name = "_".join([channel, *(f"{key}{value:g}" for key, value in signal.point.items())])
    about: dict[str, Any] = {
        "name": name,
        "mass": signal.mass,
        "point": signal.point,
        "born": signal.cross_section,
        "coupling": signal.coupling,
        "coupling_name": recipe.coupling,
        "coupling_power": recipe.coupling_power,
    }
    specification = None
    try:
        looked = recipe.regions_at(signal.mass)
        if not looked:
            raise ModelError(f"no region looks for a mass of {signal.mass:g} GeV.")
        region = looked[0].region
        built = build(name, recipe, background[region], signal, observed[region])
        check(built.model)
        specification = workspace(built.model)
        validate_workspace(specification)
        found = _limits(built.model, level, method)
    except UsageError:
        raise
    except (DarkbelleError, ArithmeticError, ValueError, np.linalg.LinAlgError) as error:
        return HypothesisResult(**about, status=f"failed: {error}"), specification
    return _result(about, built, found, data), specification


def _limits(model: Model, level: float, method: Method) -> Interval:
    """Find the limits of a model; our minimiser first, pyhf's where ours fails."""
    if len(model.observed) == 1 and method in ("bayes", "toys"):
        return count_interval(model, level, "bayes" if method == "bayes" else "toys")
    if method == "toys":
        raise UsageError("toys are for the counting channels; use --method cls, bayes or profile.")
    try:
        likelihood: Likelihood = BinnedLikelihood(model)
        return interval(likelihood, level, method)
    except (ModelError, ArithmeticError, ValueError, np.linalg.LinAlgError):
        return interval(PyhfLikelihood(workspace(model)), level, method)


def _result(about: Mapping[str, Any], built: Built, found: Interval, data: str) -> HypothesisResult:
    values = (found.mu_hat, found.p0, found.observed, *found.expected)
    if not np.isfinite(values).all():
        return HypothesisResult(**about, status="failed: a limit is not finite", notes=built.notes)
    simulated = data == "asimov"
    return HypothesisResult(
        **about,
        mu_hat=found.mu_hat,
        p0=found.p0,
        observed=None if simulated else found.observed,
        asimov=found.observed if simulated else None,
        expected=found.expected,
        reference=built.reference,
        window=built.window,
        notes=built.notes + (() if found.minimiser in ("newton", "exact") else (f"fitted by {found.minimiser}",)),
    )


def _scenario(lumi: Luminosity, data: str, background: Mapping[str, Spectrum], unseal: bool) -> tuple[str, ...]:
    notes: Sequence[str] = {
        "data": [],
        "scenario": ["luminosity: the scenario of the catalog, not recorded"],
        "projection": ["projection: yields scaled with luminosity, relative systematic uncertainties kept"],
    }[lumi.source]
    recorded = any(each.data is not None for each in background.values())
    if recorded and data == "asimov" and not unseal:
        notes = [*notes, "data are sealed: limits are expected ones; look with --unseal"]
    return tuple(notes)


def _label(run: Run, channel: str) -> str:
    names = dict.fromkeys(info.experiment for info in served(run, channel).values())
    return " + ".join(load_experiment(name).label for name in names)
