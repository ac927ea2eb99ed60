from ._config import NanoparticleSegConfig as NanoparticleSegConfig
from ._fit import DocumentedFit as DocumentedFit
from ._fit import fit_documented as fit_documented
from ._fit import iterate_documented as iterate_documented
from ._labels import label_nanoparticles as label_nanoparticles
from ._segmentation import NanoparticleSegmentation as NanoparticleSegmentation
from ._table import documented_table as documented_table
from ._table import slice_weight as slice_weight
