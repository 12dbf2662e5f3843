"""What the tests of deliveries share: a renderer, which costs as much to start as a report to print."""

from collections.abc import Iterator

import pytest

from assessment.delivery.renderer import Renderer


@pytest.fixture(scope="session")
def renderer() -> Iterator[Renderer]:
    """A real one, as the product has it; for tests that do it no harm."""
    with Renderer() as made:
        yield made
