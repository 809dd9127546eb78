"""Whether stepwire can work with what answers is a matter of how far it is known, not of its name."""

import pytest

from runner.engine_health import EngineSupport


@pytest.mark.parametrize("support", EngineSupport)
def test_what_is_known_to_work_is_used(support: EngineSupport) -> None:
    assert support.usable is (support.value in ("TESTED", "EXPECTED", "REDUCED"))
