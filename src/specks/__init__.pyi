from ._core.corrections import Corrections as Corrections
from ._core.corrections_file import load_corrections as load_corrections
from ._core.corrections_file import save_corrections as save_corrections
from .measure import label_particles as label_particles
from .measure import measure_objects as measure_objects
from .mixture import Mixture as Mixture
from .mixture import fit_mixture as fit_mixture
from .workflows import segment_particles as segment_particles
