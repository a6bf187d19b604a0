"""uproot's source for remote files, with failures of a server told as what they are."""

from typing import Any

from uproot.source.fsspec import FSSpecSource


class RemoteSource(FSSpecSource):
    """uproot's fsspec source that raises what a server's failure was.

    fsspec returns the exceptions of failed byte ranges in place of their bytes, and uproot 5.7 takes them for bytes:
    a server that dies in mid-read gives "TypeError: 'ClientPayloadError' object is not subscriptable".
    """

    def _open(self) -> None:
        super()._open()
        self._fs: Any = _Raising(self._fs)


class _Raising:
    """A file system whose `_cat_ranges` raises the first failure among its ranges."""

    def __init__(self, filesystem: Any) -> None:
        self.filesystem = filesystem

    def __getattr__(self, name: str) -> Any:
        return getattr(self.filesystem, name)

    async def _cat_ranges(self, *arguments: Any, **options: Any) -> list[bytes]:
        found: list[Any] = await self.filesystem._cat_ranges(*arguments, **options)
        for each in found:
            if isinstance(each, BaseException):
                raise each
        return found
