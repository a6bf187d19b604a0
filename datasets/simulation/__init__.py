"""Simulated samples: event generators, the detector's response, and the files and catalog they end up in."""
