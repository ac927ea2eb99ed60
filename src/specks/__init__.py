"""Find, correct and measure small things in microscope images.

Everything public is importable from here and loaded on first use.
"""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
