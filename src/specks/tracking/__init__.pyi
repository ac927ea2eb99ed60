from ._link import link as link
from ._links import Links as Links
