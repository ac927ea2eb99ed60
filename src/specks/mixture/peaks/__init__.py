"""Particles as peaks of contrast at their own scale: found, weighed against chance, outlined."""
