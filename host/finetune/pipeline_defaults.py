"""What a pipeline does when it is not told otherwise."""

from __future__ import annotations

from typing import Final

BASE: Final = "smollm2-135m-instruct"
# All that is taught of a dataset of 10,000 rows: two cores teach a small model as many in under half an hour.
MOST_ROWS: Final = 8000
# The fastest that keeps what a model of four bits knows, and one that loses nothing.
QUANTISATIONS: Final = ("iq4_nl", "q8_0")
