"""What a stack consists of: which servers are its own, where they listen, and the environment of its processes."""

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, SecretStr
from sqlalchemy import URL, make_url

from ocr_pipeline.local.folders import Folders, write_private
from ocr_pipeline.local.ports import HOST, Port, choose, require_address
from ocr_pipeline.local.secrets import Secrets, load_or_create
from ocr_pipeline.settings import Settings

DATABASE = "ocr_pipeline"


class Service(StrEnum):
    """What the stack can leave to someone else."""

    POSTGRES = "postgres"
    REDIS = "redis"
    S3 = "s3"
    DAGSTER = "dagster"


_PORTS = {
    Service.POSTGRES: (Port.POSTGRES,),
    Service.REDIS: (Port.REDIS,),
    Service.S3: tuple(port for port in Port if port.name.startswith("S3")),
    Service.DAGSTER: (Port.CODE_SERVER, Port.DAGSTER),
}
# These get their value from the stack, whatever the user's settings say.
_STACK_FIELDS = {
    "database_url", "redis_url", "s3_endpoint", "s3_access_key", "s3_secret_key", "dagster_url", "jwt_secret",
    "data_dir", "postgres_port", "redis_port", "s3_port", "dagster_port", "api_port",
}  # fmt: skip


class Endpoints(BaseModel):
    """Where everything is, without a secret in it; empty where there is nothing to name."""

    model_config = ConfigDict(frozen=True)

    dagster: str
    api: str
    api_docs: str
    s3: str
    bucket: str
    inbox_prefix: str
    database_url: str
    redis_url: str
    data_dir: Path
    logs: Path
    credentials_file: Path


class Record(BaseModel):
    """What `up` leaves for later commands, which may run under other settings."""

    model_config = ConfigDict(frozen=True)

    ports: dict[str, int]
    endpoints: Endpoints
    environment: dict[str, str]


@dataclass(frozen=True)
class Plan:
    settings: Settings
    folders: Folders
    secrets: Secrets
    ports: Mapping[Port, int]
    own: frozenset[Service]

    @property
    def database_url(self) -> str:
        if Service.POSTGRES not in self.own:
            return self.settings.database_url.get_secret_value()
        password, port = self.secrets.postgres_password, self.ports[Port.POSTGRES]
        return f"postgresql+psycopg2://{DATABASE}:{password}@{self.settings.host}:{port}/{DATABASE}"

    @property
    def redis_url(self) -> str:
        if Service.REDIS not in self.own:
            return self.settings.redis_url.get_secret_value()
        return f"redis://:{self.secrets.redis_password}@{self.settings.host}:{self.ports[Port.REDIS]}/0"

    @property
    def s3_endpoint(self) -> str:
        return self._url(Port.S3, self.settings.host) if Service.S3 in self.own else self.settings.s3_endpoint

    @property
    def s3_access_key(self) -> str:
        return self.secrets.s3_access_key if Service.S3 in self.own else self.settings.s3_access_key

    @property
    def s3_secret_key(self) -> str:
        own = Service.S3 in self.own
        return self.secrets.s3_secret_key if own else self.settings.s3_secret_key.get_secret_value()

    @property
    def dagster_url(self) -> str:
        return self._url(Port.DAGSTER) if Service.DAGSTER in self.own else self.settings.dagster_url

    @property
    def api_url(self) -> str:
        return self._url(Port.API)

    def _url(self, port: Port, host: str = HOST) -> str:
        return f"http://{host}:{self.ports[port]}"

    def endpoints(self) -> Endpoints:
        return Endpoints(
            dagster=self.dagster_url,
            api=self.api_url,
            api_docs=f"{self.api_url}/docs",
            s3=self.s3_endpoint,
            bucket=self.settings.s3_bucket,
            inbox_prefix=self.settings.s3_inbox_prefix,
            database_url=_without_password(self.database_url),
            redis_url=_without_password(self.redis_url),
            data_dir=self.folders.root,
            logs=self.folders.logs,
            credentials_file=self.folders.credentials_file,
        )

    def environment(self) -> dict[str, str]:
        """Variables under which every part of the project, and any AWS tool, talks to this stack."""
        settings = {
            f"OCR_{name.upper()}": _as_text(getattr(self.settings, name))
            for name in sorted(self.settings.model_fields_set - _STACK_FIELDS)
        }
        services = {
            "OCR_DATA_DIR": str(self.folders.root),
            "OCR_DATABASE_URL": self.database_url,
            "OCR_REDIS_URL": self.redis_url,
            "OCR_S3_ENDPOINT": self.s3_endpoint,
            "OCR_S3_ACCESS_KEY": self.s3_access_key,
            "OCR_S3_SECRET_KEY": self.s3_secret_key,
            "OCR_S3_REGION": self.settings.s3_region,
            "OCR_S3_BUCKET": self.settings.s3_bucket,
            "OCR_S3_INBOX_PREFIX": self.settings.s3_inbox_prefix,
            "OCR_DAGSTER_URL": self.dagster_url,
            "OCR_API_URL": self.api_url,
            "OCR_JWT_SECRET": self.settings.jwt_secret.get_secret_value() or self.secrets.jwt_secret,
            "OCR_CODE_SERVER_HOST": HOST,
            "OCR_CODE_SERVER_PORT": str(self.ports.get(Port.CODE_SERVER, "")),
            "DAGSTER_HOME": str(self.folders.dagster_home),
            # Else the daemon gives a backfill up that it looks at while the code server is away.
            "DAGSTER_BACKFILL_RETRY_DEFINITION_CHANGED_ERROR": "1",
            "AWS_ENDPOINT_URL_S3": self.s3_endpoint,
            "AWS_ACCESS_KEY_ID": self.s3_access_key,
            "AWS_SECRET_ACCESS_KEY": self.s3_secret_key,
            "AWS_DEFAULT_REGION": self.settings.s3_region,
            **_for_psql(make_url(self.database_url)),
        }
        # An empty variable is not the same as none to the AWS libraries.
        return settings | {name: value for name, value in services.items() if value} | _no_proxy(self.settings.host)

    def save(self) -> None:
        ports = {port.name: number for port, number in self.ports.items()}
        record = Record(ports=ports, endpoints=self.endpoints(), environment=self.environment())
        write_private(self.folders.record_file, record.model_dump_json(indent=2))
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in self.environment().items()]
        write_private(self.folders.credentials_file, "".join(lines))


def make(settings: Settings, folders: Folders) -> Plan:
    """Decide on servers, addresses, ports and secrets; what was decided last time is kept where it can be.

    Raises PipelineError(PORT_IN_USE, INVALID_SETTING, DATA_DIR_UNUSABLE).
    """
    require_address(settings.host)
    secrets = load_or_create(folders, settings)
    record = read_record(folders)
    kept = {Port[name]: number for name, number in record.ports.items()} if record else {}
    own = _own_services(settings, secrets, kept)
    needed = [port for service in Service if service in own for port in _PORTS[service]]
    wanted = {port: getattr(settings, f"{port.name.lower()}_port", 0) for port in needed}
    ports = choose([*needed, Port.API], wanted | {Port.API: settings.api_port}, kept, settings.host)
    return Plan(settings, folders, secrets, ports, own)


def read_record(folders: Folders) -> Record | None:
    try:
        return Record.model_validate_json(folders.record_file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None


def _own_services(settings: Settings, secrets: Secrets, kept: Mapping[Port, int]) -> frozenset[Service]:
    """Every service that the settings don't place elsewhere.

    A shell that has read the credentials file has this stack's own addresses in its settings. They are told from
    foreign ones by the stack's secrets, or the next `up` in that shell would start nothing.
    """
    dagster = f"http://{HOST}:{kept.get(Port.DAGSTER)}"
    own = {
        Service.POSTGRES: _absent_or_holds(settings.database_url, secrets.postgres_password),
        Service.REDIS: _absent_or_holds(settings.redis_url, secrets.redis_password),
        Service.S3: not settings.s3_endpoint or settings.s3_secret_key.get_secret_value() == secrets.s3_secret_key,
        Service.DAGSTER: settings.dagster_url in ("", dagster),
    }
    return frozenset(service for service, is_own in own.items() if is_own)


def _absent_or_holds(url: SecretStr, password: str) -> bool:
    return not url.get_secret_value() or password in url.get_secret_value()


def _without_password(url: str) -> str:
    return make_url(url).set(password=None).render_as_string() if url else ""


def _for_psql(url: URL) -> dict[str, str]:
    """With these, Postgres's own tools need neither address nor password on the command line."""
    return {
        "PGHOST": url.host or "",
        "PGPORT": str(url.port or ""),
        "PGUSER": url.username or "",
        "PGPASSWORD": str(url.password or ""),
        "PGDATABASE": url.database or "",
    }


def _as_text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _no_proxy(host: str) -> dict[str, str]:
    """The stack is reached directly, also where a proxy is set for the rest of the world."""
    if not any(name.lower() in {"http_proxy", "all_proxy"} for name in os.environ):
        return {}
    before = os.environ.get("no_proxy") or os.environ.get("NO_PROXY", "")
    value = ",".join(dict.fromkeys([*filter(None, [before]), HOST, "localhost", host]))
    return {"NO_PROXY": value, "no_proxy": value}
