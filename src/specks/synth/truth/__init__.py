"""How close a result is to the truth: pixels, probabilities, objects, and boxes drawn by hand."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
