"""The form of users who live somewhere: how long their way takes, and in a run how long they wait for a service."""

from __future__ import annotations

from designer.commands import edit
from designer.model.project import Project
from designer.ui.form.bars import lines_of
from designer.ui.shell.session import Session


def shown(session: Session, element: int) -> list[tuple[str, str]]:
    return [(title, text) for title, _, text, _ in lines_of(session, [element])]


def test_that_users_see_their_way_to_each_region_the_nearest_first(session: Session, project: Project) -> None:
    for code in ("us-east-1", "eu-central-1", ""):
        edit.place(project, "region", provider="aws" if code else "none", code=code, name=code or "own")
    users = edit.place(project, "user_population", near="eu-central-1", access_s=0.01)
    assert shown(session, users) == [("To eu-central-1", "14 ms"), ("To us-east-1", "103 ms")]
    edit.change(project, [users], {"near": ""})
    assert shown(session, users) == []


def test_that_a_service_says_nothing_of_latency_without_a_run(session: Session, project: Project) -> None:
    shop = edit.place(project, "service")
    edit.connect(project, "uses", edit.place(project, "user_population", near="eu-west-1"), shop)
    assert shown(session, shop) == []
