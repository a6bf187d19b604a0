"""Kinds of numbers that the detector's parameters are."""

from typing import Annotated

from pydantic import Field

NotNegative = Annotated[float, Field(ge=0)]
Positive = Annotated[float, Field(gt=0)]
Probability = Annotated[float, Field(ge=0, le=1)]
Angle = Annotated[float, Field(ge=0, le=180)]
Bias = Annotated[float, Field(gt=-0.5, lt=0.5)]
