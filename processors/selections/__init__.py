"""The values of the searches' cuts by experiment, one YAML file a selection."""
