"""Compression of answers over HTTP: gzip, for those who take it, where it is worth it.

Only what is asked for by queries. It is safe there against those who guess a secret by the length of what is sent
(BREACH): for that, somebody must have a victim's browser ask, with the victim's rights, for an answer that holds both
the secret and a guess. No foreign page can: the token is a header that browsers do not add by themselves, and requests
from other sites are refused (`web.security`). Besides, no answer to a query holds a secret: a token's is told once, by
a mutation, and what agents say is redacted before it is stored. Answers to mutations are sent as they are all the same.

Streams are not compressed: an event would wait in the compressor for the next one, and sockets would need a window of
their own each. Level 1, because JSON with the same names again and again is a tenth after it, and a third of the time
is more than a tenth of what is left.
"""

import gzip

_LEVEL = 1
# Below, headers and a packet's size leave nothing to be won.
WORTH_BYTES = 1_000
# Above, it takes longer than to cross to a thread and back.
LONG_BYTES = 50_000


def zipped(body: bytes) -> bytes:
    return gzip.compress(body, _LEVEL, mtime=0)


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client that says so takes gzip: it names it, or everything, and not with a weight of 0."""
    weights = {name.strip().lower(): _weight(given) for name, _, given in _offers(accept_encoding)}
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _offers(accept_encoding: str) -> list[tuple[str, str, str]]:
    return [offer.partition(";") for offer in accept_encoding.split(",")]


def _weight(given: str) -> float:
    name, _, value = given.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
