"""Floor 0: what every engine stands on, and what knows of none of them."""
