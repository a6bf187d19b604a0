"""Fitting a classifier with scikit-learn, and writing it as ONNX; both are the extra `train`."""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any
from warnings import catch_warnings, simplefilter

import numpy as np

from ...datasets.errors import UsageError
from ..classifier import INPUTS, PROBABILITIES
from ..model_card import Kind
from ..objects import Array, Mask

PACKAGES = ("scikit-learn", "skl2onnx", "onnx", "onnxruntime", "numpy")
OPSET = {"": 18, "ai.onnx.ml": 3}

Setting = float | int | str | tuple[int, ...]

SETTINGS: Mapping[Kind, Mapping[str, Setting]] = {
    "trees": {
        "max_iter": 150,
        "learning_rate": 0.08,
        "max_leaf_nodes": 12,
        "min_samples_leaf": 100,
        "l2_regularization": 1.0,
        "max_bins": 127,
    },
    "network": {
        "hidden_layer_sizes": (24, 12),
        "activation": "tanh",
        "alpha": 1e-3,
        "batch_size": 1000,
        "learning_rate_init": 3e-3,
        "max_iter": 25,
        "tol": 0.0,
    },
}
"""Parameters of scikit-learn's HistGradientBoostingClassifier and MLPClassifier: own choices, small and smooth."""


def check_installed() -> None:
    """Refuse to start without the extra; UsageError."""
    try:
        import skl2onnx  # noqa: F401  # found or not
        import sklearn  # noqa: F401
    except ImportError as error:
        package = (error.name or "its libraries").partition(".")[0]
        raise UsageError(
            f"training needs {package}, which is not installed: python -m pip install 'darkbelle[train]'"
        ) from error


def fit(kind: Kind, inputs: Array, signal: Mask, weight: Array, seed: int) -> Any:
    """Fit a classifier of scikit-learn's; on one thread, so that sums are always made in the same order."""
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1), catch_warnings():
        simplefilter("ignore", ConvergenceWarning)  # the number of epochs is fixed
        if kind == "trees":
            from sklearn.ensemble import HistGradientBoostingClassifier

            trees = HistGradientBoostingClassifier(early_stopping=False, random_state=seed, **SETTINGS[kind])
            return trees.fit(inputs, signal, sample_weight=weight)
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler

        return make_pipeline(StandardScaler(), _network(seed)).fit(inputs, signal, mlpclassifier__sample_weight=weight)


def _network(seed: int) -> Any:
    from sklearn.neural_network import MLPClassifier

    # It goes through all of its epochs: with tol 0 it does not stop early, and warns of nothing.
    return MLPClassifier(random_state=seed, n_iter_no_change=int(1e6), **SETTINGS["network"])


def to_onnx(classifier: Any, variables: int) -> bytes:
    """Write a fitted classifier as ONNX: `inputs` (rows, variables) to `probabilities` (rows, 2)."""
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    with catch_warnings():
        # skl2onnx 1.20 gives booleans for integers, which protobuf 6 takes with a warning.
        simplefilter("ignore", DeprecationWarning)
        model = convert_sklearn(
            classifier,
            name="darkbelle",
            initial_types=[(INPUTS, FloatTensorType([None, variables]))],
            options={id(classifier): {"zipmap": False}},
            target_opset=OPSET,
        )
    if PROBABILITIES not in {output.name for output in model.graph.output}:
        raise RuntimeError(f"skl2onnx named the outputs {[output.name for output in model.graph.output]}")
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def probabilities(classifier: Any, inputs: Array) -> Array:
    """Give scikit-learn's own probability of signal: what the ONNX model has to give too."""
    return np.asarray(classifier.predict_proba(inputs)[:, 1], dtype=np.float64)


def library_versions() -> dict[str, str]:
    """Give the versions of what trains."""
    return {name: version(name) for name in PACKAGES}
