"""From merged histograms to limits: templates, models, intervals, scans, couplings."""
