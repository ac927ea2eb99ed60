"""The one hierarchy of errors.

Every error of specks is a `SpecksError` and also the built-in error that a caller would
expect, so that ``except ValueError`` keeps working. Messages are one sentence that names the
argument, says what it got, and says what would be right.
"""

from __future__ import annotations

from collections.abc import Iterable

__all__ = [
    "CorrectionError",
    "FileFormatError",
    "FitError",
    "InputError",
    "MissingExtraError",
    "NotFoundError",
    "SpecksError",
    "StoreError",
    "UnsupportedFormatError",
    "WorkerDiedError",
]


class SpecksError(Exception):
    """Base of every error that specks raises on purpose."""


class InputError(SpecksError, ValueError):
    """One or more arguments cannot be used; all faults are listed at once.

    Parameters
    ----------
    faults : str or iterable of str
        One sentence for each fault.
    """

    def __init__(self, faults: str | Iterable[str]) -> None:
        self.faults: tuple[str, ...] = (faults,) if isinstance(faults, str) else tuple(faults)
        super().__init__("; ".join(self.faults))

    def __reduce__(self) -> tuple[type[InputError], tuple[tuple[str, ...]]]:
        return type(self), (self.faults,)


class CorrectionError(InputError):
    """A hand correction is unknown, incomplete, or contradicts another one."""


class FitError(SpecksError, RuntimeError):
    """The data were read but no model could be fitted to them."""


class NotFoundError(SpecksError, FileNotFoundError):
    """A path that was to be read does not exist."""


class FileFormatError(SpecksError, ValueError):
    """A file exists but does not hold what its name or header promises."""


class UnsupportedFormatError(FileFormatError):
    """No reader for this kind of file."""


class StoreError(SpecksError, OSError):
    """An output cannot be written: read-only, full, or in the way of something else."""


class WorkerDiedError(SpecksError, RuntimeError):
    """A worker process ended before it returned its block."""


class MissingExtraError(SpecksError, ImportError):
    """A feature needs packages of an optional extra.

    Parameters
    ----------
    feature : str
        What was asked for, as the subject of the sentence.
    extra : str
        The extra that brings it.
    """

    def __init__(self, feature: str, extra: str) -> None:
        self.feature, self.extra = feature, extra
        super().__init__(
            f"{feature} needs an optional package; install it with: pip install 'specks[{extra}]'"
        )

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        return type(self), (self.feature, self.extra)
