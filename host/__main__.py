"""`python -m host`: what a browser starts."""

from __future__ import annotations

import sys

from host.bridge import main

sys.exit(main(sys.argv[1:]))
