from ._gaps import fill_gaps as fill_gaps
from ._label import label_particles as label_particles
from ._labeler import RunLabeler as RunLabeler
from ._objects import measure_objects as measure_objects
from ._runs import LabelRuns as LabelRuns
from ._sizes import count_sizes as count_sizes
from ._swelling import measure_swelling as measure_swelling
from .instances import measure_instances as measure_instances
