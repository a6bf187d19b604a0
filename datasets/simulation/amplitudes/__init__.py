"""Spin-summed QED and dark-sector tree amplitudes: one source for NumPy arrays and for compiled loops."""
