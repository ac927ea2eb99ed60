"""Images, tables and results on disk: open any of them lazily, write them whole or not at all."""

import lazy_loader as _lazy

__getattr__, __dir__, __all__ = _lazy.attach_stub(__name__, __file__)
