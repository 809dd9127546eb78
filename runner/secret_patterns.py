"""Patterns of what may be a secret, and the looks at what they find where people write such things as well.

A pattern finds what may be a secret; where that is also how people write code and prose, a look at the value decides.
Every pattern is linear: no two of its parts can match the same text in different ways, and none starts inside a run.

Entropy was rejected as a measure: commit ids, checksums and images have as much of it as keys, and a password has less.
"""

import base64
import re
from typing import TypeAlias

Found: TypeAlias = "re.Match[str]"

# ------------------------------------------------------------------ parts

QUOTE = r"\\{0,4}[\"'`]"
_SEPARATOR = rf"(?:{QUOTE})?[ \t]{{0,8}}(?::=|=>|[:=])[ \t]{{0,8}}"
# Not in the middle of a word, unless the sign before it is the end of an escape: %20sk-…
_START = r"(?:(?<![A-Za-z0-9_-])|(?<=%[0-9A-Fa-f][0-9A-Fa-f]))"
STRONG = (
    r"passw(?:or)?d|passphrase|(?:become|ssh|smtp|mail|bind|sudo)_pass|(?:account|(?:shared)?access|api|auth|private|client|secret|session|refresh|id|signing"
    r"|encryption|deploy|bot|storage|license|webhook|subscription|master)[_-]?(?:key|token|secret)"
)

# ------------------------------------------------------------------ keys in several lines

_KEY_BLOCK = r"[A-Z0-9 ]{0,40}?PRIVATE KEY(?: BLOCK)?-----"
# Tools that read files number their lines, some after the file's name, and people quote them.
_NUMBER = r"(?:(?:[\w./]{1,80}[:-])?L?\d{1,6}(?:[ \t]*+[-|:\u2192>][ \t]*+|[ \t]++))"
_NEW_LINE = rf"(?:(?:\\{{1,4}}[nr]|\r?\n)[ \t>#*]*+(?:{_NUMBER})?+)++"
PRIVATE_KEY = re.compile(
    rf"-----BEGIN {_KEY_BLOCK}(?:"
    rf"(?=[^-]{{0,400}}?[A-Za-z0-9+/=]{{8}})(?:[A-Za-z0-9+/=\s:,.|\u2192>#*\"']|\\{{1,4}}[nr]|-(?!----))*+"
    rf"-----END {_KEY_BLOCK}"
    rf"|(?:{_NEW_LINE}(?:Proc-Type|DEK-Info|Version|Comment): [^\n\\]*+)*+"
    rf"(?:{_NEW_LINE}[A-Za-z0-9+/=]++(?=[ \t]{{0,8}}(?:[\r\n\\\"'`-]|\Z)))++)"
)
PUTTY = re.compile(r"(?P<kept>Private-Lines: \d{1,4}\r?\n)(?:[A-Za-z0-9+/=]{8,}+\r?\n?)++")

# ------------------------------------------------------------------ headers and addresses

AUTHORIZATION = re.compile(
    rf"(?i)(?P<kept>authorization{_SEPARATOR}(?:{QUOTE})?)"
    r"(?P<scheme>(?:bearer|basic|token|digest|apikey)\s{1,4})?(?P<value>[A-Za-z0-9._~+/=:@!#%^*|-]{8,})"
)
BEARER = re.compile(r"(?i)(?P<kept>\bbearer\s{1,4})(?P<value>[A-Za-z0-9._~+/=-]{8,})")
COOKIE = re.compile(rf"(?i)(?P<kept>cookie{_SEPARATOR}(?:{QUOTE})?)[\w.-]{{1,64}}=[^\s;\"'`\\]{{8,}}[^\r\n\"'`\\]*")
DSN = re.compile(r"(?P<kept>:(?:\\{0,4}/){2})[^\s:/@\"'<>]{0,100}:[^\s/\"'<>]{1,200}(?=@)")
USER_OF_URL = re.compile(r"(?P<kept>https?://)(?P<value>[A-Za-z0-9_-]{16,200})(?=@)")
IN_QUERY = re.compile(
    r"(?i)(?P<kept>(?:[?&;]|%26|%3F|&amp;|\\{1,4}u0026)"
    r"(?:key|sig|signature|x-(?:amz|goog)-(?:signature|credential|security-token)|auth|code|secret|hash|hmac"
    r"|(?:api|access|refresh|auth|id)[_-]?(?:key|token)|token|ticket|jwt|pass|pwd)(?:=|%3D))"
    r"(?P<value>[A-Za-z0-9._~+/%-]{8,})"
)
WEBHOOK = re.compile(
    r"(?i)(?P<kept>(?:hooks\.slack\.com/(?:services|workflows|triggers)/|discord(?:app)?\.com/api/(?:v\d+/)?webhooks/"
    r"|webhook\.office\.com/webhookb2/|outlook\.office(?:365)?\.com/webhook/"
    r"|api\.telegram\.org/(?:file/)?bot|open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/"
    r"|hooks\.zapier\.com/hooks/catch/|maker\.ifttt\.com/(?:trigger/[\w-]{1,60}/)?(?:with|json/with)?/?(?:key/)?"
    r"|/hooks/(?=[a-z0-9]{20})))[A-Za-z0-9_:/@.-]{8,}"
)

# ------------------------------------------------------------------ keys with a beginning of their own

JWT = re.compile(
    r"(?:(?<![A-Za-z0-9_-])|(?<=%20))eyJ[A-Za-z0-9_-]{8,}+\.[A-Za-z0-9_-]{8,}+(?:\.[A-Za-z0-9_-]*+)?",
)
KEY = re.compile(
    rf"{_START}(?:"
    r"(?:sk|rk|pypi|xai|pplx|glpat|tvly|nvapi|pul|CFPAT|sq0csp|xkeysib)-(?=[A-Za-z0-9_-]{0,40}?[A-Za-z0-9]{12})"
    r"[A-Za-z0-9_-]{16,}+"
    # Of short parts: enough of them, or with figures in enough of its length.
    r"|sk-(?=(?:[A-Za-z0-9]{1,30}[-_]){3}[A-Za-z0-9])[A-Za-z0-9_-]{18,}+"
    r"|[srp]k_(?:live|test)_[A-Za-z0-9]{10,}+|gh[pousr]_[A-Za-z0-9]{16,}+|github_pat_[A-Za-z0-9_]{20,}+"
    r"|gl(?:dt|rt|cbt|ptt|ft|imt|soat)-[A-Za-z0-9_-]{16,}+"
    r"|(?:hf|npm|gsk|r8|whsec|ntn|rubygems|phx|lin_api|lin_oauth|sbp|pnu)_[A-Za-z0-9]{16,}+|secret_[A-Za-z0-9]{40,}+"
    r"|(?:figd|glsa|glc|dckr_pat|sntry[su]|ops)_(?=[A-Za-z0-9_-]{0,10}?[A-Za-z0-9]{12})[A-Za-z0-9+/=_-]{20,}+"
    # Our own: see `runner.principals.new_secret`.
    r"|stw_[A-Za-z0-9_-]{43}"
    r"|tskey-[a-z]{2,10}-[A-Za-z0-9-]{16,}+"
    r"|s\.(?=[A-Za-z]{1,23}\d|\d[0-9]{0,22}[A-Za-z])[A-Za-z0-9]{24}(?![A-Za-z0-9])"
    r"|[A-Za-z0-9_~.-]{3}\dQ~[A-Za-z0-9_~.-]{31,34}"
    r"|hv[sbr]\.[A-Za-z0-9_-]{16,}+|dapi[0-9a-f]{32}(?:-\d{1,3})?+(?![A-Za-z0-9])"
    r"|xox[abeprs]-[A-Za-z0-9-]{10,}+|xapp-\d-[A-Za-z0-9-]{10,}+"
    r"|(?:dop_v1|doo_v1|shpat|shpss|shpca|shppa)_[A-Fa-f0-9]{16,}+|(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}(?![A-Za-z0-9])"
    r"|LTAI[A-Za-z0-9]{12,30}(?![A-Za-z0-9])|AIza[A-Za-z0-9_-]{30,}+|ya29\.[A-Za-z0-9_-]{20,}+"
    r"|1//0[A-Za-z0-9_-]{20,}+|GOCSPX-[A-Za-z0-9_-]{20,}+"
    r"|SG\.[A-Za-z0-9_-]{16,}+\.[A-Za-z0-9_-]{16,}+|SK[0-9a-f]{32}(?![0-9A-Za-z])|key-[0-9a-f]{32}(?![0-9A-Za-z])"
    r"|ATATT3[A-Za-z0-9_=-]{20,}+|ATCTT3[A-Za-z0-9_=-]{20,}+|pat[A-Za-z0-9]{14}\.[0-9a-f]{64}"
    r"|EAA[A-Za-z0-9]{40,}+|NRAK-[A-Z0-9]{20,}+|[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}+"
    r"|[MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,}+"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{20,}+)"
)
HASH = re.compile(r"\$(?:1|2[abxy]|5|6|y|apr1|argon2(?:id|i|d)|scrypt|pbkdf2-sha\d{1,3})\$[./A-Za-z0-9,=+$-]{20,}")

# ------------------------------------------------------------------ after a name

NAMED = re.compile(
    rf"(?i)(?P<kept>(?:(?P<strong>{STRONG})|token|secret)(?P<separator>{_SEPARATOR}))"
    rf"(?:(?P<quote>{QUOTE})(?P<quoted>[^\s\"'`\\]{{6,}})|(?P<bare>[A-Za-z0-9+/=_~!@#%^*|.-]{{6,}}))"
)
# DB_PASSWORD=letters: a variable as a shell or an .env file sets it, without blanks, to anything.
VARIABLE = re.compile(
    r"(?P<kept>(?<![A-Za-z0-9_$.-])(?:export[ \t]{1,4}|set[ \t]{1,4}|-e[ \t]{1,4}|ENV[ \t]{1,4})?"
    r"(?:[A-Z][A-Z0-9_]{0,60}?(?:PASSWORD|PASSWD|PASSPHRASE|PASS|PWD|SECRET|TOKEN|API_?KEY|ACCESS_KEY|SECRET_KEY"
    r"|PRIVATE_KEY|AUTH_KEY|CREDENTIALS?)|PASSWORD|PASSWD|PASSPHRASE|API_?KEY|SECRET_KEY(?:_BASE)?"
    r"|(?:[A-Z][A-Z0-9_]{0,60}?_)?(?:APP|MASTER|ENCRYPTION|SIGNING|SESSION|JWT|HMAC|COOKIE|LICENSE)_KEY)=)"
    r"(?:(?P<quote>[\"'])(?P<quoted>[^\"'\r\n]{4,200})|(?P<bare>[^\s\"'`$<{(\[;|&,]{4,200}))"
)
# The same in YAML, where nothing else stands in its line: in prose something follows.
VARIABLE_IN_YAML = re.compile(
    r"(?m)(?P<kept>^[ \t-]{0,40}[A-Z][A-Z0-9_]{0,60}?(?:PASSWORD|PASSWD|PASSPHRASE|SECRET|TOKEN|API_?KEY|ACCESS_KEY"
    r"|SECRET_KEY|PRIVATE_KEY|AUTH_KEY):[ \t]{1,4})(?:(?P<quote>[\"'])(?P<quoted>[^\"'\r\n]{8,200})(?=[\"'])"
    r"|(?P<bare>[^\s\"'`$<{(\[;|&,]{8,200}))(?=[\"']?[ \t]{0,8}(?:\#[^\n]*)?$)"
)
PGPASSWORD = re.compile(
    r"(?P<kept>\b(?:PGPASSWORD|MYSQL_PWD|SSHPASS|REDISCLI_AUTH)=[\"']?)(?P<value>[^\s\"'$<{]{2,200})"
)
OPTION = re.compile(
    r"(?P<kept>(?<![A-Za-z0-9_-])(?:--?(?:[a-z][a-z-]{0,30}-)?|(?:--set(?:-string)?[ \t=]|-D)[\w.-]{0,60}?[._-]"
    r"|--from-literal[ \t=](?:[\w.-]{0,60}?[._-])?)"
    r"(?:password|passwd|passphrase|pass|token|secret|api-?key"
    r"|access-?key|secret-?key|auth-?key|client-secret)(?:=|[ \t]{1,4}"
    rf"|{QUOTE},[ \t]{{0,4}}(?={QUOTE})))"
    r"(?:(?P<quote>\\{0,4}[\"'])(?P<quoted>[^\"'\r\n\\]{4,200})|(?P<bare>[^\s\"'`$<{(\[;|&,-][^\s\"'`;|&,]{3,200}))"
)
USER_OPTION = re.compile(
    r"(?P<kept>\b(?:curl|https?|wget|xh)\b[^\r\n]{0,200}?[ \t]"
    r"(?:-[uaU]|--user|--auth|--proxy-user)(?:=|[ \t]{0,4})[\"']?[^\s:\"'$]{1,100}:)(?P<value>[^\s\"'$]{1,200})"
)
SHORT_OPTION = re.compile(
    r"(?P<kept>\b(?:(?:mysql|mysqldump|mysqladmin|mariadb)\b[^\r\n]{0,120}?[ \t]-p(?=[^\s-])"
    r"|sshpass[ \t]{1,4}-p[ \t]{0,4}"
    r"|(?:docker|podman|helm|az|oc|nerdctl)\b[^\r\n]{0,80}?\blogin\b[^\r\n]{0,120}?[ \t]-p[ \t]{1,4}"
    r"|redis-cli\b[^\r\n]{0,80}?[ \t]-a[ \t]{1,4}|(?:un)?zip\b[^\r\n]{0,80}?[ \t]-P[ \t]{1,4}"
    r"|7z\b[^\r\n]{0,80}?[ \t]-p(?=[^\s-])"
    r"|secrets?(?:manager)?\b[^\r\n]{0,120}?[ \t]--(?:value|body|secret-string)(?:=|[ \t]{1,4}))[\"']?"
    # What begins with a dash begins at no border of a word.
    r"|(?<![\w-])(?:-pass(?:in|out)[ \t]{1,4}pass:|-(?:src|dest)?(?:store|key)pass[ \t]{1,4})[\"']?)"
    r"(?P<value>[^\s\"'$<]{3,200})"
)
NETRC = re.compile(
    r"(?P<kept>\b(?:machine[ \t]{1,8}\S{1,200}|default)\s{1,8}"
    r"(?:(?:login|account)\s{1,8}\S{1,200}\s{1,8}){0,2}password\s{1,8})\S{1,200}"
)
LOGIN = re.compile(r"(?P<kept>\blogin\s{1,8}\S{1,200}\s{1,8}password\s{1,8})\S{1,200}")
# As servers' own files have it, alone in its line.
DIRECTIVE = re.compile(
    r"(?mi)(?P<kept>^[ \t]{0,8}(?:ldap[ \t]{1,4})?(?:bindpw|rootpw|requirepass|masterauth|bindcredentials)"
    r"[ \t]{1,8}[\"']?)"
    r"(?P<value>[^\s\"'$<{]{3,200})(?=[\"']?[ \t]{0,8}$)"
)
# A database's address in words: "host=db user=app password=letters". Code has commas between them.
CONNECTION = re.compile(
    r"(?i)(?P<kept>\b(?:host|server|data source|dbname|database|user|uid|user id)=[^\r\n,(){}]{1,200}?[;\s]"
    r"(?:password|pwd)=)"
    r"(?P<value>[^\s;,\"'$<{}()\[\]]{3,200})(?![(\[])"
)
PIPED = re.compile(
    r"(?P<kept>\becho[ \t]{1,4}(?:-n[ \t]{1,4})?[\"']?)(?P<value>[^\s\"'$|]{3,200})"
    r"(?=[\"']?[ \t]{0,4}\|[^\r\n]{0,120}?(?:--password-stdin|--with-token|sudo[ \t]{1,4}-S))"
)
PGPASS = re.compile(r"(?m)(?P<kept>^[A-Za-z0-9.*_-]{1,120}:(?:\d{4,5}|\*):[^:\s]{1,64}:[^:\s]{1,64}:)[^:\s]{3,200}$")
DOCKER_AUTH = re.compile(
    rf"(?i)(?P<kept>\b_?auth(?:{QUOTE})?[ \t]{{0,4}}[:=][ \t]{{0,4}}(?:{QUOTE})?)"
    r"(?P<value>[A-Za-z0-9+/]{8,4000}={0,2})(?![\w+/=.(-])"
)
NPM_TOKEN = re.compile(
    r"(?P<kept>:_(?:authToken|password)(?:[ \t]{0,4}=[ \t]{0,4}|[ \t]{1,4})[\"']?)(?P<value>[^\s\"'$<]{6,200})"
)
ELEMENT = re.compile(
    rf"(?i)(?P<kept><(?:[a-z][\w.-]{{0,40}}[:._-])?(?:{STRONG}|token|secret)>[ \t]{{0,8}})"
    r"(?P<value>[^\s<>$]{4,200})(?=[ \t]{0,8}</)"
)
NAME_AND_VALUE = re.compile(
    rf"(?i)(?P<kept>\b(?:name|key|id)[\"']?[ \t]{{0,4}}[:=][ \t]{{0,4}}[\"'][\w.:-]{{0,60}}?"
    rf"(?:{STRONG}|token|secret)[\"']"
    r"[\s,]{1,8}[\"']?value[\"']?[ \t]{0,4}[:=][ \t]{0,4}[\"'])(?P<value>[^\s\"'$<{]{6,200})"
)
SAID = re.compile(
    r"(?i)(?P<kept>\b(?:password|passwd|passphrase|pin|api[ _-]?key|token|secret)[ \t](?:is|was|to|of)[ \t][\"'`]?)"
    r"(?P<value>[^\s\"'`<>]{6,200})"
)
DATA = re.compile(r"(?P<kept>\bclient-key-data:[ \t]{0,4})[A-Za-z0-9+/=]{16,}")
OTP = re.compile(r"(?i)(?P<kept>otpauth://[^\s\"']{0,200}?secret=)[A-Z2-7]{16,}")

# What code says after a name: another name, a type, a number that is a size.
_CODE = re.compile(
    r"(?i)\w*(?:passw|phrase|token|secret|key|str|value|input|field|param|user|name|type|hash|nul|none|true|false"
    r"|default|option|config|env|bytes|array|int|require|example|change|your|redact|undefined|\*\*\*|xxx|\.\.\.)\S*"
)
ENDS_NAME = re.compile(r"\\{0,4}[\"']")
_LONGEST_NAME = 80


def always(_: Found) -> bool:
    return True


def authorizes(found: Found) -> bool:
    """With a scheme anything but a plain word; without one only what has a digit."""
    plain = r"[a-z-]+" if found["scheme"] else r"\D+"
    return not re.fullmatch(plain, found["value"])


def has_digit(found: Found) -> bool:
    return any(sign.isdigit() for sign in found["value"])


def _is_mixed(value: str) -> bool:
    return bool(re.search(r"\d", value)) and bool(re.search(r"[A-Za-z]", value))


def mixed(found: Found) -> bool:
    return _is_mixed(found["value"]) and not _CODE.fullmatch(found["value"])


def no_code(found: Found) -> bool:
    return not _CODE.fullmatch(found["value"])


def random(found: Found) -> bool:
    """A word or a name of code is none; long ones without a break are, and so is what mixes letters and figures."""
    value = found["value"]
    return _is_mixed(value) or (len(value) >= 20 and not re.search(r"[._-]", value))


def is_a_value(found: Found) -> bool:
    """Whether what follows the name of a secret is one, and not a word, a type, a count or another name."""
    value = found["quoted"] or found["bare"]
    mixed = _is_mixed(value)
    if found["quote"]:
        return (len(value) >= 8 and (mixed or bool(found["strong"]))) or (mixed and bool(found["strong"]))
    followed_by = found.string[found.end() : found.end() + 1]
    if followed_by in ("(", "[") or value.startswith(".") or re.search(r"[A-Za-z_]\.[A-Za-z_]", value):
        return False
    if found["separator"].strip() != found["separator"] and len(value) <= _LONGEST_NAME and _CODE.fullmatch(value):
        return False
    return (mixed or bool(found["strong"] and value.isdigit())) and len(value) >= (6 if found["strong"] else 8)


def is_set(found: Found) -> bool:
    """What a variable is set to, and not a call, another variable or the word for "put yours here"."""
    value = found["quoted"] or found["bare"]
    if value.startswith(("$", "<", "{", "%")) or found.string[found.end() : found.end() + 1] in ("(", "["):
        return False
    names_code = re.search(r"[A-Za-z_]\.[A-Za-z_]", value) and not _is_mixed(value)
    return not names_code and not value.startswith("/") and not _CODE.fullmatch(value) and not value.isdigit()


def is_given(found: Found) -> bool:
    """What an option is given: on a command line it is followed by nothing, another option or the next command."""
    value = found["quoted"] or found["bare"]
    if value.startswith(("$", "<", "{", "/", ".", "-")) or value.isupper() or _CODE.fullmatch(value):
        return False
    if found["quote"] or "=" in found["kept"] or _is_mixed(value):
        return True
    # A plain word: a command line has few of them before its options, prose many; and there something follows.
    before = found.string[max(0, found.start() - 200) : found.start()].rpartition("\n")[2]
    words = [word for word in before.split() if word.isalpha() and word.islower()]
    rest = found.string[found.end() : found.end() + 3].lstrip(" \t")
    return len(value) >= 8 and len(words) <= 2 and (not rest or rest[0] in "\r\n-|&;\\\"'`")


def is_name_and_password(found: Found) -> bool:
    """As docker and npm keep them: both in one base64."""
    try:
        return b":" in base64.b64decode(found["value"] + "=" * (-len(found["value"]) % 4), validate=True)
    except ValueError:
        return False
