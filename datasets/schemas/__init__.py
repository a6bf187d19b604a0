"""One file for each input format, all mapping to the event model."""
