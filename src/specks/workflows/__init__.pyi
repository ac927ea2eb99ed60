from ._void_result import VoidTracks as VoidTracks
from .particles import Particles as Particles
from .particles import segment_particles as segment_particles
from .voids import track_voids as track_voids
