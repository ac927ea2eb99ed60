from .particles import Particles as Particles
from .particles import segment_particles as segment_particles
