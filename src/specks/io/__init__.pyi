from .open import as_source as as_source
from .open import open_image as open_image
