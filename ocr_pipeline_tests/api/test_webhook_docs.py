"""What docs/webhooks.md says to receivers works."""

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fastapi.testclient import TestClient
from pydantic import SecretStr

from api.webhooks.policy import get_policy
from api.webhooks.signing import signed_headers
from ocr_pipeline.settings import Settings
from ocr_pipeline.storage.deliveries import Failure
from ocr_pipeline.webhook_secret import webhook_secret

PAGE = (Path(__file__).parents[2] / "docs" / "webhooks.md").read_text("utf-8")


def test_the_receiver_in_python_believes_us_and_nobody_else() -> None:
    settings = Settings(jwt_secret=SecretStr("a secret of the tests, longer than 32 bytes"))
    secret = webhook_secret(settings)
    assert secret is not None
    (source,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    names: dict[str, Any] = {}
    exec(source.replace("whsec_...", secret), names)

    (body,) = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
    target = get_policy(settings).read("https://example.com/hooks/ocr")
    headers = signed_headers(target, secret, "1", body, datetime.now(UTC))
    with TestClient(names["app"]) as client:
        assert client.post("/hooks/ocr", content=body, headers=headers).status_code == 204
        assert client.post("/hooks/ocr", content=body.replace("12.40", "99.40"), headers=headers).status_code == 400
        assert client.post("/hooks/ocr", content=body).status_code == 400


def test_every_error_of_the_log_is_explained() -> None:
    explained = re.findall(r"^\| `([a-z]+)` \|", PAGE.partition("| `error` |")[2], re.MULTILINE)
    assert explained == [failure.value for failure in Failure]
