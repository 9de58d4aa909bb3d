"""The whole model, for as long as a test may take; scripts/show catalogue.2 takes its time."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.core.storage.whole_model import Whole

Whole.TestCase.settings = settings(
    max_examples=10,
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
TestWhole = Whole.TestCase
