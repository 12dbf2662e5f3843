"""Which tests run in one process, one after the other: they share a browser, a house full of attacks, or a machine.

pytest-xdist has a mark for that, but no way to hear it from pytest 9.2 on; so we say it by place.
"""

from xdist.scheduler import LoadScopeScheduling

TOGETHER = {
    "browser": ("tests/browser/",),
    "attacks": ("tests/attacks/test_browser_canaries.py", "tests/attacks/test_stored_canaries.py"),
    "renderer": ("tests/delivery/test_renderer.py",),
    "faults": ("tests/faults/", "tests/test_backing_up.py::test_a_backup_under_load"),
}


class Together(LoadScopeScheduling):
    """Each test for itself, but for those: the largest groups begin first."""

    def _split_scope(self, nodeid: str) -> str:
        return next((group for group, places in TOGETHER.items() if nodeid.startswith(places)), nodeid)
