"""The one family of errors a person may see; the docstring of each is its message."""

import traceback


def where(error: BaseException) -> str:
    """Where an error arose; what it says may quote what was said in a call, so that stays out of the log."""
    lines = [*traceback.format_tb(error.__traceback__), type(error).__qualname__]
    cause = error.__cause__ or error.__context__
    return "".join(lines) if cause is None else f"{''.join(lines)}, because of\n{where(cause)}"


class AppError(Exception):
    """Something went wrong."""

    code = "error"
    # What the doors answer with.
    status = 400

    def __init__(self, message: str | None = None, **details: object) -> None:
        super().__init__(message or " ".join((type(self).__doc__ or "").split()))
        self.details = details

    @property
    def message(self) -> str:
        return str(self)


class Passing(AppError):
    """Something that is needed is out of reach at the moment; try again in a minute."""

    # Nobody who asks is at fault, so whoever works waits for it and goes on.
    code = "out_of_reach"
    status = 503


class StorageFull(Passing):
    """There is no space left on the disk; free some, then try again."""

    code = "storage_full"
    status = 507


class NotFound(AppError):
    """There is nothing here, or nothing you may see."""

    code = "not_found"
    status = 404


class Forbidden(AppError):
    """Your role does not allow this; ask an administrator."""

    code = "forbidden"
    status = 403
