"""Remote files: time limits, retries with growing pauses, and replicas tried in order."""

import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from time import sleep
from typing import Any, TypeVar

import aiohttp
import fsspec

from .errors import InputError
from .locations import is_remote

TIMEOUT = 30  # seconds that a server has for one request
ROUNDS = 3  # through all replicas of a file
PAUSE = 0.5  # seconds before the second round; four times as long before each further one

XROOTD_LIMITS = {
    "XRD_TIMEOUTRESOLUTION": "1",  # seconds between looks at what has timed out; 15 by default
    "XRD_CONNECTIONWINDOW": "15",  # seconds for one try to connect; 120 by default
    "XRD_CONNECTIONRETRY": "1",  # the retries are ours
    "XRD_STREAMERRORWINDOW": "0",  # seconds during which a lost connection is not tried again
}
"""Settings of the XRootD client, read when it is loaded, unless the user's environment has them."""

STORAGE_ERRORS: tuple[type[Exception], ...] = (OSError, aiohttp.ClientError)
"""What a storage that fails raises: worth another try, elsewhere or later."""

Opened = TypeVar("Opened")


class UnreachableError(InputError):
    """None of the places where a file should be gives it."""


def options(place: str) -> dict[str, Any]:
    """Give fsspec's options that limit the time (seconds) of each request to `place`; none for local paths."""
    if not is_remote(place):
        return {}
    if place.startswith("http"):
        return {"client_kwargs": {"timeout": aiohttp.ClientTimeout(total=None, connect=TIMEOUT, sock_read=TIMEOUT)}}
    for name, value in XROOTD_LIMITS.items():
        os.environ.setdefault(name, value)
    return {"timeout": TIMEOUT}


def first_that_opens(replicas: Sequence[str], open_one: Callable[[str], Opened]) -> Opened:
    """Open a file where it can be had: replicas in order, all of them again after a pause, `ROUNDS` times.

    What does not exist or is forbidden is not tried again.

    Parameters
    ----------
    replicas
        Paths or URLs.
    open_one
        Opens one of them, or raises one of `STORAGE_ERRORS`.

    Raises
    ------
    UnreachableError
        None could be opened; the message says why, for each.
    """
    reasons: dict[str, str] = {}
    waiting = list(replicas)
    for turn in range(ROUNDS):
        for place in tuple(waiting):
            try:
                return open_one(place)
            except (FileNotFoundError, PermissionError) as error:
                reasons[place] = describe(error)
                waiting.remove(place)
            except STORAGE_ERRORS as error:
                reasons[place] = describe(error)
                forget(place)
        if not waiting:
            break
        if turn < ROUNDS - 1:
            sleep(PAUSE * 4**turn)
    told = "; ".join(f"{place}: {reason}" for place, reason in reasons.items())
    raise UnreachableError(f"cannot be had from {'any of its replicas' if len(replicas) > 1 else 'its server'}: {told}")


def rotated(replicas: Sequence[str], turns: int) -> tuple[str, ...]:
    """Give replicas beginning with another one, for another attempt."""
    start = turns % len(replicas) if replicas else 0
    return (*replicas[start:], *replicas[:start])


def forget(place: str) -> None:
    """Drop connections and open handles to a server that failed: kept ones would go on failing after it is back."""
    if is_remote(place):
        with suppress(ImportError, ValueError):
            fsspec.get_filesystem_class(place.partition("://")[0]).clear_instance_cache()


def describe(error: BaseException) -> str:
    """Give one line on an error."""
    if isinstance(error, FileNotFoundError):
        return "not found"
    if isinstance(error, TimeoutError) and not str(error):
        return "timed out"
    text = str(error).strip().splitlines()
    return f"{type(error).__name__}: {text[0][:200]}" if text else type(error).__name__
