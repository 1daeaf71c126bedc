"""Owns how a refusal looks: application/problem+json (RFC 9457). Tells nothing of the inside."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from longshore.errors import LongshoreError, StorageFullError

logger = logging.getLogger(__name__)
MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Why a request was refused."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    title: str
    """What the status code means."""
    status: int
    """The status code."""
    detail: str
    """What is wrong, and what to do."""


class ProblemError(LongshoreError):
    """A request is refused with this status; the detail names the remedy and is shown to the caller."""

    def __init__(self, status: int, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.headers = headers


PROBLEMS: dict[int | str, dict[str, Any]] = {
    code: {"description": HTTPStatus(code).phrase, "content": {MEDIA_TYPE: {}}, "model": Problem}
    for code in (401, 403, 404, 422, 503)
}
"""What every route may answer, for OpenAPI."""


def answer_problem(status: int, detail: str, headers: dict[str, str] | None = None) -> Response:
    """The response of a refusal."""
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail)
    return Response(problem.model_dump_json(), status, headers, MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Have every error answered as a problem."""

    @app.exception_handler(ProblemError)
    async def refuse(_: Request, error: ProblemError) -> Response:
        return answer_problem(error.status, str(error), error.headers)

    @app.exception_handler(StorageFullError)
    async def tell_full(_: Request, error: StorageFullError) -> Response:
        return answer_problem(507, str(error))

    @app.exception_handler(HTTPException)
    async def tell_http(request: Request, error: HTTPException) -> Response:
        detail = f"{request.method} {request.url.path}: {error.detail}; /v1/openapi.json tells what there is"
        return answer_problem(error.status_code, detail, dict(error.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def tell_invalid(_: Request, error: RequestValidationError) -> Response:
        return answer_problem(422, "; ".join(map(_explain, error.errors())))

    @app.exception_handler(Exception)
    async def tell_fault(_: Request, __: Exception) -> Response:
        return answer_problem(500, "a fault of the archive; its log tells more")


def _explain(entry: Any) -> str:
    """The place and what is wrong there, without the value, which may hold anything."""
    where, *names = entry["loc"]
    return f"{where} {'.'.join(map(str, names))}: {entry['msg']}"
