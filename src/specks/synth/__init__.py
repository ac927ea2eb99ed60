"""Seeded pictures with known truth: for sample data, tutorials, tests and benchmarks.

Scores of results against the truth are in `specks.synth.truth`.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
