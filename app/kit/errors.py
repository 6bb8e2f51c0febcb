"""The one family of errors a person may see; the docstring of each is its message."""


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


class NotFound(AppError):
    """There is nothing here, or nothing you may see."""

    code = "not_found"
    status = 404


class Forbidden(AppError):
    """Your role does not allow this; ask an administrator."""

    code = "forbidden"
    status = 403
