from .measure import label_particles as label_particles
from .measure import measure_objects as measure_objects
from .mixture import Mixture as Mixture
from .mixture import fit_mixture as fit_mixture
from .workflows import segment_particles as segment_particles
