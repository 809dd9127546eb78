"""TLS to OpenCode: what its certificate is checked against, why one was not accepted, and which port speaks it."""

import asyncio
import ssl
from contextlib import suppress
from pathlib import Path

import httpx

_ASK_WITHIN = 2.0
# OpenSSL's numbers for what is wrong with a certificate (X509_V_ERR_…).
_OTHER_NAME = (62, 63, 64)
_OUT_OF_TIME = (9, 10)
# What a peer's bytes look like to TLS when they are plain HTTP.
_PLAIN_HTTP = frozenset(("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG"))


def context_for(url: str, ca: Path | None = None) -> ssl.SSLContext:
    """Trusts what the machine trusts, `SSL_CERT_FILE` and `SSL_CERT_DIR` included, and the certificates in the file.

    Raises:
        OSError: the file cannot be read, or holds no certificate.
    """
    if url.startswith("http:"):
        # Reading the system's certificates takes longer than a request; without TLS there is nothing to check.
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context = httpx.create_ssl_context()
    context.load_default_certs()
    if ca is not None:
        context.load_verify_locations(ca)
    return context


def words_of(error: ssl.SSLError) -> str:
    """What TLS says of it, as in: self-signed certificate."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return str(error.verify_message).strip().rstrip(".")
    return (error.reason or str(error)).replace("_", " ").lower()


def is_plain_http(error: ssl.SSLError) -> bool:
    return error.reason in _PLAIN_HTTP


def hint_for(error: ssl.SSLError) -> str:
    """What to do about it."""
    if not isinstance(error, ssl.SSLCertVerificationError):
        plain = "Write http:// for https:// in OpenCode's address (--opencode-url)."
        demanding = "See what the server at this address, or a proxy before it, demands of TLS connections."
        return plain if is_plain_http(error) else demanding
    if error.verify_code in _OTHER_NAME:
        return "Use the name that the certificate is made out to in OpenCode's address (--opencode-url)."
    if error.verify_code in _OUT_OF_TIME:
        return "Renew the certificate of the server, or set this machine's clock."
    return "Give stepwire the certificate of whoever signed it: a file in PEM for --opencode-ca, or for SSL_CERT_FILE."


async def speaks_tls(url: httpx.URL, *, within: float = _ASK_WITHIN) -> bool:
    """Whether the port behind an address that begins with http:// answers to a greeting of TLS."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        async with asyncio.timeout(within):
            _, writer = await asyncio.open_connection(url.host, url.port or 80, ssl=context)
    except (OSError, TimeoutError):
        return False
    writer.close()
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(within):
            await writer.wait_closed()
    return True
