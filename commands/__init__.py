"""The commands of the command line, one module each: `add_arguments(parser)` and `execute(options) -> exit status`.

A module imports only the standard library at its top, so that `darkbelle --help` answers at once.
"""

SUMMARIES = {
    "simulate": "make simulated samples and their catalog",
    "catalog": "check a catalog and its files",
    "convert": "write a catalog's events in the native format",
    "run": "run search channels over a catalog",
    "optimise": "choose a channel's cuts by the Punzi figure of merit",
    "train": "train the classifiers of a channel",
    "show": "write a page on the channels of a run",
    "control": "measure photon response, efficiencies and luminosity with control samples",
    "ledger": "show what a run planned, processed and lost",
    "limits": "set limits from runs or pyhf workspaces",
    "coverage": "count how often limits cover a known signal",
    "inject": "see that limits find a signal that is there, and none that is not",
    "report": "make a report of limits",
    "export": "write limits as likelihoods, HEPData submission or tables",
    "clusters": "list and stop one's clusters on a Dask-Gateway",
    "demo": "run the whole chain on a small simulated sample",
}
