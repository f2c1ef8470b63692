"""One certificate authority for a run, and certificates that it signs for service accounts.

OSM names a workload by a DNS name, Istio by a SPIFFE URI, and either is the whole identity that
policies look at.  ``cryptography`` signs in a millisecond within the process; ``openssl`` would be
a process for each account, and one more program that must be installed.
Source: OSM 1.2.4 ``pkg/identity/types.go``; Istio ``pkg/spiffe``.
"""

import datetime as dt
import ssl
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_DAY = dt.timedelta(days=1)


class Authority:
    """Signs for one run; everything is in *directory*."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._now = dt.datetime.now(dt.UTC)
        self._name = _common_name("smi2istio conformance")
        self.key = directory / "key.pem"
        self.key.write_bytes(
            self._key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        self.root = directory / "root.pem"
        constraints = x509.BasicConstraints(ca=True, path_length=None)
        ca = self._builder(self._name).add_extension(constraints, critical=True)
        self._write(self.root, ca)
        self._contexts: dict[tuple[x509.GeneralName | None, str], ssl.SSLContext] = {}

    def certificate(self, name: x509.GeneralName) -> Path:
        """The file of the certificate for *name*; all share one key, which nobody looks at."""
        path = self._directory / (f"{name.value}".replace("/", "_") + ".pem")
        if not path.exists():
            names = x509.SubjectAlternativeName([name])
            builder = self._builder(
                _common_name("workload")
            )  # not the issuer's: it is not self-signed
            self._write(path, builder.add_extension(names, critical=True))
        return path

    def client(self, name: x509.GeneralName | None, alpn: str) -> ssl.SSLContext:
        """A client that is *name*, and that believes every server: servers are not under test."""
        if (name, alpn) not in self._contexts:
            context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH)
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            context.set_alpn_protocols([alpn])
            if name is not None:
                context.load_cert_chain(self.certificate(name), self.key)
            self._contexts[name, alpn] = context
        return self._contexts[name, alpn]

    def _builder(self, subject: x509.Name) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._now - _DAY)
            .not_valid_after(self._now + _DAY)
        )

    def _write(self, path: Path, builder: x509.CertificateBuilder) -> None:
        signed = builder.sign(self._key, hashes.SHA256())
        path.write_bytes(signed.public_bytes(serialization.Encoding.PEM))


def _common_name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
