"""Features of one frame: band-pass, maxima, centroids, and the noise between them."""
