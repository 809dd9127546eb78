"""An OpenCode that is only healthy, behind TLS or without, on loopback.

The certificates hold for a hundred years and are signed by themselves: `own` for 127.0.0.1, `other` for another name.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

CERTIFICATES = Path(__file__).parent / "certificates"
_BODY = b'{"healthy": true, "version": "1.18.33"}'
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: %d\r\n\r\n"
_BAD_REQUEST = b"HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n"


@asynccontextmanager
async def healthy_server(certificate: str | None) -> AsyncIterator[int]:
    """The port; it speaks TLS with the certificate of that name, or plain HTTP."""
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem", CERTIFICATES / f"{certificate}.key")
    server = await asyncio.start_server(_answer, "127.0.0.1", 0, ssl=context)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError, asyncio.IncompleteReadError):
        begun = await reader.readexactly(4)
        if begun == b"GET ":
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_HEAD % len(_BODY) + _BODY)
        else:
            writer.write(_BAD_REQUEST)
        await writer.drain()
    writer.close()
