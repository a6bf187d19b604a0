"""Masses, couplings and PDG codes that the generators share (PDG 2022 review unless said; GeV, nb)."""

from __future__ import annotations

ALPHA = 1.0 / 137.035999084
"""Fine-structure constant in the Thomson limit (CODATA 2018)."""

NANOBARN = 0.3893793721e6
"""(hbar c)^2 in nb GeV^2: a cross section in GeV^-2 times this is in nb."""

ELECTRON_MASS = 0.51099895e-3
MUON_MASS = 0.1056583755
TAU_MASS = 1.77686
PION_MASS = 0.13957039
NEUTRAL_PION_MASS = 0.1349768
KAON_MASS = 0.493677
NEUTRAL_KAON_MASS = 0.497611
ETA_MASS = 0.547862
RHO_MASS = 0.77526
RHO_WIDTH = 0.1491

ELECTRON = 11
ELECTRON_NEUTRINO = 12
MUON = 13
MUON_NEUTRINO = 14
TAU = 15
TAU_NEUTRINO = 16
PHOTON = 22
ZPRIME = 32
NEUTRAL_PION = 111
PION = 211
ETA = 221
LONG_KAON = 130
SHORT_KAON = 310
KAON = 321
DARK_PHOTON = 9000022
"""No PDG code is assigned to a dark photon; this is one of the codes left free for generators."""

HBAR_C = 1.973269804e-14
"""hbar c in GeV cm: over a width in GeV it is c tau in cm."""

# Codes of the dark sector: 52 is PDG's fermionic dark matter, 99666 basf2's monopole; others are free for generators.
DARK_MATTER = 52
EXCITED_DARK_MATTER = 9000052
ALP = 9000005
DARK_SCALAR = 9000006
DARK_HIGGS = 9000025
MONOPOLE = 99666

# Heavy mesons: masses in GeV, c tau in cm (PDG 2022).
B_CHARGED_MASS, B_CHARGED_FLIGHT = 5.27934, 0.04911
B_NEUTRAL_MASS, B_NEUTRAL_FLIGHT = 5.27966, 0.04554
D_NEUTRAL_MASS, D_NEUTRAL_FLIGHT = 1.86484, 0.01230
D_CHARGED_MASS, D_CHARGED_FLIGHT = 1.86966, 0.03097
KSTAR_MASS, KSTAR_WIDTH = 0.89555, 0.0473
B_CHARGED, B_NEUTRAL, D_NEUTRAL, D_CHARGED, KSTAR = 521, 511, 421, 411, 313
