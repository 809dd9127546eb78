"""What secrets look like: a table of shapes, and texts without whatever has one of them.

Each shape is looked for only where a word occurs that all that it finds has in it. Most texts have none of these words,
and to find that out takes a tenth of the time.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from runner import secret_patterns as patterns

# Letters outside ASCII that a pattern for small letters and capitals alike takes for one of these.
_LETTERS = (("\u0130", "i"), ("\u0131", "i"), ("\u017f", "s"), ("\u212a", "k"))


@dataclass(frozen=True, kw_only=True)
class Shape:
    """What may be a secret of that kind.

    Whatever `pattern` finds has one of `words` in it, in capitals or not; or one of `exactly`, as it stands here; or
    something that one of `clues` finds in small letters. These begin with letters that are looked for at once.
    """

    kind: str
    pattern: re.Pattern[str]
    is_secret: Callable[[patterns.Found], bool] = patterns.always
    words: Sequence[str] = ()
    exactly: Sequence[str] = ()
    clues: Sequence[re.Pattern[str]] = ()

    def may_occur(self, text: str, small: str) -> bool:
        """In the text, which is given in small letters, too."""
        # Loops: `any` over a generator takes longer to begin than most words to be looked for.
        for word in self.words:
            if word in small:
                return True
        for word in self.exactly:
            if word in text:
                return True
        return bool(self.clues) and any(clue.search(small) for clue in self.clues)

    def taken_out_of(self, text: str) -> str:
        return self.pattern.sub(self._without, text)

    def _without(self, found: patterns.Found) -> str:
        """What takes the place of the match: all but the secret is kept."""
        if "[redacted" in found[0] or not self.is_secret(found):
            return found[0]
        named = found.groupdict()
        kept = (named.get("kept") or "") + (named.get("quote") or "")
        # A number under a quoted name: JSON stays JSON.
        name_ends = patterns.ENDS_NAME.match(named.get("separator") or "") if named.get("bare") else None
        quote = name_ends[0] if name_ends else ""
        return f"{kept}{quote}[redacted:{self.kind}]{quote}"


def folded(text: str) -> str:
    """In small letters, as patterns compare that take small letters and capitals for the same."""
    if not text.isascii():
        for sign, letter in _LETTERS:
            text = text.replace(sign, letter)
    return text.lower()


def _followed(names: Sequence[str], by: str) -> Sequence[re.Pattern[str]]:
    return tuple(re.compile(name + by) for name in names)


_BEFORE_A_VALUE = rf"(?:{patterns.QUOTE})?[ \t]{{0,8}}[:=]"
_NAMES = ("passwd", "password", "passphrase", "_pass", "key", "token", "secret")
_IN_CAPITALS = ("PASSWORD", "PASSWD", "PASSPHRASE", "SECRET", "TOKEN", "KEY")
_KEY_BEGINNINGS = (
    *("pypi-", "xai-", "pplx-", "glpat-", "tvly-", "nvapi-", "pul-", "sq0csp-", "xkeysib-", "k_live_", "k_test_"),
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"),
    *("gldt-", "glrt-", "glcbt-", "glptt-", "glft-", "glimt-", "glsoat-"),
    *("hf_", "npm_", "gsk_", "r8_", "whsec_", "ntn_", "rubygems_", "phx_", "lin_api_", "lin_oauth_", "sbp_", "pnu_"),
    *("secret_", "figd_", "glsa_", "glc_", "dckr_pat_", "sntrys_", "sntryu_", "ops_", "stw_", "tskey-"),
    *("hvs.", "hvb.", "hvr.", "dapi", "xox", "xapp-", "dop_v1_", "doo_v1_", "shpat_", "shpss_", "shpca_", "shppa_"),
    "ya29.",
)
# Where the capitals are what is rare.
_KEY_BEGINNINGS_EXACTLY = (
    *("CFPAT-", "Q~", "AKIA", "ASIA", "ABIA", "ACCA", "LTAI", "AIza", "1//0", "GOCSPX-", "SG.", "SK"),
    *("ATATT3", "ATCTT3", "EAA", "NRAK-", ":AA", "AGE-SECRET-KEY-1"),
)
# Where the beginning alone is nothing rare.
_KEY_CLUES = tuple(
    re.compile(clue)
    for clue in (
        *(r"sk-[a-z0-9_-]{16}", r"rk-[a-z0-9_-]{16}", r"key-[0-9a-f]{32}"),
        *(r"s\.[a-z0-9]{24}", r"pat[a-z0-9]{14}\.", r"\.[a-z0-9_-]{6}\."),
    )
)

SHAPES: Sequence[Shape] = (
    Shape(kind="private-key", pattern=patterns.PRIVATE_KEY, exactly=["-----BEGIN "]),
    Shape(kind="private-key", pattern=patterns.PUTTY, exactly=["Private-Lines: "]),
    Shape(
        kind="webhook",
        pattern=patterns.WEBHOOK,
        words=[
            *("hooks.slack.com/", "discord", "webhook.office.com/", "outlook.office", "api.telegram.org/"),
            *("open.feishu.cn/", "open.larksuite.com/", "hooks.zapier.com/", "maker.ifttt.com/", "/hooks/"),
        ],
    ),
    Shape(kind="authorization", pattern=patterns.AUTHORIZATION, is_secret=patterns.authorizes, words=["authorization"]),
    Shape(kind="cookie", pattern=patterns.COOKIE, words=["cookie"]),
    Shape(kind="dsn", pattern=patterns.DSN, words=[":/", ":\\"]),
    Shape(kind="jwt", pattern=patterns.JWT, exactly=["eyJ"]),
    Shape(kind="key", pattern=patterns.KEY, words=_KEY_BEGINNINGS, exactly=_KEY_BEGINNINGS_EXACTLY, clues=_KEY_CLUES),
    Shape(kind="bearer", pattern=patterns.BEARER, is_secret=patterns.has_digit, words=["bearer"]),
    Shape(kind="secret", pattern=patterns.OTP, words=["otpauth://"]),
    Shape(
        kind="secret",
        pattern=patterns.IN_QUERY,
        is_secret=patterns.random,
        words=[
            *("key=", "sig=", "signature=", "credential=", "token=", "auth=", "code=", "secret=", "hash=", "hmac="),
            *("ticket=", "jwt=", "pass=", "pwd=", "%3d"),
        ],
    ),
    Shape(kind="secret", pattern=patterns.USER_OF_URL, is_secret=patterns.has_digit, words=["://"]),
    # Before what stands after any name, which takes `base64:` for a whole value.
    Shape(
        kind="secret",
        pattern=patterns.VARIABLE,
        is_secret=patterns.is_set,
        exactly=[f"{name}=" for name in (*_IN_CAPITALS, "PASS", "PWD", "CREDENTIAL", "CREDENTIALS", "KEY_BASE")],
    ),
    Shape(
        kind="secret", pattern=patterns.NAMED, is_secret=patterns.is_a_value, clues=_followed(_NAMES, _BEFORE_A_VALUE)
    ),
    Shape(
        kind="secret", pattern=patterns.PGPASSWORD, exactly=["PGPASSWORD=", "MYSQL_PWD=", "SSHPASS=", "REDISCLI_AUTH="]
    ),
    Shape(
        kind="secret",
        pattern=patterns.VARIABLE_IN_YAML,
        is_secret=patterns.is_set,
        exactly=[f"{name}:" for name in _IN_CAPITALS],
    ),
    Shape(
        kind="secret",
        pattern=patterns.OPTION,
        is_secret=patterns.is_given,
        words=[
            *("-pass", "-token", "-secret", "-api", "-access", "-auth", "-client"),
            *("--set", "--from-literal"),
        ],
        exactly=["-D"],
    ),
    Shape(
        kind="secret",
        pattern=patterns.USER_OPTION,
        words=[" -u", "\t-u", " -a", "\t-a", "--user", "--auth", "--proxy-user"],
    ),
    Shape(
        kind="secret",
        pattern=patterns.SHORT_OPTION,
        words=[
            *(" -p", "\t-p", " -a", "\t-a", "sshpass", "--value", "--body", "--secret-string"),
            *("-passin", "-passout", "storepass", "keypass"),
        ],
    ),
    Shape(kind="secret", pattern=patterns.NETRC, words=["password"]),
    Shape(kind="secret", pattern=patterns.LOGIN, words=["password"]),
    Shape(
        kind="secret",
        pattern=patterns.DIRECTIVE,
        words=["bindpw", "rootpw", "requirepass", "masterauth", "bindcredentials"],
    ),
    Shape(kind="secret", pattern=patterns.CONNECTION, is_secret=patterns.no_code, words=["password=", "pwd="]),
    Shape(kind="secret", pattern=patterns.PIPED, words=["--password-stdin", "--with-token", "sudo"]),
    Shape(kind="secret", pattern=patterns.PGPASS, clues=_followed([":"], r"(?:\d{4,5}|\*):")),
    Shape(
        kind="secret",
        pattern=patterns.DOCKER_AUTH,
        is_secret=patterns.is_name_and_password,
        clues=_followed(["auth"], _BEFORE_A_VALUE),
    ),
    Shape(kind="secret", pattern=patterns.NPM_TOKEN, words=[":_authtoken", ":_password"]),
    Shape(kind="secret", pattern=patterns.ELEMENT, is_secret=patterns.mixed, words=["</"]),
    Shape(kind="secret", pattern=patterns.NAME_AND_VALUE, is_secret=patterns.mixed, clues=_followed(_NAMES, "[\"']")),
    Shape(
        kind="secret",
        pattern=patterns.SAID,
        is_secret=patterns.mixed,
        clues=_followed([*_NAMES, "pin"], r"[ \t](?:is|was|to|of)[ \t]"),
    ),
    Shape(kind="secret", pattern=patterns.DATA, words=["client-key-data:"]),
    Shape(kind="hash", pattern=patterns.HASH, exactly=["$"]),
)

_SECRET_NAME = re.compile(rf"(?i)(?:{patterns.STRONG}|authorization|secret|token|cookie|pwd|_auth|credentials?)$")


def names_a_secret(name: str) -> bool:
    """Whether a member of an object that is called so holds a secret."""
    return _SECRET_NAME.search(name) is not None


def without_secrets(text: str) -> str:
    """The text with `[redacted:kind]` in the place of what has the shape of a secret."""
    small = folded(text)
    for shape in SHAPES:
        if shape.may_occur(text, small):
            text = shape.taken_out_of(text)
            small = folded(text)
    return text
