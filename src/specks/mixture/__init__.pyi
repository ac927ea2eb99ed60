from .fit import fit_mixture as fit_mixture
from .model import Mixture as Mixture
