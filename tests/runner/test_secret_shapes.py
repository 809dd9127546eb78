"""Secrets of many services and tools are known wherever they stand; what only looks like one is left alone."""

import pytest

from runner.redaction import Redactor
from runner.secret_shapes import names_a_secret

BODY = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj"

# What must be gone, and the text that it stands in.
SECRETS = [
    (
        "Eby8vdM02xNOcqFl",
        "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey=Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==;EndpointSuffix=x",
    ),
    ("Zm9vYmFyYmF6cXV4", "Endpoint=sb://x/;SharedAccessKeyName=Root;SharedAccessKey=Zm9vYmFyYmF6cXV4AAAA="),
    ("fea454a74e8f", "https://b.s3.amazonaws.com/k?X-Amz-Algorithm=AWS4&X-Amz-Signature=fea454a74e8f0a1b2c3d4e5f&x=1"),
    ("FwoGZXIvYXdz", "&X-Amz-Security-Token=FwoGZXIvYXdzEBYaDHqa0AP"),
    ("abc%2Bdef1234", "https://x.blob.core.windows.net/c?sv=2021&sig=abc%2Bdef1234567%3D"),
    ("XyZ0123456789", "https://hooks.slack.com/services/T000/B000/XyZ0123456789abcdefghij"),
    ("abcDEF123", "https://discord.com/api/webhooks/1234567890/abcDEF123-xyz_789"),
    ("AAHdqTcvCH1", "https://api.telegram.org/bot123456:AAHdqTcvCH1vGWJxfSeofSAs0K5PALDsaw/getMe"),
    ("s3cr3t", "psql --password s3cr3t -h db"),
    ("correcthorse", "deploy --password correcthorse"),
    ("correcthorse", "deploy --token=correcthorse --now"),
    ("b4dpass", "curl -u ana:b4dpass https://x"),
    ("hunter", "curl -s --user ana:hunter https://x"),
    ("letmein", "machine api.example.com login ana password letmein"),
    ("letmein", "machine api.example.com\n  login ana\n  password letmein"),
    ("YW5hOmh1bnRlcjI=", '{"auths":{"reg":{"auth":"YW5hOmh1bnRlcjI="}}}'),
    ("correcthorse", "DB_PASSWORD=correcthorse"),
    ("correcthorse", "export MYSQL_ROOT_PASSWORD='correcthorse'"),
    ("correcthorse", "docker run -e POSTGRES_PASSWORD=correcthorse pg"),
    ("hvs.CAESI", "hvs.CAESIJ0abcdefGHIJKLmnop1234"),
    ("stw_0123", "curl with stw_0123456789abcdefghij-ABCDEFGHIJ_0123456789ab and go"),
    ("lin_api_abcd", "lin_api_abcdEFGH1234ijklMNOP5678"),
    ("dapi0123", "dapi0123456789abcdef0123456789abcdef"),
    ("sk-abcDEF", "Bearer%20sk-abcDEF123456ghiJKL789"),
    ("AIza0", "?key=AbCdEf0123456789"),
    ("sk-correct", "key sk-correct-horse-battery-staple is wrong"),
    ("sk-ab12", "sk-ab12-cd34-ef56-gh78"),
    (BODY, f"00001| -----BEGIN PRIVATE KEY-----\n00002| {BODY}\n00003| {BODY}\n00004| -----END PRIVATE KEY-----"),
    (
        BODY,
        f"     1\t-----BEGIN PRIVATE KEY-----\n     2\t{BODY}\n     3\t{BODY[:60]}\n   4\t-----END PRIVATE KEY-----",
    ),
    (BODY, f"1: -----BEGIN PRIVATE KEY-----\n2: {BODY}\n3: {BODY}\n"),
    (BODY, f"> -----BEGIN PRIVATE KEY-----\n> {BODY}\n> -----END PRIVATE KEY-----"),
    ("s3cretpw", "mysql -u root -ps3cretpw app"),
    ("s3cretpw", "sshpass -p s3cretpw ssh x"),
    ("s3cretpw", "localhost:5432:app:ana:s3cretpw"),
    ("s3cretpw", "<password>s3cretpw</password>"),
    ("s3cretpw1", "the password is s3cretpw1."),
    ("s3cretpw1", '{"name": "DB_PASSWORD", "value": "s3cretpw1"}'),
    ("$2b$12$", "ana:$2b$12$KIXQGkzq9vG1WQ2f8vG1Wu5i3Gm9xw1e8v3Q8xw1e"),
    ("letterspass", "//registry/:_authToken=letterspass"),
    ("letters", "PGPASSWORD=letters psql"),
    ("0123456789abcdef0123", "https://0123456789abcdef0123@github.com/a/b"),
    ("JBSWY3DPEHPK3PXP", "otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=y"),
    ("Pa55w0rd", "Server=db;User Id=sa;Password=Pa55w0rd;"),
    ("sup3rs3cret", "redis-cli -a sup3rs3cret ping"),
    ("glsa_", "glsa_AbCdEfGhIjKlMnOpQrStUvWx_12345678"),
    ("ATATT3", "ATATT3xFfGF0abcdefghijklmnop1234="),
    ("MTk4NjIy", "token MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"),
    ("yAnz5TF", "PrivateKey = yAnz5TF+lXXJte14tji3zlMNq+hd2rYUIgJBgB3fBmk="),
]

INNOCENT = [
    "DB_PASSWORD=%PASSWORD%",
    "auth: abcdefghi",
    "use --password instead of --token everywhere",
    "stepwire serve --token TOKEN --opencode-password PASSWORD",
    "--password <password> or --password $PW",
    "MAX_TOKENS=4096 API_KEY=os.environ['KEY'] TOKEN=$TOKEN",
    "PWD=/home/ana OLDPWD=/srv",
    "SECRET_KEY=${SECRET_KEY}",
    "git commit -m 'password is required now'",
    "https://x/list?key=user_name&token=next-page&code=ENOENT_XYZ",
    "the token is expired; the password was changed; a secret of ours",
    'auth: required  "auth": "optional"',
    "kubectl get secret db-credentials -o yaml",
    "curl -u $USER:$PASS https://x",
    "token_type: bearer  auth = require('auth')",
    "12:5432:a:b:c",
    "sk-folding-cube .sk-circle-fade",
    "src/app.ts:1234:db:user:",
    "docker login -u ana --password-stdin",
    "password: string;",
    "const key = `secret_${id}`",
    "ERROR 2026-11-28T10:00:00 token expired at 10:00",
    "<password>required</password>",
    "mysql -u root -p app",
    "?key=%s",
    "API_KEY=changeme",
    'env: { "API_TOKEN": "${{ secrets.API_TOKEN }}" }',
    "see https://example.org/hooks/useState and /hooks/use-effect",
    "auth: oauth2ClientCredentials",
    "--secret-file /run/x --token-limit 5000",
    "key=value; sig=abc",
    "cf_worker_settings_page_name",
    "secret_store_password_reset_module",
    "fly_io_deploy_script_name",
    "https://example.org/a?hash=readme&code=404",
    "npm_config_registry_value_x",
    "ops_team_channel_name_long",
]


@pytest.mark.parametrize(("secret", "text"), SECRETS, ids=[text[:40].split("\n")[0] for _, text in SECRETS])
def test_a_secret_is_taken_out(secret: str, text: str) -> None:
    redacted = Redactor()(f"Before it.\n{text}\nAfter it.")

    assert secret not in redacted
    assert "[redacted:" in redacted
    assert redacted.startswith("Before it.")
    assert redacted.endswith("After it.")
    assert Redactor()(redacted) == redacted


@pytest.mark.parametrize("text", INNOCENT)
def test_what_only_looks_like_one_is_left_alone(text: str) -> None:
    assert Redactor()(text) == text


@pytest.mark.parametrize("name", ["password", "AccountKey", "x-api-key", "DB_PWD", "_auth", "clientSecret"])
def test_a_member_of_that_name_holds_a_secret(name: str) -> None:
    assert names_a_secret(name)


@pytest.mark.parametrize("name", ["key", "passwords", "author", "tokens", "secretary", "input_tokens", "token_count"])
def test_a_member_of_another_name_holds_none(name: str) -> None:
    assert not names_a_secret(name)
