"""The errors a person can cause or meet, each with the exit status of the command line."""


class DarkbelleError(Exception):
    """Something the user can act on: one or two lines that say what is wrong, where, and what to do.

    Attributes
    ----------
    exit_status
        What the command line exits with: 1 when the work found something wrong, 2 when it was asked wrongly.
    """

    exit_status = 1


class UsageError(DarkbelleError):
    """The request itself is wrong: an unknown channel, an option out of range, an output that cannot be written."""

    exit_status = 2


class ConfigurationError(DarkbelleError):
    """A data file (catalog, experiment, cross sections, site) does not hold what it should."""


class InputError(DarkbelleError):
    """An input file cannot be read or lacks something; the message names the file and the branch or tree."""


class IncompleteRunError(DarkbelleError):
    """A run lost chunks, and whoever asked did not allow that."""


class ModelError(DarkbelleError):
    """A statistical model cannot be built or fitted as asked."""
