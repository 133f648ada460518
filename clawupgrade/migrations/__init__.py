"""Config changes that a release wants and its own doctor does not make, or makes at a loss."""
