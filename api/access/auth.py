"""Who may do what. `api.access` has found out who asks, and has counted the request, before a route is looked for."""

from typing import Annotated

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.backends import FromApp
from api.problems import LimitedError
from ocr_pipeline import tokens
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.tokens import Claims

_bearer = HTTPBearer(
    scheme_name="bearer",
    bearerFormat="JWT",
    auto_error=False,
    description="A token made by `ocr-pipeline token`, or by the issuer whose keys OCR_JWT_JWKS_URL names.",
)


async def _authorize(
    needed: SecurityScopes,
    request: Request,
    _: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],  # for the OpenAPI document alone
) -> Claims:
    claims: Claims = request.state.claims
    for scope in needed.scopes:
        if scope not in claims.scopes:
            raise PipelineError(ErrorCode.FORBIDDEN, scope=scope)
    return claims


async def _admit_documents(
    request: Request, claims: Annotated[Claims, Depends(_authorize)], backends: FromApp
) -> Claims:
    pages = await backends.page_limit.look(claims)
    request.state.quotas.append(pages)
    if not pages.is_within:
        raise LimitedError(ErrorCode.PAGES_LIMITED, pages.limit, pages.seconds)
    await backends.backlog.check()
    return claims


Reader = Annotated[Claims, Security(_authorize, scopes=[tokens.READ])]
Writer = Annotated[Claims, Security(_authorize, scopes=[tokens.WRITE])]
"""Parameters of routes: who asks. The token has the scope."""
Sending = Annotated[Claims, Security(_admit_documents, scopes=[tokens.WRITE])]
"""The same, for routes that bring documents: their sender is within the pages a minute, and the backlog has room."""
