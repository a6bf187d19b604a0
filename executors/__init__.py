"""Where it runs: plan, map and merge over any Dask client, with sites as data."""
