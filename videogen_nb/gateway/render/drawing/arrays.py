"""The types of arrays that the painters pass around."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating[Any]]
"""Numbers with a fraction; float32 wherever there is one for each pixel."""
Bytes = NDArray[np.uint8]
Mask = NDArray[np.bool_]
Index = NDArray[np.integer[Any]]
