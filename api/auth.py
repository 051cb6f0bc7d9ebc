"""Who may do what, and how often."""

from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes

from api.backends import FromApp
from ocr_pipeline import tokens
from ocr_pipeline.errors import ErrorCode, PipelineError
from ocr_pipeline.tokens import Claims

_bearer = HTTPBearer(
    scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="A token made by `ocr-pipeline token`."
)


async def _authorize(
    needed: SecurityScopes,
    backends: FromApp,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)],
) -> Claims:
    if credentials is None:
        raise PipelineError(ErrorCode.UNAUTHENTICATED)
    claims = tokens.verify_token(credentials.credentials, backends.settings.jwt_secret.get_secret_value())
    for scope in needed.scopes:
        if scope not in claims.scopes:
            raise PipelineError(ErrorCode.FORBIDDEN, scope=scope)
    return claims


async def _admit(claims: Annotated[Claims, Depends(_authorize)], backends: FromApp) -> Claims:
    await backends.rate_limit.check(claims.subject)
    return claims


Reader = Annotated[Claims, Security(_admit, scopes=[tokens.READ])]
Writer = Annotated[Claims, Security(_admit, scopes=[tokens.WRITE])]
"""Parameters of routes: who asks. The token has the scope, and its subject is within the rate limit."""
