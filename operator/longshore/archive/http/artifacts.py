"""How artifacts are listed and fetched over HTTP. Owns paths, headers and status codes; must not open files."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import Field

from longshore.api.archives import Number, StoredArtifact
from longshore.api.fields import Model
from longshore.archive.artifacts.catalogues import Wanted
from longshore.archive.artifacts.selections import File
from longshore.archive.artifacts.shelves import InputFile, Shelf
from longshore.archive.http.callers import Permit, is_step, may_read_logs, may_read_runs
from longshore.archive.http.contents import SealedFile, build_headers
from longshore.archive.http.problems import ProblemError
from longshore.archive.places import AttemptKey
from longshore.archive.ports import Journal
from longshore.errors import ArchiveError

Text = Annotated[str | None, Query(max_length=253)]
