"""The calorimeter's numbers; units and sources stand in the data files beside this one."""

from pydantic import model_validator

from ...documents import Document
from .quantities import Angle, Bias, NotNegative, Positive, Probability


class PhotonResponse(Document):
    """Clusters of photons in the calorimeter."""

    energy_bias: Bias
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
    gap_efficiency: Probability
    late_leakage: Positive
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


class ShapeResponse(Document):
    """Shower shapes: means of one photon's shower, how they move with width and with hadrons, and their spread."""

    spread_scale: NotNegative
    e1_over_e9_mean: Probability
    e1_over_e9_broadening: float
    e1_over_e9_hadron: float
    e1_over_e9_width: NotNegative
    e9_over_e21_mean: Probability
    e9_over_e21_broadening: float
    e9_over_e21_hadron: float
    e9_over_e21_width: NotNegative
    lateral_energy_mean: Probability
    lateral_energy_broadening: float
    lateral_energy_hadron: float
    lateral_energy_width: NotNegative
    zernike_40_mean: Probability
    zernike_40_broadening: float
    zernike_40_hadron: float
    zernike_40_width: NotNegative
    zernike_51_mean: Probability
    zernike_51_broadening: float
    zernike_51_hadron: float
    zernike_51_width: NotNegative
    pulse_shape_mean: Probability
    pulse_shape_broadening: float
    pulse_shape_hadron: float
    pulse_shape_width: NotNegative
    crystals_minimum: Positive
    crystals_per_log_energy: NotNegative
    crystals_broadening: NotNegative
    crystals_width: NotNegative
    track_distance_maximum: Positive


class BackgroundResponse(Document):
    """Clusters that the beams leave."""

    clusters: NotNegative
    energy_minimum: Positive
    energy_scale: NotNegative
    time_window: NotNegative


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


class NeutralHadronResponse(Document):
    """What K_L and neutrons leave in the calorimeter and in the muon system."""

    shower_probability: Probability
    shower_fraction: Probability
    muon_system_probability: Probability
    minimum_momentum: NotNegative
