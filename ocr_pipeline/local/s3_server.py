"""The stack's S3: SeaweedFS, all of its parts in one process."""

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from ocr_pipeline.local.closed_door import closed_door
from ocr_pipeline.local.plan import Plan
from ocr_pipeline.local.ports import HOST, Port
from ocr_pipeline.local.program import Program

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_VOLUME_MB = 256


def program(plan: Plan) -> Program:
    sockets = plan.folders.socket_folder
    options = {
        "dir": plan.folders.s3,
        "ip": HOST,
        "ip.bind": HOST,
        # The one part that may be reached from elsewhere, besides its gRPC: see `server_environment`.
        "s3.ip.bind": plan.settings.host,
        "master.port": plan.ports[Port.S3_MASTER],
        "master.port.grpc": plan.ports[Port.S3_MASTER_GRPC],
        "master.telemetry": "false",
        # There is no other master to wait for. The default is 10 s, at every start but the first.
        "master.electionTimeout": "500ms",
        "master.heartbeatInterval": "100ms",
        # As many volumes as the disk holds, and small ones, so that a small disk holds some.
        "master.volumeSizeLimitMB": _VOLUME_MB,
        "volume.max": 0,
        "volume.port": plan.ports[Port.S3_VOLUME],
        "volume.port.grpc": plan.ports[Port.S3_VOLUME_GRPC],
        # Nobody else's requests need to drain.
        "volume.preStopSeconds": 0,
        "filer": "true",
        "filer.port": plan.ports[Port.S3_FILER],
        "filer.port.grpc": plan.ports[Port.S3_FILER_GRPC],
        "filer.localSocket": sockets / "seaweedfs-filer.sock",
        "s3": "true",
        "s3.port": plan.ports[Port.S3],
        "s3.port.grpc": plan.ports[Port.S3_GRPC],
        "s3.port.iceberg": 0,
        "s3.port.lance": 0,
        "s3.localSocket": sockets / "seaweedfs-s3.sock",
    }
    client = _client(plan)
    return Program(
        name="s3",
        title="S3",
        stage=1,
        command=(str(_binary()), "server", *(f"-{name}={value}" for name, value in options.items())),
        directory=plan.folders.s3,
        ready=lambda: _answers(client, plan.settings.s3_bucket),
        # Volumes are closed at once; what it then waits for, up to 15 s, is its own idle connections.
        stop_seconds=3,
    )


def server_environment(plan: Plan) -> dict[str, str]:
    """What the server alone has to know: the key by which its parts trust each other, and no one else.

    And the certificate by which its S3 part knows whom it takes new users from by gRPC: nobody, since it is the only
    one to have it. Without it anyone who reaches that port, which cannot be turned off, could make himself a user.
    """
    certificate = closed_door(plan.folders)
    names = ("SIGNING", "SIGNING_READ", "FILER_SIGNING", "FILER_SIGNING_READ")
    return {f"WEED_JWT_{name}_KEY": plan.secrets.s3_internal_key for name in names} | {
        "WEED_GRPC_CA": str(certificate),
        "WEED_GRPC_S3_CERT": str(certificate),
        "WEED_GRPC_S3_KEY": str(certificate),
    }


def remove_sockets(ports: Mapping[str, int]) -> None:
    """Remove what it leaves in /tmp when it is killed, under names that no option changes."""
    for part in ("master", "volume", "filer", "s3"):
        key = "S3_GRPC" if part == "s3" else f"S3_{part.upper()}_GRPC"
        if key in ports:
            Path(f"/tmp/seaweedfs-{part}-grpc-{ports[key]}.sock").unlink(missing_ok=True)  # noqa: S108


def _binary() -> Path:
    return Path(sys.executable).parent / "weed"


def _client(plan: Plan) -> "S3Client":
    return boto3.client(
        "s3",
        endpoint_url=plan.s3_endpoint,
        aws_access_key_id=plan.s3_access_key,
        aws_secret_access_key=plan.s3_secret_key,
        region_name=plan.settings.s3_region,
        # Straight to loopback, also where the environment names a proxy.
        config=Config(connect_timeout=2, read_timeout=15, retries={"total_max_attempts": 1}, proxies={}),
    )


def _answers(client: "S3Client", bucket: str) -> bool:
    """Creates the bucket, and sees whether it takes an object: the first volumes come later than the port."""
    try:
        _create_bucket(client, bucket)
        client.put_object(Bucket=bucket, Key=".stack/ready", Body=b"ready")
    except (BotoCoreError, ClientError):
        return False
    return True


def _create_bucket(client: "S3Client", bucket: str) -> None:
    try:
        client.create_bucket(Bucket=bucket)
    except (client.exceptions.BucketAlreadyOwnedByYou, client.exceptions.BucketAlreadyExists):
        return
