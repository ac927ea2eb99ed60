from ._particles import ParticlePicture as ParticlePicture
from ._particles import particle_image as particle_image
from ._particles import particle_volume as particle_volume
from ._particles import particle_volume_slices as particle_volume_slices
from ._scene import ParticleScene as ParticleScene
from ._slices import ParticleSlices as ParticleSlices
