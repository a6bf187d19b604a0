"""The experiments as data: beams, acceptance, response parameters and data-taking periods."""
