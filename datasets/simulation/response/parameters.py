"""The detector's numbers, by part; units and sources stand in the data files beside this one."""

from ...documents import Document
from .calorimeter_parameters import (
    BackgroundResponse,
    DepositResponse,
    NeutralHadronResponse,
    PhotonResponse,
    ShapeResponse,
)
from .identification_parameters import IdentificationResponse
from .quantities import NotNegative, Positive, Probability
from .tracking_parameters import GeometryResponse, IonisationResponse, MaterialResponse, TrackResponse, VertexResponse
from .trigger_lines import TriggerResponse


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


class Response(Document):
    """The whole detector's response."""

    geometry: GeometryResponse
    material: MaterialResponse
    photons: PhotonResponse
    shapes: ShapeResponse
    background: BackgroundResponse
    deposits: DepositResponse
    neutral_hadrons: NeutralHadronResponse
    tracks: TrackResponse
    ionisation: IonisationResponse
    vertices: VertexResponse
    identification: IdentificationResponse
    muon_system: MuonSystemResponse
    trigger: TriggerResponse
