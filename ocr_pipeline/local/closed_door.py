"""A certificate that opens a port to nobody, for servers that can protect a port but not leave it out."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from ocr_pipeline.local.folders import Folders, write_private

_LIFETIME = timedelta(days=36_500)


def closed_door(folders: Folders) -> Path:
    """A file with a certificate that is its own authority, and its key; made anew at every call.

    Who asks his callers for a certificate of this authority is called by nobody: there is none but this.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    form, encryption = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file = folders.control / "closed-door.pem"
    write_private(file, (certificate.public_bytes(pem) + key.private_bytes(pem, form, encryption)).decode())
    return file
