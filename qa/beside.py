"""What a server keeps in a library's folder beside the articles: is it as it was written?"""

from pathlib import Path

from index.errors import PullquoteError
from qa.access.keys import Keys
from qa.api import idempotency
from qa.batch.jobs import Jobs
from qa.chat import feedback


def problems(folder: Path) -> list[str]:
    """A line for each thing that is damaged: keys, jobs, requests that may come again, feedback."""
    found = []
    for look in (_of_keys, lambda at: Jobs(at).problems(), idempotency.problems, feedback.problems):
        try:
            found += look(folder)
        except (PullquoteError, OSError) as error:
            found.append(str(error))
    return found


def _of_keys(folder: Path) -> list[str]:
    Keys(folder).check()
    return []
