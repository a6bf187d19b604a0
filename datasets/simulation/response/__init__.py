"""The detector response: from generated particles to tracks, clusters and trigger lines."""
