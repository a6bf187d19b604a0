"""Evaluating a trained selection: two ONNX models, each for the half of the event numbers that it has not seen.

Nothing is unpickled: ONNX is a description that onnxruntime interprets. The files are read once, where the channel is
made, and travel with it to workers that may not have them; each process makes one session of a model, on one thread,
since the workers already fill the cores.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from ..datasets.documents import read_document
from ..datasets.errors import ConfigurationError
from .model_card import HALVES, Half, ModelCard
from .objects import Array, Index

MODELS = Path(__file__).parent / "models"
PROBABILITIES = "probabilities"
INPUTS = "inputs"

_sessions: dict[str, Any] = {}
_lock = Lock()


@dataclass(frozen=True, repr=False)
class Classifier:
    """A trained selection.

    Attributes
    ----------
    card
        What it is.
    models
        Contents of the ONNX files, for events of even and of odd number.
    """

    card: ModelCard
    models: tuple[bytes, bytes]

    @classmethod
    def read(cls, path: Path) -> "Classifier":
        """Read the card at `path` and the files that it names beside it.

        Raises
        ------
        ConfigurationError
            One is missing, or is not the one that the card describes.
        """
        card = read_document(path, ModelCard)
        if {fold.applied_to for fold in card.folds} != set(HALVES) or any(
            fold.applied_to == fold.trained_on for fold in card.folds
        ):
            raise ConfigurationError(f"{path}: folds: one model for each half, trained on the other; train again.")
        even, odd = (_content(path.parent / card.fold(half).file, card.fold(half).sha256) for half in HALVES)
        return cls(card, (even, odd))

    def __repr__(self) -> str:
        return f"<Classifier {self.card.channel} {self.card.region} {self.digest[:12]}>"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the card and of both models."""
        return sha256(b"".join([self.card.model_dump_json().encode(), *self.models])).hexdigest()

    def scores(self, columns: Mapping[str, Array], numbers: Index) -> Array:
        """Give the score of each row, 0 to 1; NaN, which no cut lets pass, where an input is not finite.

        Parameters
        ----------
        columns
            The inputs by name, (rows,) each.
        numbers
            The rows' event numbers: they choose the model that has not seen the event.
        """
        scores = np.full(len(numbers), np.nan)
        with np.errstate(over="ignore", invalid="ignore"):  # what is too large for single precision is infinite there
            inputs = np.column_stack([np.asarray(columns[each.name], dtype=np.float32) for each in self.card.inputs])
        finite = np.isfinite(inputs).all(axis=1)
        for parity, half in enumerate(HALVES):
            rows = np.flatnonzero(finite & (numbers % 2 == parity))
            if len(rows):
                scores[rows] = self._evaluate(half, inputs[rows])
        return scores

    def _evaluate(self, half: Half, inputs: Any) -> Array:
        session = _session(self.card.fold(half).sha256, self.models[HALVES.index(half)])
        (probabilities,) = session.run([PROBABILITIES], {INPUTS: inputs})
        return np.asarray(probabilities[:, 1], dtype=np.float64)


def _content(path: Path, digest: str) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror}); train again.") from error
    if sha256(content).hexdigest() != digest:
        raise ConfigurationError(f"{path}: is not the model that its card describes (SHA-256 differs); train again.")
    return content


def _session(digest: str, content: bytes) -> Any:
    """Give this process's session of a model, which threads share."""
    with _lock:
        if digest not in _sessions:
            import onnxruntime  # takes a while, and most commands evaluate nothing

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            options.log_severity_level = 3
            _sessions[digest] = onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])
        return _sessions[digest]
