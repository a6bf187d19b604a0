"""The tracker's numbers, the detector's dimensions and its matter; units and sources stand in the data files."""

from typing import Annotated

from pydantic import Field, model_validator

from ...documents import Document
from .quantities import Bias, NotNegative, Positive, Probability


class GeometryResponse(Document):
    """Magnetic field, and surfaces that particles meet."""

    magnetic_field: Positive
    calorimeter_radius: Positive
    calorimeter_forward_z: Positive
    calorimeter_backward_z: Positive
    calorimeter_depth: Positive
    muon_system_radius: Positive
    silicon_radius: Positive


class TrackResponse(Document):
    """Charged tracks from the interaction region and from displaced vertices."""

    momentum_bias: Bias
    momentum_curvature: NotNegative
    momentum_scattering: NotNegative
    theta_constant: NotNegative
    phi_constant: NotNegative
    angle_scattering: NotNegative
    d0_constant: NotNegative
    d0_scattering: NotNegative
    z0_constant: NotNegative
    z0_scattering: NotNegative
    outer_factor: Annotated[float, Field(ge=1)]
    plateau: Probability
    soft_loss: Probability
    soft_scale: Positive
    minimum_pt: NotNegative
    displaced_radius: Positive
    layers: Positive
    inner_radius: Positive
    outer_radius: Positive
    hit_efficiency: Probability
    bending_resolution: Positive

    @model_validator(mode="after")
    def _ordered(self) -> "TrackResponse":
        if self.inner_radius >= self.outer_radius:
            raise ValueError("inner_radius must lie below outer_radius")
        return self


class IonisationResponse(Document):
    """Ionisation in the drift chamber, relative to that of a minimum ionising particle of charge 1."""

    excitation_energy: Positive
    density_onset: Positive
    resolution: NotNegative


class VertexResponse(Document):
    """Vertices of two tracks, and which pairs of tracks are tried."""

    minimum_probability: Probability
    maximum_radius: Positive
    maximum_tracks: Annotated[int, Field(ge=2)]


class MaterialResponse(Document):
    """The matter before the drift chamber's gas: electrons radiate and photons convert in it."""

    radiation_lengths: NotNegative
    radiation_threshold: Annotated[float, Field(gt=0, lt=1)]
    conversion_factor: NotNegative
    conversion_radii: Annotated[list[Positive], Field(min_length=1)]
