from ._learn import learn_profile as learn_profile
from ._leastsq import refine_leastsq as refine_leastsq
from ._locate import locate as locate
from ._profile import Profile as Profile
from ._refine import refine as refine
from ._result import Refined as Refined
