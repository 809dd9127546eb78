"""A family of secrets is known in the forms in which people, tools and services write it, not only in the first one."""

from collections.abc import Mapping, Sequence

import pytest

from runner.live_text import LiveText
from runner.redaction import Redactor

BODY = "MIIEpAIBAAKCAQEA0Zl3kTQ8sVbJq5yD7uXwRr2oN4cHfGm1iEaBtYvLzPxKdWnC"

# What must be gone, and the text that it stands in.
FAMILIES: Mapping[str, Sequence[tuple[str, str]]] = {
    "an account's key": (
        ("dGhpc2lzYWtleQ", "accountkey=dGhpc2lzYWtleWZvcnN0b3JhZ2VhY2NvdW50cw==;BlobEndpoint=https://acme"),
        ("dGhpc2lzYWtleQ", '"AccountKey": "dGhpc2lzYWtleWZvcnN0b3JhZ2VhY2NvdW50cw=="'),
        ("c2hhcmVkMTIz", "SharedAccessKeyName=send;SharedAccessKey=c2hhcmVkMTIzNDU2Nzg5MA=;EntityPath=orders"),
        ("dGhpc2lzYWtleQ", "AZURE_STORAGE_CONNECTION_STRING='AccountName=a;AccountKey=dGhpc2lzYWtleWZvcg=='"),
    ),
    "a signed address": (
        ("9f86d081884c7d65", "GET /key?X-Amz-Expires=60&X-Amz-Signature=9f86d081884c7d659a2feaa0c55ad015 HTTP/1.1"),
        ("9f86d081884c7d65", "https://storage.example/o?X-Goog-Signature=9f86d081884c7d659a2feaa0c55ad015"),
        ("9f86d081884c7d65", r"https://b.example/o?x=1\u0026X-Amz-Signature=9f86d081884c7d659a2feaa0c55ad015"),
        ("Qk3vJ7xM2pL9", "https://acme.blob.example/c?sp=r&sig=Qk3vJ7xM2pL9%2FwTz8%3D&se=2027"),
        ("APKAEXAMPLE1", "https://d1.cdn.example/x?Expires=1&Signature=APKAEXAMPLE1signed~x-&Key-Pair-Id=K1"),
    ),
    "a webhook of a chat": (
        (
            "B0AbCdEfG/qwErTy",
            "curl -X POST https://hooks.slack.com/services/T0AbCdEfG/B0AbCdEfG/qwErTyUiOpAsDfGh12345678",
        ),
        ("zXcVbNm-1234", "https://discordapp.com/api/webhooks/998877665544332211/zXcVbNm-1234_asdf"),
        ("a1b2c3d4e5f6", "https://acme.webhook.office.com/webhookb2/11aa@22bb/IncomingWebhook/a1b2c3d4e5f6/33cc"),
        ("AAEabcdefghij", "https://api.telegram.org/bot987654321:AAEabcdefghijKLMNOPqrstuvWXYZ012345/sendMessage"),
        ("xxTokenOfRoom99", "https://chat.googleapis.com/v1/spaces/AAA/messages?key=AIzaX&token=xxTokenOfRoom99"),
        ("abcd1234efgh5678", "https://mattermost.example/hooks/abcd1234efgh5678ijkl9012"),
    ),
    "an option": (
        ("plainwords", "mongodump --username ana --password plainwords --db app"),
        ("plainwords", "vault login -token=plainwords"),
        ("Sup3r", "mysqladmin --password='Sup3r secret words' status"),
        ("plainwords", "helm install app --set auth.password=plainwords"),
        ("abc123def", "gh auth login --with-token --token abc123def"),
        ("plainwords", '["mongodump", "--password", "plainwords"]'),
    ),
    "a user's option": (
        ("pa55", "curl -u ana:pa55 https://api.example.com"),
        ("pa55", "curl --user 'ana:pa55' -X POST https://api.example.com"),
        ("pa55", "curl -sS -uana:pa55 https://api.example.com"),
        ("pa55", "http -a ana:pa55 https://api.example.com"),
        ("pa55", "wget --user ana --password=pa55 https://api.example.com/file"),
    ),
    "a short option": (
        ("pa55wort", "openssl rsa -in k.pem -passin pass:pa55wort -out k"),
        ("pa55wort", "keytool -list -keystore k.jks -storepass pa55wort"),
        ("pa55wort", "keytool -genkey -keypass pa55wort -alias a"),
        ("pa55wort", "unzip -P pa55wort x.zip"),
        ("pa55wort", "7z x -ppa55wort x.7z"),
        ("pa55wort", "az keyvault secret set --vault-name v --name db --value pa55wort"),
        ("pa55wort", "gh secret set DEPLOY --body pa55wort"),
        ("plainwords", "kubectl create secret generic db --from-literal=password=plainwords"),
    ),
    "what is piped into a login": (
        ("plainwords", "echo plainwords | docker login -u ana --password-stdin"),
        ("plainwords", "echo -n 'plainwords' | podman login r.example --password-stdin"),
        ("plainwords", "echo plainwords | sudo -S apt update"),
        ("plainwords", "echo plainwords | gh auth login --with-token"),
    ),
    "a connection in words": (
        ("plainwords", 'psql "host=db user=app password=plainwords dbname=app"'),
        ("schlüssel", "host=db user=app password=schlüssel"),
        ("plainwords", "Server=db;Database=app;User Id=sa;Password=plainwords;Encrypt=true"),
        ("plainwords", "Server=db;Uid=root;Pwd=plainwords;"),
    ),
    "a server's own file": (
        ("plainwords", "bind 127.0.0.1\nrequirepass plainwords\n"),
        ("plainwords", "masterauth plainwords"),
        ("plainwords", "binddn cn=app\nbindpw plainwords\n"),
        ("Abend77rot", "ansible_ssh_pass=Abend77rot"),
        ("Abend77rot", "ansible_become_pass: Abend77rot"),
    ),
    "a key of an application": (
        ("0123456789abcdef", "RAILS_MASTER_KEY=0123456789abcdef0123456789abcdef"),
        ("qrstuvwxyz", "APP_KEY=base64:abcdefghijklmnopqrstuvwxyz0123456789ABCD="),
        ("qrstuvwxyz", "ENCRYPTION_KEY=base64:abcdefghijklmnopqrstuvwxyz0123456789ABCD"),
        ("0123456789abcdef", "DD_APP_KEY=0123456789abcdef0123456789abcdef01234567"),
        ("0123456789abcdef", "Ocp-Apim-Subscription-Key: 0123456789abcdef0123456789abcdef"),
        ("yU8iO0pA2sD4", "vault login s.4rT6yU8iO0pA2sD4fG6hJ8kL"),
        ("8Q~mN3pQ5r", "the client's secret Xy78Q~mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG1hI4"),
        ("0123456789abcdef", "npm config set //npm.example/:_authToken 0123456789abcdef"),
    ),
    "a netrc": (
        ("gehe1m", "machine ftp.example.com\nlogin ana\npassword gehe1m\n"),
        ("gehe1m", "default login anonymous password gehe1m"),
        ("gehe1m", "machine api.example.com login ana account x password gehe1m"),
        ("gehe1m", "machine api.example.com password gehe1m"),
    ),
    "docker's": (
        ("YW5hOmdlaGUxbQ==", '{"auths": {"https://index.docker.io/v1/": {"auth": "YW5hOmdlaGUxbQ=="}}}'),
        ("YW5hOmdlaGUxbQ==", r"{\"auths\":{\"ghcr.io\":{\"auth\":\"YW5hOmdlaGUxbQ==\"}}}"),
        ("YW5hOmdlaGUxbQ==", "//registry.example/:_auth=YW5hOmdlaGUxbQ=="),
        ("gehe1m", "docker login -u ana -p gehe1m registry.example"),
        ("YW5hOmdlaGUxbQ", "X-Registry-Auth: YW5hOmdlaGUxbQ=="),
    ),
    "a variable": (
        ("justletters", "DB_PASSWORD=justletters"),
        ("justletters", 'export RABBITMQ_DEFAULT_PASS="justletters"'),
        ("justletters", "ENV ADMIN_PASSWORD=justletters"),
        ("justletters", "SECRET_KEY_BASE=justletters"),
        ("justletters", "POSTGRES_PASSWORD: justletters"),
        ("justletters", "set SMTP_PASSWORD=justletters"),
        ("justletters", "$env:DB_PASSWORD = 'justletters'"),
        ("justletters", "fly secrets set API_TOKEN=justletters"),
    ),
    "a vault's token": (
        ("hvs.AAAAAQ", "VAULT: hvs.AAAAAQLmn34567890pqrstuvwxYZ"),
        ("hvb.AAAAAQ", "batch token hvb.AAAAAQLmn34567890pqrstuvwxYZ"),
        ("s.1234567890abcdefghijklmn", "X-Vault-Token: s.1234567890abcdefghijklmn"),
    ),
    "a tool's token": (
        ("lin_api_Zz", "Linear: lin_api_Zz11Yy22Xx33Ww44Vv55Uu66"),
        ("dapiabcdef", "databricks configure: dapiabcdef0123456789abcdef0123456789"),
        ("dapiabcdef", "dapiabcdef0123456789abcdef0123456789-2"),
        ("secret_Ab1", "notion secret_Ab1Cd2Ef3Gh4Ij5Kl6Mn7Op8Qr9St0Uv1Wx2Yz3Ab4Cd5"),
        ("glpat-Zz", "git clone https://oauth2:glpat-Zz11Yy22Xx33Ww44Vv55@gitlab.example/a/b"),
        ("xoxp-11", "slack says xoxp-1111111111-2222222222-3333333333-abcdef"),
        ("figd_Zz", "figd_Zz11Yy22Xx33Ww44Vv55Uu66Tt77"),
        ("npm_Zz11", "echo //registry/:_authToken=npm_Zz11Yy22Xx33Ww44Vv55Uu66Tt77Ss88Rr99"),
        ("dop_v1_0123", "dop_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"),
        ("shpat_0123", "X-Shopify-Access-Token: shpat_0123456789abcdef0123456789abcdef"),
    ),
    "a model's key": (
        ("sk-Zz11Yy22", "Authorization%3A%20Bearer%20sk-Zz11Yy22Xx33Ww44Vv55"),
        ("sk-Zz11Yy22", "key%3Dsk-Zz11Yy22Xx33Ww44Vv55"),
        ("sk-or-v1-", "sk-or-v1-0123456789abcdef0123456789abcdef0123456789abcdef"),
        ("sk-live-horse", "the key sk-live-horse-battery-staple-seven was refused"),
        ("sk-proj-some", "sk-proj-some_words_and-more-words-follow"),
        ("gsk_Zz11", "GROQ says gsk_Zz11Yy22Xx33Ww44Vv55Uu66Tt77Ss88"),
        ("xai-Zz11", "xai-Zz11Yy22Xx33Ww44Vv55Uu66Tt77Ss88Rr99"),
        ("AIzaSyZz11", "key=AIzaSyZz11Yy22Xx33Ww44Vv55Uu66Tt77Ss88Q"),
    ),
    "a key in an address": (
        ("Zz11Yy22Xx33", "https://maps.example/json?key=Zz11Yy22Xx33&q=x"),
        ("Zz11Yy22Xx33", "https://api.example/v1?q=x&api_key=Zz11Yy22Xx33"),
        ("Zz11Yy22Xx33", "wss://live.example/?token=Zz11Yy22Xx33"),
        ("Zz11Yy22Xx33", "redirect=https%3A%2F%2Fx.example%2F%3Ftoken%3DZz11Yy22Xx33"),
        ("gehe1m", "amqp://ana:gehe1m@mq.example:5672/%2f"),
        ("gehe1m", "jdbc:postgresql://db.example/app?user=ana&password=gehe1m"),
        ("gehe1m", "mongodb+srv://ana:gehe1m@cluster.example/app?retryWrites=true"),
        ("gehe1m", "git remote add o https://ana:gehe1m@git.example/a/b.git"),
    ),
    "a private key": (
        (BODY, f"-----BEGIN OPENSSH PRIVATE KEY-----\n{BODY}\n-----END OPENSSH PRIVATE KEY-----"),
        (
            BODY,
            f"  7 | -----BEGIN RSA PRIVATE KEY-----\n  8 | {BODY}\n  9 | {BODY}\n 10 | -----END RSA PRIVATE KEY-----",
        ),
        (BODY, f"7→-----BEGIN EC PRIVATE KEY-----\n8→{BODY}\n9→-----END EC PRIVATE KEY-----"),
        (BODY, f"L7: -----BEGIN PRIVATE KEY-----\nL8: {BODY}\nL9: -----END PRIVATE KEY-----"),
        (BODY, f"key.pem:1:-----BEGIN PRIVATE KEY-----\nkey.pem:2:{BODY}\nkey.pem:3:-----END PRIVATE KEY-----"),
        (BODY, f"+-----BEGIN PRIVATE KEY-----\n+{BODY}\n+-----END PRIVATE KEY-----"),
        (BODY, f"    key: |\n      -----BEGIN PRIVATE KEY-----\n      {BODY}\n      -----END PRIVATE KEY-----"),
        (BODY, f"<file>\n00001| -----BEGIN PRIVATE KEY-----\n00002| {BODY}\n00003| -----END PRIVATE KEY-----\n</file>"),
    ),
}
CASES = [(family, number) for family, forms in FAMILIES.items() for number in range(len(forms))]


@pytest.mark.parametrize(("family", "number"), CASES)
def test_a_secret_is_taken_out_in_every_form(family: str, number: int) -> None:
    secret, text = FAMILIES[family][number]

    redacted = Redactor()(f"Before it.\n{text}\nAfter it.")

    assert secret not in redacted
    assert redacted.startswith("Before it.")
    assert redacted.endswith("After it.")


@pytest.mark.parametrize(("family", "number"), CASES)
@pytest.mark.parametrize("size", [1, 7, 40])
def test_it_is_not_shown_in_pieces_either(family: str, number: int, size: int) -> None:
    secret, text = FAMILIES[family][number]
    said = f"Before it.\n{text}\nAfter it.\n"
    live, shown = LiveText(Redactor()), ""

    for place in range(0, len(said), size):
        shown += live.add(said[place : place + size])
        assert secret not in shown
    shown += live.end()

    assert secret not in shown
    assert shown.endswith("After it.\n")
