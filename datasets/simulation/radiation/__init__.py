"""Radiation of the beams and of the final state, and the running of alpha."""
