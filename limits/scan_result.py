"""A scan's result: the limits of a channel's hypotheses, frozen, with their workspaces and where they come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from json import JSONDecodeError, dumps, loads
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ..datasets.errors import ConfigurationError, UsageError
from ..datasets.storage import make_folder, write_text
from .cutflows import Cutflow
from .intervals import Method
from .results import HypothesisResult

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

SCHEMA_VERSION = 2
WORKSPACES = "workspaces"
DATA_LABELS = {"real": "data", "asimov": "simulated (Asimov)", "pseudo": "simulated (pseudo-experiment)"}
Quantity = Literal["cross_section", "branching_fraction"]


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
        What the limits were made from, back to the files: see docs/limits.md.
    workspaces
        The pyhf workspace of each hypothesis that has a model, by the hypothesis's name.
    cutflows
        Expected background events after each cut.
    quantity
        What the limits on mu scale: a cross section in nb, or a branching fraction.
    energy
        Centre-of-mass energy, GeV; None where it is not known.
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
    cutflows: tuple[Cutflow, ...] = ()
    quantity: Quantity = "cross_section"
    energy: float | None = None

    @property
    def data_label(self) -> str:
        """What the data are, for labels."""
        return DATA_LABELS[self.data]

    @property
    def coupling(self) -> str:
        """Name of the coupling; "" without one."""
        return next((each.coupling_name for each in self.hypotheses if each.coupling_name), "")

    def to_json(self) -> dict[str, Any]:
        """Give the channel's object of `darkbelle limits --json`."""
        return {
            "level": self.level,
            "method": self.method,
            "luminosity": self.luminosity,
            "data": self.data,
            "experiment": self.experiment,
            "quantity": self.quantity,
            "energy": self.energy,
            "hypotheses": [each.to_json() for each in self.hypotheses],
            "notes": list(self.notes),
        }

    def write(self, folder: str | Path) -> None:
        """Write `<channel>.json` and each hypothesis's workspace to a folder."""
        target = make_folder(Path(folder))
        models = make_folder(target / WORKSPACES)
        digests = {}
        for name, specification in self.workspaces.items():
            text = dumps(specification)
            write_text(models / f"{name}.json", text)
            digests[name] = sha256(text.encode()).hexdigest()
        content = {
            "schema_version": SCHEMA_VERSION,
            "channels": {self.channel: self.to_json()},
            "provenance": dict(self.provenance),
            "cutflows": [each.to_json() for each in self.cutflows],
            "workspaces": digests,
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
                    name: _read_workspace(path.parent / WORKSPACES / f"{name}.json", digest)
                    for name, digest in content["workspaces"].items()
                },
                cutflows=tuple(Cutflow.from_json(each) for each in content["cutflows"]),
                quantity=result["quantity"],
                energy=result["energy"],
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


def read_scans(folder: Path, channels: Sequence[str] | None = None) -> list[Scan]:
    """Read the scans of a folder that `darkbelle limits` wrote, of all channels or of those named."""
    files = {path.stem: path for path in sorted(folder.glob("*.json"))}
    missing = [name for name in channels or () if name not in files]
    if not files or missing:
        told = f"has no limits of {', '.join(missing)}; it has {', '.join(files)}" if files else "holds no limits"
        raise UsageError(f"{folder}: {told}; make them with `darkbelle limits RUN --output {folder}`.")
    return [Scan.read(files[name]) for name in channels or files]


def _read_workspace(path: Path, digest: str) -> dict[str, Any]:
    """Read a workspace that must be the one the limits were made with."""
    text = path.read_text(encoding="utf-8")
    if sha256(text.encode()).hexdigest() != digest:
        raise ConfigurationError(f"{path}: is not the workspace that its limits were made with; make them again.")
    specification: dict[str, Any] = loads(text)
    return specification
