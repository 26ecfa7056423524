"""Keeps NumPy and SciPy to one thread; imported before either of them.

The matrices here are small, many people ask at once, and OpenBLAS's threads wait for cores that are busy: what takes
0.1 ms alone took 20 ms and more beside other work. `OPENBLAS_NUM_THREADS` overrides it.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
