"""Whether two pipelines would work on the same files: their directories are the same, or one lies inside the other."""

import os
from pathlib import PurePath


def overlap(one: str, other: str) -> bool:
    """Compared part by part, after links are resolved: /srv/app and /srv/app2 do not overlap."""
    first, second = PurePath(os.path.realpath(one)), PurePath(os.path.realpath(other))
    return first.is_relative_to(second) or second.is_relative_to(first)
