from . import truth as truth
from ._particles import Particles as Particles
from ._particles import ParticleSlices as ParticleSlices
from ._particles import particle_image as particle_image
from ._particles import particle_volume as particle_volume
from ._particles import particle_volume_slices as particle_volume_slices
from ._scene import ParticleScene as ParticleScene
