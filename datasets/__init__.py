"""What goes in: event model, schemas, catalog, chunks, experiments, cross sections, simulation."""
