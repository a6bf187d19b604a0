"""The sites that darkbelle ships, as YAML."""
