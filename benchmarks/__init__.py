"""What specks costs, beside the plain statement or the tool that people use now.

Importing anything from here sets one thread for every numerical library, before it is loaded.
"""

import os

for _name in (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "BLOSC_NTHREADS",
):
    os.environ[_name] = "1"
