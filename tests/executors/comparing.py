"""What "the same histograms" means: equal counts, and sums of weights to their rounding."""

import numpy as np
from darkbelle.processors.run import Run

ROUNDING = 1e-12  # of a bin's sum of |w|: sums in another order differ in the last digits


def assert_same(first: Run, second: Run) -> None:
    """Require identical counts, and weights to 1e-12 of the bin's sum of |w|, in the same events.

    A bin of n events of weight 1 holds n as its sum of weights and n as their sum of squares: exactly that is required.
    Elsewhere the sum of weights stands for that of |w|, which is stricter where weights have both signs.
    """
    assert first.ledger.summary()["events"] == second.ledger.summary()["events"]
    assert list(first.histograms) == list(second.histograms)
    for channel, named in first.histograms.items():
        assert named.keys() == second.histograms[channel].keys()
        for name, one in named.items():
            other = second.histograms[channel][name]
            assert one.axes == other.axes
            a, b = one.view(flow=True), other.view(flow=True)
            if a.dtype.names is None:  # numbers of events
                np.testing.assert_array_equal(a, b)
                continue
            counts = (a["value"] == a["variance"]) & (np.rint(a["value"]) == a["value"])
            for part in ("value", "variance"):
                np.testing.assert_array_equal(a[part][counts], b[part][counts])
                np.testing.assert_allclose(a[part], b[part], rtol=ROUNDING, atol=0)
