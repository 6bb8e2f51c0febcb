"""Numbers of rows in addresses: what no row can have is simply not there."""

from typing import Annotated

from pydantic import BeforeValidator

from app.kit.errors import NotFound

# The largest that both databases can compare with.
LARGEST = 2**31 - 1


def _row_id(written: object) -> int:
    text = str(written)
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:12]) <= LARGEST:
        raise NotFound
    return int(text)


RowId = Annotated[int, BeforeValidator(_row_id)]
