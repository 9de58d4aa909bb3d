"""What an Acme device answers. It may be broken, or not Acme's at all: everything is bounded."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(max_length=100)]


class Answer(BaseModel):
    """Fields of later firmware are left alone; what came never stands in an error."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)


class Welcome(Answer):
    """To POST /acme/login."""

    token: str = Field(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._~-]+$", repr=False)


class Lens(Answer):
    """One channel."""

    number: int = Field(ge=1, le=256)
    name: Name = ""
    qualities: list[str] = Field(max_length=8)
    """"high", "low", and whatever later firmware has."""
    microphone: bool = False


class About(Answer):
    """To GET /acme/about."""

    serial: Name
    mac: Name = ""
    model: Name = ""
    firmware: Name = ""
    channels: list[Lens] = Field(min_length=1, max_length=256)


class Stream(Answer):
    """To GET /acme/stream. The ticket is a part of the url."""

    url: str = Field(max_length=1000, repr=False)
    ticket: str = Field(min_length=1, max_length=200, repr=False)
    expires_in: int = Field(ge=1, le=86_400)
    """Seconds within which the url must be used, once."""
