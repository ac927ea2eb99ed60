"""Other ways to find particles in a plane, plainly written; all take an image whose particles are bright.

Each returns centers, (n, 2) array of y and x. Numbers that the methods need are those that people
take by default or, where there is no default, those that scored best here.
"""

from __future__ import annotations

import numpy as np
import trackpy
from scipy import ndimage as ndi
from skimage.feature import blob_log
from skimage.filters import threshold_otsu
from skimage.morphology import disk

import specks

__all__ = ["RIVALS", "blobs", "local_mean", "sphero_vem", "top_hat", "tracked"]

MIN_SIZE = 10
#: Median absolute deviations above which a pixel stands out from its surroundings.
DEVIATIONS = 3.0


def sphero_vem(image: np.ndarray, diameter: float) -> np.ndarray:
    """The mixture of sphero-vem at its own threshold, without the pixels that its closing loses at borders."""
    found = specks.segment_particles(np.rint(image).astype(np.uint8), mode="documented", threshold=0.95)
    return found.objects[["y", "x"]].to_numpy()


def local_mean(image: np.ndarray, diameter: float) -> np.ndarray:
    """Slightly blurred, minus the mean of a box of three diameters, above some deviations."""
    box = 2 * round(1.5 * diameter) + 1
    flat = ndi.gaussian_filter(image, 0.1 * diameter) - ndi.uniform_filter(image, box)
    middle = np.median(flat)
    return _centers(flat > middle + DEVIATIONS * 1.4826 * np.median(np.abs(flat - middle)))


def blobs(image: np.ndarray, diameter: float) -> np.ndarray:
    """Laplacian of Gaussian: maxima in space and scale."""
    sigma = diameter / 2 / np.sqrt(2)
    found = blob_log(image / 255, 0.5 * sigma, 2 * sigma, num_sigma=7, threshold=0.03, overlap=0.5)
    return found[:, :2]


def tracked(image: np.ndarray, diameter: float) -> np.ndarray:
    """trackpy's locate, of which those count whose mass is above Otsu's threshold of its logarithm."""
    found = trackpy.locate(image, 2 * int(diameter / 2) + 1, engine="numba")
    found = found[found["mass"] > 0]
    logarithm = np.log(found["mass"].to_numpy())
    return found[["y", "x"]].to_numpy()[logarithm > threshold_otsu(logarithm)]


def top_hat(image: np.ndarray, diameter: float) -> np.ndarray:
    """Blurred, white top-hat with a disc of 1.5 diameters, above Otsu's threshold."""
    smooth = ndi.gaussian_filter(image, 0.15 * diameter)
    flat = ndi.white_tophat(smooth, footprint=disk(round(0.75 * diameter)))
    return _centers(flat > threshold_otsu(flat))


def _centers(mask: np.ndarray) -> np.ndarray:
    """Of the connected parts that are not too small."""
    labels, count = ndi.label(mask, np.ones((3, 3)))
    large = np.flatnonzero(np.bincount(labels.ravel(), minlength=count + 1)[1:] >= MIN_SIZE) + 1
    return np.array(ndi.center_of_mass(mask, labels, large)).reshape(-1, 2)


RIVALS = {
    "sphero-vem's mixture": sphero_vem,
    "local mean + 3 MAD": local_mean,
    "Laplacian of Gaussian": blobs,
    "trackpy, Otsu on log mass": tracked,
    "white top-hat + Otsu": top_hat,
}
