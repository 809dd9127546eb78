"""An error as OpenCode reports it: what provider, tool or server have said, as far as it was passed on."""

import json
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue


class Shape(BaseModel):
    """Typed where we read it; what we do not know is let through unseen."""

    model_config = ConfigDict(extra="ignore", frozen=True, populate_by_name=True)


def _in_words(value: object) -> object:
    """Text for what should be one: a strange detail of an error must not hide the error."""
    if value is None or isinstance(value, str):
        return value or ""
    return json.dumps(value, ensure_ascii=False, default=str)


Words = Annotated[str, BeforeValidator(_in_words)]


class ErrorFacts(Shape):
    """The data of a reported error; which are there depends on its name."""

    message: Words = ""
    status_code: int | None = Field(default=None, alias="statusCode")
    retryable: bool | None = Field(default=None, alias="isRetryable")
    headers: dict[str, Words] = Field(default_factory=dict, alias="responseHeaders")
    body: Words = Field(default="", alias="responseBody")
    metadata: dict[str, JsonValue] = Field(default_factory=dict)
    ref: str | None = None

    @property
    def url(self) -> str | None:
        """Where the provider was asked, if that was passed on."""
        url = self.metadata.get("url")
        return url if isinstance(url, str) else None


class ReportedError(Shape):
    """`info.error` of a message, and the error of a `session.error` event."""

    name: str
    data: ErrorFacts = ErrorFacts()
