"""Random streams depend on seed, sample and chunk, and on nothing else."""

import numpy as np
from darkbelle.datasets.simulation.streams import WARM_UP_CHUNK, random_stream, stable_hash


def test_the_hash_of_a_name_never_changes() -> None:
    # blake2b of the name, eight bytes: written down so that samples stay what they are.
    assert stable_hash("muon_pair") == 8104309595288389433


def test_equal_keys_give_equal_numbers() -> None:
    np.testing.assert_array_equal(
        random_stream(1, "muon_pair", 3).random(5), random_stream(1, "muon_pair", 3).random(5)
    )


def test_another_seed_sample_or_chunk_gives_other_numbers() -> None:
    keys = [(1, "a", 0), (2, "a", 0), (1, "b", 0), (1, "a", 1), (1, "a", WARM_UP_CHUNK)]
    firsts = {float(random_stream(*key).random()) for key in keys}
    assert len(firsts) == len(keys)
