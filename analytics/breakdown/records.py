"""The base class of values that the steps of a breakdown exchange and store."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value that survives a JSON round trip (`model_dump_json`, `model_validate_json`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Usage(Record):
    """The usage of one or more calls: tokens as the server counted them (else as we do), wall-clock seconds."""

    calls: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    seconds: float = 0.0

    @property
    def tokens(self) -> int:
        """Return the tokens read and written."""
        return self.input_tokens + self.output_tokens

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            calls=self.calls + other.calls,
            input_tokens=self.input_tokens + other.input_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            seconds=self.seconds + other.seconds,
        )
