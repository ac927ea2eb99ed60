from .fit import fit_mixture as fit_mixture
from .model import Mixture as Mixture
from .peaks.render import draw_peaks as draw_peaks
from .peaks.render import label_peaks as label_peaks
