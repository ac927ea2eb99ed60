from .estimate import estimate_drift as estimate_drift
from .result import Drift as Drift
