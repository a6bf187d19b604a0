"""The detector's numbers, by part; units and sources stand in the data files beside this one."""

from typing import Annotated

from pydantic import Field, model_validator

from ...documents import Document

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
Angle = Annotated[float, Field(ge=0, le=180)]
Ring = Annotated[int, Field(ge=1)]


class PhotonResponse(Document):
    """Clusters of photons in the calorimeter (units and sources: the data file)."""

    energy_noise: NotNegative
    energy_stochastic: NotNegative
    energy_constant: NotNegative
    endcap_factor: Positive
    tail_fraction: Probability
    tail_scale: NotNegative
    angle_stochastic: NotNegative
    angle_constant: NotNegative
    threshold: NotNegative
    turn_on: Positive
    soft_loss: Probability
    hard_loss: Probability
    hard_scale: Positive
    edge_loss: Probability
    edge_width: Positive
    time_stochastic: NotNegative
    time_constant: NotNegative
    second_moment_mean: Positive
    second_moment_width: NotNegative
    merged_below: Angle
    resolved_above: Angle

    @model_validator(mode="after")
    def _ordered(self) -> "PhotonResponse":
        if self.merged_below > self.resolved_above:
            raise ValueError("merged_below must not exceed resolved_above")
        return self


class BackgroundResponse(Document):
    """Clusters that the beams leave."""

    clusters: NotNegative
    energy_minimum: Positive
    energy_scale: NotNegative
    time_window: NotNegative


class TrackResponse(Document):
    """Charged tracks, the field that bends them, and the matter in which electrons radiate."""

    momentum_curvature: NotNegative
    momentum_scattering: NotNegative
    theta_constant: NotNegative
    phi_constant: NotNegative
    angle_scattering: NotNegative
    d0_constant: NotNegative
    d0_scattering: NotNegative
    z0_constant: NotNegative
    z0_scattering: NotNegative
    plateau: Probability
    soft_loss: Probability
    soft_scale: Positive
    minimum_pt: NotNegative
    magnetic_field: Positive
    calorimeter_radius: Positive
    calorimeter_forward_z: Positive
    calorimeter_backward_z: Positive
    radiation_lengths: NotNegative
    radiation_threshold: Annotated[float, Field(gt=0, lt=1)]


class DepositResponse(Document):
    """What charged particles leave in the calorimeter."""

    mip_energy: Positive
    mip_width: NotNegative
    shower_probability: Probability
    shower_fraction: Probability
    hadron_second_moment: Positive
    unmatched_probability: Probability
    split_off_probability: Probability
    split_off_energy: NotNegative
    split_off_angle: NotNegative


class IdentificationResponse(Document):
    """Efficiencies and fake rates of a cut on the likelihood ratios at the working point."""

    working_point: Annotated[float, Field(gt=0.5, lt=1)]
    muon_barrel: Probability
    muon_endcap: Probability
    muon_threshold: NotNegative
    muon_turn_on: Positive
    hadron_as_muon: Probability
    electron_as_muon: Probability
    electron: Probability
    electron_without_cluster: Probability
    hadron_as_electron: Probability
    muon_as_electron: Probability

    @model_validator(mode="after")
    def _exclusive(self) -> "IdentificationResponse":
        pairs = (
            ("muon_barrel", "muon_as_electron"),
            ("muon_endcap", "muon_as_electron"),
            ("electron", "electron_as_muon"),
            ("electron_without_cluster", "electron_as_muon"),
            ("hadron_as_muon", "hadron_as_electron"),
        )
        for one, other in pairs:
            if getattr(self, one) + getattr(self, other) > 1:
                raise ValueError(f"{one} and {other} exclude each other and must not exceed 1 together")
        return self


class MuonSystemResponse(Document):
    """Clusters in the muon system, those of photons that the calorimeter lost included."""

    minimum_pt: NotNegative
    minimum_momentum: NotNegative
    muon_efficiency: Probability
    hadron_efficiency: Probability
    photon_energy: NotNegative
    photon_efficiency: Probability
    photon_layers: Positive
    layers: Positive
    range_per_layer: Positive
    angle_resolution: NotNegative
    time_resolution: NotNegative


class TriggerResponse(Document):
    """Thresholds of the first-level trigger's calorimeter and track lines."""

    cluster_threshold: NotNegative
    energy_low: Positive
    energy_middle: Positive
    energy_high: Positive
    cm_low: Positive
    cm_middle: Positive
    cm_high: Positive
    sum_threshold: Positive
    sum_first_ring: Ring
    sum_last_ring: Ring
    bhabha_sum_theta_low: Angle
    bhabha_sum_theta_high: Annotated[float, Field(ge=0, le=360)]
    bhabha_delta_phi: Angle
    bhabha_both: Positive
    bhabha_one: Positive
    pair_delta_phi: Angle
    wide_pair_delta_phi: Angle
    wide_pair_sum_theta_low: Angle
    wide_pair_sum_theta_high: Annotated[float, Field(ge=0, le=360)]
    ring_edges: Annotated[list[Angle], Field(min_length=18, max_length=18)]
    track_minimum_pt: NotNegative
    track_theta_low: Angle
    track_theta_high: Angle
    track_efficiency: Probability
    track_opening: Angle

    @model_validator(mode="after")
    def _rings_grow(self) -> "TriggerResponse":
        if self.ring_edges != sorted(set(self.ring_edges)):
            raise ValueError("ring_edges must grow")
        return self


class Response(Document):
    """The whole detector's response."""

    photons: PhotonResponse
    background: BackgroundResponse
    tracks: TrackResponse
    deposits: DepositResponse
    identification: IdentificationResponse
    muon_system: MuonSystemResponse
    trigger: TriggerResponse
