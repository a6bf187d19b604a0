"""Events of other generators (LHE, HepMC), brought to the form that the detector response takes."""
