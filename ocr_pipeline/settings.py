"""Every setting, read from environment variables that start with ``OCR_``.

Secrets (`database_url`, `redis_url`, `s3_secret_key`, `language_model_key`, `jwt_secret`,
`jwt_secret_before`, `webhook_secret`) may
also come from files: a file named like the variable in lower case (``ocr_jwt_secret``) inside the folder that
``OCR_SECRETS_DIR`` names.
"""

import os
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, SettingsConfigDict

from ocr_pipeline.errors import ErrorCode, PipelineError

STAGES = ("raw_images", "normalized_images", "ocr_text", "structured_records", "validated_tables")
"""In the order in which they are carried out."""

OWN_FOLDERS = ("stages/", "originals/", "uploads/", "imports/", "compute-logs/", ".stack/")
"""What the pipeline itself puts into the bucket."""


class Settings(BaseSettings):
    """One field a setting; ``OCR_`` and the name in upper case is the environment variable."""

    model_config = SettingsConfigDict(
        env_prefix="OCR_",
        frozen=True,
        hide_input_in_errors=True,  # it may be a URL with a password
    )

    # Services. In the local stack these are filled in by `ocr-pipeline up` where they are not set.
    database_url: SecretStr = Field(
        default=SecretStr(""), description="Postgres of ledger, tables and Dagster: postgresql+psycopg2://..."
    )
    redis_url: SecretStr = Field(default=SecretStr(""), description="Redis of results and of the Celery broker")
    s3_endpoint: str = Field(default="", description="S3 endpoint, such as https://s3.eu-west-1.amazonaws.com")
    s3_access_key: str = Field(default="", description="S3 access key")
    s3_secret_key: SecretStr = Field(default=SecretStr(""), description="S3 secret key")
    s3_region: str = Field(default="us-east-1", description="S3 region")
    s3_bucket: str = Field(default="documents", description="Bucket of inbox and stage outputs")
    s3_inbox_prefix: str = Field(default="inbox/", description="What is put below this prefix is processed")
    dagster_url: str = Field(default="", description="Dagster's web server, where the API launches runs")

    # The local stack
    host: str = Field(
        default="127.0.0.1",
        description="Address of the stack's Postgres, Redis and S3; one that other hosts reach lets their workers join",
    )
    data_dir: Path = Field(default=Path(".data"), description="Folder of the local stack's data, logs and credentials")
    postgres_port: int = Field(default=0, ge=0, le=65535, description="Port of the stack's Postgres; 0 for any free")
    redis_port: int = Field(default=0, ge=0, le=65535, description="Port of the stack's Redis; 0 for any free")
    s3_port: int = Field(default=0, ge=0, le=65535, description="Port of the stack's S3 server; 0 for any free")
    dagster_port: int = Field(default=3000, ge=0, le=65535, description="Port of Dagster's web server; 0 for any free")
    api_port: int = Field(default=8000, ge=0, le=65535, description="Port of the API; 0 for any free")
    batch_workers: int = Field(default=1, ge=0, description="Worker processes for batches")
    interactive_workers: int = Field(default=1, ge=0, description="Worker processes for single files of the API")

    # Intake
    max_file_bytes: int = Field(default=100_000_000, gt=0, description="Largest file, in bytes")
    max_pages: int = Field(default=500, gt=0, description="Most pages a document may have")
    max_pixels: int = Field(default=60_000_000, gt=0, description="Most pixels a page may have")
    pdf_dpi: int = Field(default=200, ge=50, le=600, description="Resolution at which PDF pages are rendered")
    active_pdf: Literal["reject", "accept"] = Field(
        default="reject", description="What becomes of PDFs that carry scripts or launch programs; none is ever run"
    )
    inbox_tenant: str = Field(
        default="default", pattern=r"^[0-9A-Za-z_-]{1,64}$", description="Whom the documents of the inbox belong to"
    )
    batch_size: int = Field(default=20, gt=0, description="Documents that close a batch")
    batch_seconds: float = Field(default=10.0, ge=0, description="Seconds after which a smaller batch is closed")
    inbox_interval_seconds: int = Field(default=5, gt=0, description="Seconds between two looks at the inbox")
    inbox_queue_url: str = Field(
        default="", description="SQS queue that S3 tells of new files in the inbox; without it the inbox is listed"
    )
    max_open_batches: int = Field(
        default=100, gt=0, description="Unfinished batches at which no more are made of the files in the inbox"
    )

    give_up_seconds: float = Field(
        default=86_400.0, gt=0, description="Seconds after which a batch that no run could finish is rejected"
    )

    # Workers
    gpu_stages: str = Field(
        default="", description="Stages for workers of the queue `gpu`, with commas between, such as structured_records"
    )
    worker_runs: int = Field(default=0, ge=0, description="Runs after which a worker starts afresh; 0 for never")
    worker_bytes: int = Field(
        default=4_000_000_000, ge=0, description="Memory above which a worker starts afresh after its run; 0 for never"
    )
    drain_seconds: float = Field(
        default=300.0,
        ge=0,
        description="How long a worker that is told to stop goes on with its run; then it hands it back",
    )

    # What is kept, and for how long; results are never removed
    partition_days: float = Field(
        default=90.0,
        ge=0,
        description="Days after which Dagster forgets the partition of a finished batch; 0 for never",
    )
    stage_output_days: float = Field(
        default=0.0,
        ge=0,
        description="Days after which what the stages made of a finished batch is removed; 0 for never",
    )
    inbox_days: float = Field(
        default=0.0, ge=0, description="Days after which a finished document's file leaves the inbox; 0 for never"
    )

    # What the checks of a batch expect
    least_validity: float = Field(default=0.998, ge=0, le=1, description="Share of valid outputs of a batch")
    least_confidence: float = Field(default=0.6, ge=0, le=1, description="Mean confidence of a batch's documents")
    most_rejected: float = Field(default=0.2, ge=0, le=1, description="Share of a batch's documents that are rejected")
    least_reconciled: float = Field(
        default=0.5, ge=0, le=1, description="Share of a batch's documents with sums whose sums agree"
    )
    most_duplicates: float = Field(
        default=0.5, ge=0, le=1, description="Share of a batch's documents that are duplicates"
    )
    most_drift: float = Field(
        default=0.15, ge=0, le=1, description="How far confidence and filled fields may be from the last 30 batches'"
    )

    # Stages
    recognition_engine: Literal["ppocr", "easyocr"] = Field(default="ppocr", description="Which engine reads pages")
    recognition_runtime: Literal["auto", "openvino", "onnxruntime", "cuda"] = Field(
        default="auto", description="What runs the networks; auto takes the fastest that the machine has"
    )
    second_reader: bool = Field(default=True, description="Have EasyOCR read again the lines that ppocr is unsure of")
    handwriting_model: str = Field(
        default="",
        description="Folder or hub name of a TrOCR model that reads ppocr's handwritten lines; empty for none",
    )
    pdf_text_layer: bool = Field(default=True, description="Read a PDF page's own text where it is trustworthy")
    structuring_engine: Literal["auto", "cpu", "mistral", "mistral_server"] = Field(
        default="auto",
        description="Which engine finds the fields; auto takes a language model where there is one to take",
    )
    language_model: str = Field(
        default="mistralai/Mistral-7B-Instruct-v0.3",
        description="Folder, GGUF file or hub name of the model for mistral; name of the model for mistral_server",
    )
    language_model_precision: Literal["auto", "bfloat16", "8bit", "4bit"] = Field(
        default="auto", description="Numbers that the model computes with; auto takes the best that fits"
    )
    language_model_url: str = Field(
        default="", description="OpenAI-compatible endpoint for mistral_server, such as http://localhost:8001/v1"
    )
    language_model_key: SecretStr = Field(default=SecretStr(""), description="Key of that endpoint; empty for none")
    language_model_seconds: float = Field(default=120.0, gt=0, description="Longest wait for one answer of the model")
    language_model_at_once: int = Field(default=8, gt=0, description="Documents that the model works on together")
    document_kinds: str = Field(
        default="", description="Further kinds of documents, as package.module:OBJECT with commas between"
    )
    embedded_invoices: bool = Field(
        default=True, description="Take fields from the XML of Factur-X, ZUGFeRD and XRechnung PDFs"
    )
    vendor_patterns: bool = Field(
        default=True, description="Settle doubts by what accepted documents of the same vendor taught"
    )
    review_confidence: float = Field(
        default=0.8, ge=0, le=1, description="A field below this confidence sends its document to review"
    )
    threads: int = Field(default=0, ge=0, description="Cores that all workers on a machine use together; 0 for all")

    # API
    api_processes: int = Field(default=1, gt=0, description="Processes that serve the API")
    jwt_algorithm: Literal["HS256", "RS256", "ES256"] = Field(
        default="HS256", description="The one algorithm of bearer tokens; HS256 takes the secret, the others the keys"
    )
    jwt_secret: SecretStr = Field(default=SecretStr(""), description="Secret that signs and checks bearer tokens")
    jwt_secret_before: SecretStr = Field(
        default=SecretStr(""), description="The secret before this one, whose tokens still count while it is rotated"
    )
    jwt_jwks_url: str = Field(default="", description="Where the public keys of RS256 or ES256 are (a JWKS document)")
    jwt_issuer: str = Field(default="", description="Issuer that tokens must name; empty for any")
    jwt_audience: str = Field(default="", description="Audience that tokens must name; empty for none")
    jwt_tenant_claim: str = Field(default="tenant", description="Claim that names the tenant; without it, `default`")
    max_files: int = Field(default=500, gt=0, description="Most files in one POST /batch")
    max_backlog: int = Field(default=10_000, gt=0, description="Unfinished documents at which no more are taken")
    burst_size: int = Field(default=50, gt=0, description="Most single files that one run takes when many wait")
    wait_seconds: float = Field(default=30.0, ge=0, description="Longest wait for a record or for progress")
    requests_per_minute: int = Field(default=60_000, gt=0, description="Requests a minute for one token's subject")
    pages_per_minute: int = Field(default=6_000, gt=0, description="Pages a minute for one token's subject")
    result_seconds: int = Field(
        default=604_800, gt=0, description="How long the API serves a finished document; afterwards it answers 410"
    )
    webhook_secret: SecretStr = Field(
        default=SecretStr(""), description="Secret that webhooks' keys are made from; empty for that of the tokens"
    )
    webhook_ports: str = Field(default="443,8443", description="Ports that webhooks may have, with commas between")
    webhook_networks: str = Field(
        default="",
        description="Networks that webhooks may reach besides the internet, such as 10.1.0.0/16; also by http",
    )
    webhook_hours: float = Field(default=24.0, gt=0, description="How long the delivery of a webhook is tried")

    @field_validator("database_url")
    @classmethod
    def _name_the_driver(cls, value: SecretStr) -> SecretStr:
        """The usual forms get the driver that we ship: SQLAlchemy would look for another one, or refuse them."""
        if not (url := value.get_secret_value()):
            return value
        from sqlalchemy import make_url
        from sqlalchemy.exc import ArgumentError

        scheme, _, rest = url.partition("://")
        try:
            make_url(url)
        except (ArgumentError, ValueError):
            scheme = ""
        if scheme not in {"postgres", "postgresql", "postgresql+psycopg2"}:
            raise _invalid("It must have the form postgresql://USER:PASSWORD@HOST:PORT/DATABASE")
        return SecretStr(f"postgresql+psycopg2://{rest}")

    @field_validator("s3_inbox_prefix")
    @classmethod
    def _keep_out_of_own_folders(cls, value: str) -> str:
        if not value.endswith("/") or value.startswith("/"):
            raise _invalid("It must be the name of a folder in the bucket and end with '/', like inbox/")
        if value.startswith(OWN_FOLDERS):
            raise _invalid(f"The pipeline would read its own output, which lies below {', '.join(OWN_FOLDERS)}")
        return value

    @field_validator("gpu_stages")
    @classmethod
    def _name_stages(cls, value: str) -> str:
        names = [name.strip() for name in value.split(",")] if value else []
        if unknown := [name for name in names if name not in STAGES]:
            raise _invalid(f"There is no stage {unknown[0]!r}; the stages are {', '.join(STAGES)}")
        return ",".join(names)

    @field_validator("host")
    @classmethod
    def _name_one_address(cls, value: str) -> str:
        try:
            address = IPv4Address(value)
        except ValueError:
            raise _invalid("It must be an IPv4 address of this machine, such as 10.0.0.5") from None
        if address.is_unspecified:
            raise _invalid("It must be the one address under which other hosts reach this machine, not all of them")
        return value

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """The settings that a process with this environment would have."""
        values = {name: environment.get(f"OCR_{name.upper()}") for name in cls.model_fields}
        return cls.model_validate({name: value for name, value in values.items() if value is not None})


def _invalid(sentence: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{sentence}", {"sentence": sentence})


@lru_cache(maxsize=1)
def get_settings() -> Settings:
    """The settings of this process, read once.

    Raises PipelineError(INVALID_SETTING) that names the variable.
    """
    try:
        return Settings(_secrets_dir=os.environ.get("OCR_SECRETS_DIR"))
    except ValidationError as error:
        first = error.errors()[0]
        name = "OCR_" + "_".join(str(part) for part in first["loc"]).upper()
        raise PipelineError(ErrorCode.INVALID_SETTING, name=name, detail=first["msg"]) from error
