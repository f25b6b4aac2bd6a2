"""What a pipeline does when it is not told otherwise."""

from __future__ import annotations

from typing import Final

BASE: Final = "smollm2-135m-instruct"
# All that is taught of a dataset of 10,000 rows: two cores teach a small model as many in under half an hour.
MOST_ROWS: Final = 8000
# Neither loses what was learned. Processors that compute with bfloat16 read a prompt with the first in two
# thirds of the time; for others the second is the faster, and it is half as large.
QUANTISATIONS: Final = ("bf16", "q8_0")
