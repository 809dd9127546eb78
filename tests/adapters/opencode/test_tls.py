"""A connection that fails for its TLS says so in the certificate's words, and what would do instead."""

import ssl
from pathlib import Path

import pytest

from adapters.opencode import open_agents
from adapters.opencode.connection import new_http_client
from adapters.opencode.identity import identify
from adapters.opencode.tls import hint_for, words_of
from runner.failure_kinds import FailureKind
from runner.failures import AgentError, Failure
from tests.support.tls_server import CERTIFICATES, healthy_server

OWN, OTHER = CERTIFICATES / "own.pem", CERTIFICATES / "other.pem"


async def failed(url: str, ca: Path | None = None) -> Failure:
    async with new_http_client(url, ca=ca) as http:
        with pytest.raises(AgentError) as caught:
            await identify(http)
    return caught.value.failure


async def is_healthy(url: str, ca: Path | None = None) -> bool:
    async with new_http_client(url, ca=ca) as http:
        return (await identify(http)).generation == 1


@pytest.mark.asyncio
async def test_a_certificate_of_ones_own_is_not_accepted_unasked() -> None:
    async with healthy_server("own") as port:
        found = await failed(f"https://127.0.0.1:{port}")

    assert found.kind is FailureKind.ENGINE_UNREACHABLE
    assert found.message.startswith(f"The certificate of OpenCode at https://127.0.0.1:{port} is not accepted: self")
    assert "--opencode-ca" in found.hint


@pytest.mark.asyncio
async def test_a_certificate_that_was_named_is_accepted() -> None:
    async with healthy_server("own") as port:
        assert await is_healthy(f"https://127.0.0.1:{port}", OWN)


@pytest.mark.asyncio
async def test_the_variable_that_all_programs_know_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(OWN))

    async with healthy_server("own") as port:
        assert await is_healthy(f"https://127.0.0.1:{port}")


@pytest.mark.asyncio
async def test_a_certificate_for_another_name_says_so() -> None:
    async with healthy_server("other") as port:
        found = await failed(f"https://127.0.0.1:{port}", OTHER)

    assert "certificate is not valid for '127.0.0.1'" in found.message
    assert found.hint.startswith("Use the name that the certificate is made out to")


@pytest.mark.asyncio
async def test_tls_to_a_port_without_is_told_from_http_to_a_port_with_it() -> None:
    async with healthy_server(None) as port:
        too_much = await failed(f"https://127.0.0.1:{port}")
    async with healthy_server("own") as port:
        too_little = await failed(f"http://127.0.0.1:{port}")

    assert too_much.message.endswith("does not speak TLS (wrong version number): is it http?")
    assert too_little.message.endswith("speaks TLS, and was asked without: is it https?")
    assert {too_much.kind, too_little.kind} == {FailureKind.ENGINE_UNREACHABLE}
    assert ("http:// for https://" in too_much.hint, "https:// for http://" in too_little.hint) == (True, True)


@pytest.mark.asyncio
async def test_whoever_looks_at_opencode_is_told_what_to_do() -> None:
    async with healthy_server("own") as port, open_agents(f"http://127.0.0.1:{port}") as agents:
        health = await agents.health()

    assert health.message is not None
    assert health.message.endswith("is it https? Write https:// for http:// in OpenCode's address (--opencode-url).")


@pytest.mark.asyncio
async def test_a_port_that_hangs_up_on_both_is_told_as_that() -> None:
    async with healthy_server("own") as port:
        pass

    found = await failed(f"https://127.0.0.1:{port}")

    assert found.message == f"OpenCode is not reachable at https://127.0.0.1:{port} (connection refused)"


@pytest.mark.parametrize(
    ("code", "hint"),
    [
        (10, "Renew the certificate"),
        (9, "Renew the certificate"),
        (62, "Use the name"),
        (64, "Use the name"),
        (18, "Give stepwire the certificate of whoever signed it"),
        (20, "Give stepwire the certificate of whoever signed it"),
    ],
    ids=["expired", "not yet valid", "name", "address", "signed by itself", "unknown signer"],
)
def test_each_trouble_with_a_certificate_has_its_hint(code: int, hint: str) -> None:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code

    assert hint_for(error).startswith(hint)


def test_another_trouble_with_tls_asks_what_is_demanded() -> None:
    error = ssl.SSLError(1, "handshake failure")
    error.reason = "SSLV3_ALERT_HANDSHAKE_FAILURE"

    assert hint_for(error).startswith("See what the server at this address")
    assert words_of(error) == "sslv3 alert handshake failure"
