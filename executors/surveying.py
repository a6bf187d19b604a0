"""Surveying a catalog's files on the workers, before anything is planned."""

from collections.abc import Sequence
from uuid import uuid4

from distributed import Client

from ..datasets.catalog import Catalog
from ..datasets.chunk import FileSurvey
from ..datasets.reading import wanted_files
from ..datasets.survey import Wanted
from .connection import Connection
from .failures import error_line
from .tasks import survey_files

FILES_A_TASK = 8  # surveyed in one task: opening a file takes about as long as sending a task
SURVEYS = 3  # of a file whose worker died


def survey_catalog(client: Client, catalog: Catalog) -> list[FileSurvey]:
    """Survey every file of a catalog on the workers.

    Files whose worker died are surveyed again one by one; what no worker could report is a problem of its file.

    Raises
    ------
    ClusterLostError
        The scheduler has gone: nothing is known of the files then.
    """
    wanted = wanted_files(catalog)
    found = _survey(client, [wanted[i : i + FILES_A_TASK] for i in range(0, len(wanted), FILES_A_TASK)])
    for _ in range(SURVEYS - 1):
        lost = [each for each in wanted if isinstance(found[each.file], BaseException)]
        if lost:
            found |= _survey(client, [[each] for each in lost])
    return [_surveyed(each, found[each.file]) for each in wanted]


def _survey(client: Client, groups: Sequence[Sequence[Wanted]]) -> dict[str, FileSurvey | BaseException]:
    """Survey files on the workers, a task for each group; by file, what came of it."""
    connection, nonce = Connection(client), uuid4().hex
    futures = [client.submit(survey_files, group, key=f"survey-{nonce}-{i}") for i, group in enumerate(groups)]
    found: dict[str, FileSurvey | BaseException] = {}
    for group, future in zip(groups, futures, strict=True):
        try:
            found |= {survey.file: survey for survey in future.result()}
        except Exception as error:  # noqa: BLE001  # a lost worker, or whatever the cluster reports
            connection.check(patience=2.0)
            found |= dict.fromkeys((each.file for each in group), error)
    return found


def _surveyed(wanted: Wanted, outcome: FileSurvey | BaseException) -> FileSurvey:
    if isinstance(outcome, FileSurvey):
        return outcome
    problem = f"{wanted.file}: could not be surveyed ({error_line(outcome)})."
    return FileSurvey(wanted.sample, wanted.file, problem=problem)
