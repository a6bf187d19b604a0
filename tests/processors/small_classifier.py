"""Small classifiers written by hand with onnx: a logistic function of the first input."""

from hashlib import sha256

import numpy as np
from darkbelle.processors.classifier import INPUTS as COLUMNS
from darkbelle.processors.classifier import PROBABILITIES, Classifier
from darkbelle.processors.model_card import Comparison, Fold, Half, Input, ModelCard
from darkbelle.processors.objects import Array, Mask
from onnx import TensorProto, helper

INPUTS = ("a", "b", "c")


def logistic(variables: int, slope: float) -> bytes:
    """Give a model whose probability of signal is 1 / (1 + exp(-slope x)), x the first of `variables` inputs."""
    weights = np.zeros((variables, 2))
    weights[0] = -slope / 2.0, slope / 2.0
    graph = helper.make_graph(
        [
            helper.make_node("MatMul", [COLUMNS, "weights"], ["logits"]),
            helper.make_node("Softmax", ["logits"], [PROBABILITIES], axis=1),
        ],
        "logistic",
        [helper.make_tensor_value_info(COLUMNS, TensorProto.FLOAT, [None, variables])],
        [helper.make_tensor_value_info(PROBABILITIES, TensorProto.FLOAT, [None, 2])],
        [helper.make_tensor("weights", TensorProto.FLOAT, weights.shape, weights.ravel().tolist())],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=9)
    content: bytes = model.SerializeToString()
    return content


def made_of(even: bytes, odd: bytes, inputs: tuple[str, ...] = INPUTS) -> Classifier:
    """Give the classifier that has these two models."""
    halves: tuple[tuple[Half, Half, bytes], ...] = (("even", "odd", even), ("odd", "even", odd))
    first, second = (
        Fold(
            file=f"{half}.onnx",
            sha256=sha256(content).hexdigest(),
            trained_on=other,
            applied_to=half,
            signal=1,
            background=1,
            area_trained=1.0,
            area_untrained=1.0,
            overtraining={},
        )
        for half, other, content in halves
    )
    comparison = Comparison(
        against=(), luminosity=1.0, significance=1.28, factor_tuned=1.0, factor_common=1.0, merits=()
    )
    card = ModelCard(
        channel="own",
        experiment="belle2",
        region="signal",
        kind="network",
        inputs=tuple(Input(name=name, meaning="") for name in inputs),
        threshold=0.5,
        folds=(first, second),
        samples={},
        catalog="0" * 64,
        seed=1,
        settings={},
        clipped=0,
        comparison=comparison,
        versions={},
        command="",
    )
    return Classifier(card, (even, odd))


def small_classifier(inputs: tuple[str, ...] = INPUTS, *, turned: bool = False) -> Classifier:
    """Give a classifier whose even model takes what is positive, and whose odd one what is negative; or turned."""
    slope = -10.0 if turned else 10.0
    return made_of(logistic(len(inputs), slope), logistic(len(inputs), -slope), inputs)


def drawn(rows: int, seed: int) -> tuple[Array, Mask]:
    """Draw three inputs in single precision, the first of which tells signal with some noise."""
    rng = np.random.default_rng(seed)
    table = rng.normal(size=(rows, len(INPUTS))).astype(np.float32)
    return table, table[:, 0] + rng.normal(size=rows) > 0.0
