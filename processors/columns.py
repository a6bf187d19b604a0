"""The events that pass, one parquet file a chunk and channel: their observables and variables, for a closer look."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..datasets.chunk import Chunk
from ..datasets.storage import make_folder, replacing
from .channel import Channel
from .chunk_events import ChunkEvents
from .filling import row_weights
from .selected import rows_passing

NUMBERS = ("experiment", "run", "event")


def passing_rows(channel: Channel, events: ChunkEvents) -> pd.DataFrame:
    """Give the rows that pass a channel's cuts in any region that is not sealed.

    Returns
    -------
    DataFrame
        experiment, run and event where the files have them, the raw weight, a boolean `in_<region>` for each region,
        and every value of the selection in its unit.
    """
    found = channel.selected(events)
    hidden = channel.sealed if events.array.metadata.get("kind") == "data" else ()
    regions = [region for region in channel.regions if region not in hidden]
    inside = {f"in_{region}": rows_passing(found, channel.cuts, region) for region in regions}
    passed = np.logical_or.reduce(list(inside.values())) if inside else np.zeros(len(found.event), dtype=bool)
    columns: dict[str, Any] = {
        name: np.asarray(events.array[name])[found.event[passed]] for name in NUMBERS if name in events.array.fields
    }
    columns["weight"] = row_weights(found, events.weights, "nominal")[passed]
    columns |= {name: mask[passed] for name, mask in inside.items()}
    return pd.DataFrame(columns | {name: values[passed] for name, values in found.values.items()})


def write_columns(channel: Channel, events: ChunkEvents, chunk: Chunk) -> Path:
    """Write a chunk's rows to `<folder>/<channel>/<sample>/`; a chunk that is run again replaces its file."""
    folder = make_folder(Path(channel.columns) / channel.name / chunk.sample)
    # Two files of a sample may have the same name in different folders.
    digest = sha256(chunk.file.encode()).hexdigest()[:8]
    path = folder / f"{Path(chunk.file).stem}_{digest}_{chunk.start}_{chunk.stop}.parquet"
    with replacing(path) as temporary:
        passing_rows(channel, events).to_parquet(temporary, index=False)
    return path
