"""Cameras on loopback, for tests, benchmarks and demonstrations.

`simulate([CameraSpec(name="gang-mawar")], cache=folder)` serves RTSP cameras that show a drawn
minute, locked to the wall clock, with every frame's number in it, and that do wrong whatever
their Faults say.
"""

from nvr_core.simulators.faults import Faults
from nvr_core.simulators.session import Sent
from nvr_core.simulators.site import Site, simulate
from nvr_core.simulators.spec import CameraSpec

__all__ = ["CameraSpec", "Faults", "Sent", "Site", "simulate"]
