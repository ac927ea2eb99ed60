from ._link import link as link
from ._links import Links as Links
from ._summary import summarize_tracks as summarize_tracks
