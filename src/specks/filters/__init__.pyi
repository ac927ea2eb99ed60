from .contrast import Contrast as Contrast
from .contrast import local_contrast as local_contrast
