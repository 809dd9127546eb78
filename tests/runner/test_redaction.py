"""No secret is stored or pushed, whatever text it stands in: known ones by their value, others by their shape."""

import base64
import json
import random
import re
import string
from urllib.parse import quote, quote_plus

import pytest

from runner.excerpt import DETAIL_LIMIT
from runner.failure_kinds import FailureKind
from runner.failures import EngineRetry, Evidence, FailureCause, Json, Todo, ToolCall
from runner.redaction import Redactor
from tests.support.builders import a_failure

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.SflKxwRJSMeKKF2QT4fw"

# What must be gone → the text that it stands in.
SHAPES: dict[str, tuple[str, str]] = {
    "an OpenAI key": ("sk-proj-abcDEF123456ghiJKL789", "key sk-proj-abcDEF123456ghiJKL789 refused"),
    "an Anthropic key": ("sk-ant-api03-AbCdEf123456GhIjKl", "Incorrect API key: sk-ant-api03-AbCdEf123456GhIjKl."),
    "a plain sk key": ("sk-1234567890abcdef", '{"error":"invalid sk-1234567890abcdef"}'),
    "a Stripe key": ("sk_live_4eC39HqLyjWDarjtT1", "charge with sk_live_4eC39HqLyjWDarjtT1"),
    "a GitHub token": (
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "git clone with ghp_16C7e42F292c6912E7710c838347Ae178B4a",
    ),
    "a fine-grained GitHub token": ("github_pat_11ABCDEFG0123456789_abcdef", "github_pat_11ABCDEFG0123456789_abcdef"),
    "a GitLab token": ("glpat-a1b2c3d4e5f6g7h8i9j0", "PRIVATE: glpat-a1b2c3d4e5f6g7h8i9j0"),
    "a Slack token": ("xoxb-123456789012-abcdefABCDEF", "posting as xoxb-123456789012-abcdefABCDEF"),
    "a Hugging Face token": ("hf_AbCdEfGhIjKlMnOpQrSt", "hf_AbCdEfGhIjKlMnOpQrSt"),
    "an npm token": ("npm_abcdefghij0123456789", "//registry/:_authToken=npm_abcdefghij0123456789"),
    "an AWS key id": ("AKIAIOSFODNN7EXAMPLE", "for AKIAIOSFODNN7EXAMPLE."),
    "an AWS secret": ("wJalrXUtnFEMI/K7MDENG/bPxRfi", "aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfi"),
    "a Google key": ("AIzaSyA1234567890abcdefghijklmnopqrstu", "?key=AIzaSyA1234567890abcdefghijklmnopqrstu&x=1"),
    "a Google access token": ("ya29.a0AfH6SMBx1234567890abcdef", "ya29.a0AfH6SMBx1234567890abcdef"),
    "a JWT": (JWT, f"session {JWT} expired"),
    "a JWT in a URL": (JWT, f"Bearer%20{JWT}"),
    "a bearer header": ("abc123def456", "Authorization: Bearer abc123def456"),
    "a bearer header as JSON": ("abc123def456", '{"authorization": "Bearer abc123def456", "x": 1}'),
    "a bearer header as JSON in JSON": ("abc123def456", r"{\"authorization\":\"Bearer abc123def456\"}"),
    "a bearer header as Python": ("abc123def456", "{'Authorization': 'Bearer abc123def456'}"),
    "a basic header": ("b3BlbmNvZGU6aHVudGVy", "authorization: Basic b3BlbmNvZGU6aHVudGVy"),
    "a header without a scheme": ("abcdef123456", "Authorization: abcdef123456"),
    "a proxy's header": ("dXNlcjpwYXNz1", "Proxy-Authorization: Basic dXNlcjpwYXNz1"),
    "a bearer token in prose": ("tok3n-abcdefgh", "sent as bearer tok3n-abcdefgh to it"),
    "a session cookie": ("s%3Aabc123.def456", "Set-Cookie: sid=s%3Aabc123.def456; Path=/"),
    "the second cookie": ("zyx987wvu654", 'cookie: "theme=darkdark; auth=zyx987wvu654"'),
    "a database URL": ("s3cret", "postgres://app:s3cret@db.internal:5432/app"),
    "a password with an at sign": ("p@ss", "postgres://app:p@ss@db:5432/app"),
    "a redis URL": ("s3cret", "redis://:s3cret@cache:6379/0"),
    "a git remote": ("x-oauth:abc", "https://x-oauth:abc@github.com/acme/app.git"),
    "a short password": ("hunter2", "password=hunter2"),
    "a password in YAML": ("hunter22", "  password: hunter22"),
    "a password in JSON": ("correcthorse", '"password": "correcthorse"'),
    "a password in a query": ("hunter22", "/login?user=ana&password=hunter22&next=/"),
    "a password of digits": ("12345678", "password: 12345678"),
    "a passphrase": ("staple9battery", "passphrase=staple9battery"),
    "an API key by name": ("f00dbabe1234", "api_key=f00dbabe1234"),
    "an API key in a header": ("f00dbabe1234", "x-api-key: f00dbabe1234"),
    "a key in camel case": ("f00dbabe1234", '{"openaiApiKey":"f00dbabe1234"}'),
    "a client's secret": ("f00d-babe-1234", "CLIENT_SECRET=f00d-babe-1234"),
    "an access token": ("f00dbabe1234", "?access_token=f00dbabe1234"),
    "a token of its own": ("f00dbabe1234", 'token: "f00dbabe1234"'),
    "a secret in JSON in JSON": ("f00dbabe1234", r'"{\"secret\": \"f00dbabe1234\"}"'),
    "a private key": (BODY, f"-----BEGIN PRIVATE KEY-----\n{BODY}\n-----END PRIVATE KEY-----"),
    "a private key in JSON": (BODY, rf'"-----BEGIN RSA PRIVATE KEY-----\n{BODY}\n-----END RSA PRIVATE KEY-----\n"'),
    "an encrypted key": (
        BODY,
        f"-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128-CBC,1\n\n{BODY}\n-----END RSA PRIVATE KEY-----",
    ),
    "a key that was cut": (BODY, f"-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\n{BODY}\n{BODY[:50]}"),
    "a key of short lines": (
        "q8bx71b2",
        "-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKCAQEA75\nq8bx71b2\n-----END RSA PRIVATE KEY-----",
    ),
    "a key of short lines that was cut": ("q8bx71b2", "-----BEGIN PRIVATE KEY-----\nMIIEowIBAAKCAQEA75\nq8bx71b2\n"),
    "a PGP key": (BODY, f"-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n{BODY}\n-----END PGP PRIVATE KEY BLOCK-----"),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_known_by_its_shape(shape: str) -> None:
    secret, text = SHAPES[shape]

    redacted = Redactor()(text)

    assert secret not in redacted
    assert "[redacted:" in redacted


@pytest.mark.parametrize("shape", SHAPES)
def test_what_was_redacted_once_stays_as_it_is(shape: str) -> None:
    redacted = Redactor()(SHAPES[shape][1])

    assert Redactor()(redacted) == redacted


@pytest.mark.parametrize("shape", SHAPES)
def test_a_secret_is_found_in_the_middle_of_other_text(shape: str) -> None:
    secret, text = SHAPES[shape]

    redacted = Redactor()(f"Before it.\n{text}\nAfter it.")

    assert secret not in redacted
    assert redacted.startswith("Before it.")
    assert redacted.endswith("After it.")


def a_secret(chance: random.Random) -> str:
    signs = string.ascii_letters + string.digits + "!@#$%^&*()-_=+[]{};:'\",.<>/?\\|`~ äß€"
    return "".join(chance.choice(signs) for _ in range(chance.randint(6, 40)))


@pytest.mark.parametrize("seed", range(60))
def test_a_secret_that_is_configured_is_known_in_every_encoding(seed: int) -> None:
    chance = random.Random(seed)
    secrets = [a_secret(chance) for _ in range(3)]
    secret = secrets[0]
    encodings = {
        "plain": secret,
        "URL": quote(secret, safe=""),
        "URL in small letters": re.sub("%..", lambda found: found[0].lower(), quote(secret, safe="")),
        "form": quote_plus(secret),
        "JSON": json.dumps(secret)[1:-1],
        "base64": base64.b64encode(secret.encode()).decode(),
        "base64 for URLs": base64.urlsafe_b64encode(secret.encode()).decode().rstrip("="),
    }
    redactor = Redactor(secrets)

    for name, encoded in encodings.items():
        redacted = redactor(f"before {encoded} after")
        assert encoded.rstrip("=") not in redacted, name
        assert redacted.startswith("before ")


@pytest.mark.parametrize("user", ["a", "ab", "abc", "opencode"])
def test_a_secret_inside_a_longer_encoded_text_is_known_wherever_it_begins(user: str) -> None:
    secret = "correct-horse-battery"
    encoded = base64.b64encode(f"{user}:{secret}!".encode()).decode()

    redacted = Redactor([secret])(f"said {encoded}")

    left = redacted.removeprefix("said ").replace("[redacted:configured]", "")
    assert "[redacted:configured]" in redacted
    assert len(left) <= len(encoded) - len(secret)


def test_a_longer_secret_is_taken_out_before_one_that_it_contains() -> None:
    assert Redactor(["hunter", "hunter2hunter2"])("hunter2hunter2") == "[redacted:configured]"


def test_a_secret_that_reads_like_the_mark_does_no_harm() -> None:
    assert Redactor(["redacted", "configured"])("all redacted") == "all [redacted:configured]"


def test_a_secret_of_three_signs_is_none() -> None:
    assert Redactor(["abc", ""])("abc") == "abc"


def test_a_secret_between_control_bytes_and_colours_is_found() -> None:
    assert Redactor(["hunter2hunter2"])("hun\x1b[31mter2\x00hunter2") == "[redacted:configured]"


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\x1b[1;31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("\x1b]never ended\nnext line", "\nnext line"),
        ("\x1bMup", "up"),
        ("a\x00b\x08c\x7fd\x9be", "abcde"),
        ("half \ud800 a pair", "half  a pair"),
        ("tab\tline\nreturn\r", "tab\tline\nreturn\r"),
    ],
)
def test_control_bytes_and_terminal_sequences_are_gone_and_lines_stay(text: str, left: str) -> None:
    assert Redactor()(text) == left


def test_nothing_stays_nothing() -> None:
    assert Redactor().optional(None) is None
    assert Redactor(["hunter2"]).optional("hunter2") == "[redacted:configured]"


def test_json_is_redacted_in_keys_values_and_by_its_names() -> None:
    value: Json = {
        "hunter2": ["hunter2", 7, True, None, 1.5],
        "headers": {"Authorization": "opaque", "accessToken": "opaque", "Cookie": ""},
        "max_tokens": 100,
        "nested": [{"password": "opaque", "name": "Ana"}],
    }

    assert Redactor(["hunter2"]).json(value) == {
        "[redacted:configured]": ["[redacted:configured]", 7, True, None, 1.5],
        "headers": {"Authorization": "[redacted:secret]", "accessToken": "[redacted:secret]", "Cookie": ""},
        "max_tokens": 100,
        "nested": [{"password": "[redacted:secret]", "name": "Ana"}],
    }


def test_json_that_no_database_takes_is_made_fit() -> None:
    deep: Json = "bottom"
    for _ in range(5000):
        deep = [deep]

    assert Redactor().json([float("nan"), float("inf")]) == ["nan", "inf"]
    assert "left out: too deep" in json.dumps(Redactor().json(deep))
    assert "left out: too deep" in json.dumps(Redactor().json({"a": deep}))


def test_every_text_of_a_failure_is_redacted_and_its_detail_capped() -> None:
    secret = "hunter2hunter2"
    call = ToolCall(tool=secret, status="error", input={"command": secret}, error=secret, output=secret * 9000)
    failure = a_failure(
        FailureKind.AGENT_ERROR,
        f"It said {secret}",
        hint=f"Use {secret}",
        detail=f"{secret} {'x' * 40_000} end",
        causes=(FailureCause(source="provider", message=secret),),
        evidence=Evidence(
            last_text=secret,
            last_tool=call,
            todos=(Todo(content=secret, status="pending"),),
            engine_retries=(EngineRetry(attempt=1, message=secret),),
            side_effects=(secret,),
        ),
    )

    redacted = Redactor([secret]).failure(failure)

    assert secret not in repr(redacted)
    assert redacted.detail is not None
    assert len(redacted.detail.encode()) <= DETAIL_LIMIT
    assert redacted.detail.startswith("[redacted:configured] xxx")
    assert redacted.detail.endswith("x end")


def test_what_a_failure_does_not_say_stays_unsaid() -> None:
    failure = a_failure()

    assert Redactor(["hunter2"]).failure(failure) == failure
    assert Redactor().evidence(Evidence()) == Evidence()


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ('{"api_key": 123456789, "left": 1}', {"api_key": "[redacted:secret]", "left": 1}),
        ('{"url": "https:\\/\\/ana:hunter2hunter2@example.com"}', {"url": "https://[redacted:dsn]@example.com"}),
    ],
    ids=["a number", "escaped slashes"],
)
def test_json_without_its_secrets_is_still_json(text: str, left: Json) -> None:
    assert json.loads(Redactor()(text)) == left
