from .corrected import CorrectedImages as CorrectedImages
from .estimate import estimate_drift as estimate_drift
from .images import correct_images as correct_images
from .positions import correct_positions as correct_positions
from .result import Drift as Drift
from .tracks import drift_from_tracks as drift_from_tracks
