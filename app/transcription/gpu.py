"""How many passages a GPU hears in step: as many as its memory holds."""

import subprocess
from pathlib import Path

# A piece takes up to so much beside the weights, by their size: the sound as the encoder made it, and what the decoder
# keeps of it for each of the beam.
SHARE_OF_WEIGHTS, OF_EACH_MB = 0.25, 100
# More gain nothing, and all wait for the longest.
MOST_PIECES = 32
UNKNOWN = 8
NVIDIA_SMI = ("nvidia-smi", "--query-gpu=memory.free", "--format=csv,noheader,nounits", "--id=0")


def pieces_at_once(weights: Path) -> int:
    """The batch for the free memory of the first GPU once these weights are loaded; 8 where nobody tells it."""
    free = free_memory_mb()
    if free is None:
        return UNKNOWN
    size = sum(file.stat().st_size for file in weights.glob("model.bin")) / 1e6
    return max(1, min(MOST_PIECES, int(free / (OF_EACH_MB + SHARE_OF_WEIGHTS * size))))


def free_memory_mb() -> float | None:
    """Free memory of the first GPU, in MB, as its driver tells it."""
    try:
        told = subprocess.run(NVIDIA_SMI, capture_output=True, text=True, timeout=10, check=True).stdout
        return float(told.split()[0])
    except (OSError, subprocess.SubprocessError, ValueError, IndexError):
        return None


def out_of_memory(error: RuntimeError) -> bool:
    """Whether a GPU said that it has no room left."""
    return "out of memory" in str(error).lower()
