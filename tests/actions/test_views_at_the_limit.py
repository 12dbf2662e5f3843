"""Saved views at their limit: one of the same name is replaced, another one is refused."""

from assessment import clock
from assessment.actions import sorting_out
from assessment.actions.installation import Installation
from assessment.store import saved_views
from assessment.store.database import reading
from tests.reviewing import colleague


def test_the_last_one_can_still_be_replaced(house: Installation) -> None:
    carl, now = colleague(house), clock.now()
    for number in range(saved_views.MOST):
        assert sorting_out.save_view(house, f"View {number}", "status=new", carl, now, shared=False)
    assert sorting_out.save_view(house, "View 7", "status=open", carl, now, shared=True)
    assert not sorting_out.save_view(house, "One more", "status=new", carl, now, shared=False)
    with reading(house.engine) as connection:
        views = {view.name: view.query for view in saved_views.visible(connection, house.keyring, carl.id)}
    assert len(views) == saved_views.MOST
    assert views["View 7"] == "status=open"
