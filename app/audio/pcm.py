"""Samples kept as they were decoded, two bytes each: an hour of two channels is 230 MB and not 460."""

from collections.abc import Iterator
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
SCALE = np.float32(1 / 32768)


class Pcm:
    """Whole numbers of 16 bits, by channel (rows) or of one channel; what is cut out of them is from -1 to 1.

    It is cut as an array of numpy is; a row alone (`pcm[0]`) is of this kind again.
    """

    def __init__(self, raw: NDArray[np.int16]) -> None:
        self._raw = raw
        self.shape = raw.shape

    def __len__(self) -> int:
        return len(self._raw)

    @overload
    def __getitem__(self, key: int) -> "Pcm": ...
    @overload
    def __getitem__(self, key: slice | tuple[Any, ...]) -> Floats: ...
    def __getitem__(self, key: Any) -> "Pcm | Floats":
        if isinstance(key, int):
            return Pcm(self._raw[key])
        return np.multiply(self._raw[key], SCALE, dtype=np.float32)

    def __iter__(self) -> Iterator["Pcm"]:
        return (self[place] for place in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """All of it at once, for what is short."""
        return np.asarray(self[:], dtype=dtype)


# Either is cut in the same way.
Samples = Floats | Pcm
