"""What is no secret is left alone, and redaction takes a time that grows with the text and no faster."""

import time

import pytest

from runner.redaction import Redactor

INNOCENT = {
    "prose": (
        "The password is never stored; each token is checked, and a secret stays one. Bearer authentication is used."
    ),
    "prose about headers": "Authorization: required for all routes. The authorization: basic authentication will do.",
    "prose about a cookie": "Set a cookie: its name is sid, its value = whatever the server says.",
    "a commit": "commit 3f786850e387550fdab836ed7e6dc881de23001b fixes it (see 9f1a91b)",
    "a checksum": "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855  app.tar.gz",
    "an integrity": 'integrity "sha512-Kx8Q1yYp0vR7uT3sW5xZ2bA4cD6eF8gH+iJ/kL=="',
    "a path": "/srv/app/src/token/secret_store/password_reset.py:42",
    "a UUID": "id 123e4567-e89b-12d3-a456-426614174000",
    "ids of sessions": "ses_4f2a9c01ffe3Xyz msg_0123456789abcdefXYZ err_22afb870",
    "an address": "http://127.0.0.1:4096/session?directory=/srv/app and ssh://git@github.com/acme/app.git",
    "an e-mail": "mail ana@example.org:8080 or http://example.org/a:b@c",
    "Python": (
        "def login(user: str, password: str | None = None, token: str = '') -> Token:\n    return get_token(password)"
    ),
    "Python's keywords": "client.login(password=password, token=settings.token, api_key=os.environ['API_KEY'])",
    "Python's attributes": "self._token = token\nself.api_key = config.api_key\npassword = user.password_hash",
    "TypeScript": (
        "interface Login { password: string; token: Uint8Array; secret: Base64String; apiKey?: string | null }"
    ),
    "JavaScript": "const token = getToken(); const secret = await fetchSecret(1); let password = input2;",
    "Go": "token := parseToken(raw)\nvar apiKey string",
    "SQL": "CREATE TABLE users (password TEXT NOT NULL, token VARCHAR(64), secret BYTEA)",
    "HTML": '<input type="password" name="password" placeholder="Password">',
    "a lexer": 'tokens = [{ token: "identifier", value: 1 }, { token: "number" }]',
    "options that are none": "zip -r x.zip src; mkdir -p a; ssh -p 2222 host; cp -p a b; 7z a -tzip x.zip src",
    "pipes": "echo $TOKEN | docker login --password-stdin; echo done | tee log",
    "connections in code": "connect(host=host, user=user, password=getpass())\nhost=db user=app password=$PGPASSWORD",
    "attributes of s": "s.substring(3); s.getElementsByClassNames.x; s.aaaaaaaaaaaaaaaaaaaaaaaa",
    "keys of a cache": "APP_KEY=$APP_KEY\nMASTER_KEY=<yours>\nSORT_KEY=name\nsubscriptionKey: string",
    "counts": '{"max_tokens": 4096, "tokens": 12345678, "input_tokens": 100000, "token_count": 8}',
    "a schema": '{"properties": {"password": {"type": "string"}, "token": {"$ref": "#/components/Token"}}}',
    "names that begin like keys": (
        "sk-SK sk-fading-circle-12 pk_column_names_list npm_config_registry hf_hub pypi-upload"
    ),
    "both ends of a key in prose": "from -----BEGIN PRIVATE KEY----- to the -----END PRIVATE KEY----- line",
    "a mention of a key": 'if "-----BEGIN PRIVATE KEY-----" in text: raise ValueError("no keys here, please")',
    "both ends of a key": (
        'text.startswith("-----BEGIN PRIVATE KEY-----") and text.endswith("-----END PRIVATE KEY-----")'
    ),
    "a certificate": (
        "-----BEGIN CERTIFICATE-----\nMIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQG"
        "\n-----END CERTIFICATE-----"
    ),
    "a reference": "password: ${DB_PASSWORD} token: {{ secrets.TOKEN_1 }} api_key: <your-key-1>",
    "base64 of an image": "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJ",
}


@pytest.mark.parametrize("kind", INNOCENT)
def test_what_is_no_secret_is_left_alone(kind: str) -> None:
    text = INNOCENT[kind]

    assert Redactor(["hunter2hunter2"])(text) == text


# What an agent could write to make a careless pattern go through a text again and again.
HOSTILE = {
    "jwt": "eyJ-",
    "jwt and dots": "eyJaaaaaaaa.",
    "sk": "sk-a",
    "sk apart": "sk-aaaaaaaa ",
    "urls": "://a:",
    "at signs": "://u:p@",
    "bearer": "bearer ",
    "authorization": "authorization: ",
    "cookie": "cookie: a=",
    "key begins": "-----BEGIN PRIVATE KEY-----",
    "key bodies": "-----BEGIN PRIVATE KEY-----AAAAAAAAAAAAAAAAAAAAAAAA -",
    "key ends": "-----END ",
    "begin": "-----BEGIN A ",
    "escapes": "\x1b]",
    "colours": "\x1b[0;",
    "labels": "password:    ",
    "labels and values": "token=aaaaaaaa",
    "labels in a value": "key",
    "code": "def get_token(self, token: str) -> str:\n    return self.token\n",
    "backslashes": "token\\\\\\\\",
    "blanks": " ",
    "dashes": "-",
    "commands": "curl -u a",
    "logins": "machine x login ",
    "options": "--token aaaaaaaa",
    "queries": "?key=aaaaaaaa",
    "variables": "AAAAAAA_TOKEN",
    "numbered keys": "\n1| -----BEGIN PRIVATE KEY-----",
    "short parts": "sk-a-a-a",
    "fields": "a:5432:b:c:",
}
STARTS = {"labels in a value": "token = ", "blanks": "authorization"}
SIZE = 150_000


@pytest.mark.parametrize("kind", HOSTILE)
def test_no_text_of_any_size_takes_long(kind: str) -> None:
    redactor = Redactor(["hunter2hunter2", "p@ss/word with blanks"])
    text = STARTS.get(kind, "") + HOSTILE[kind] * (SIZE // len(HOSTILE[kind])) + "!"

    begun = time.process_time()
    redactor(text)

    # Linear ones take a few hundredths of this; a quadratic one would take minutes.
    assert time.process_time() - begun < 2.0
