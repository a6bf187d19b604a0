"""Kinds of clusters behind one contract: local, a running scheduler, Dask-Gateway, batch systems."""
