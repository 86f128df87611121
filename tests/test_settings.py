"""Settings: written whole, read again, never a reason to stop."""

import json
from pathlib import Path

import pytest

from designer import settings
from designer.settings import Settings


def test_that_a_remembered_value_is_there_in_the_next_session(tmp_path: Path) -> None:
    Settings(tmp_path / "s.json").set("theme", "dark")
    assert Settings(tmp_path / "s.json").get("theme") == "dark"


def test_that_what_was_never_remembered_is_the_default(tmp_path: Path) -> None:
    assert Settings(tmp_path / "s.json").get("theme", "system") == "system"


def test_that_a_damaged_file_means_defaults_and_is_kept_beside_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    for damaged in ("{", "[1, 2]", "\x00\xff", ""):
        path.write_text(damaged)
        given = Settings(path)
        assert given.get("theme") is None
        given.set("theme", "light")
        assert json.loads(path.read_text()) == {"theme": "light"}
        assert (tmp_path / "s.damaged.json").read_text() == damaged
        given.set("theme", "dark")
        assert (tmp_path / "s.damaged.json").read_text() == damaged


def test_that_no_half_written_file_is_left(tmp_path: Path) -> None:
    given = Settings(tmp_path / "s.json")
    for number in range(20):
        given.set("count", number)
    assert [p.name for p in tmp_path.iterdir()] == ["s.json"]


def test_that_a_folder_that_cannot_be_written_stops_nothing(tmp_path: Path) -> None:
    given = Settings(tmp_path / "missing" / "s.json")
    given.set("theme", "dark")
    assert given.get("theme") == "dark"


def test_that_recent_files_are_newest_first_once_each_and_ten_at_most(tmp_path: Path) -> None:
    given = Settings(tmp_path / "s.json")
    for number in range(12):
        given.add_recent_file(f"/designs/{number}")
    given.add_recent_file("/designs/5")
    assert given.recent_files() == [f"/designs/{n}" for n in (5, 11, 10, 9, 8, 7, 6, 4, 3, 2)]


def test_that_foreign_values_among_the_recent_files_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"recent_files": ["/a", 3, None]}))
    assert Settings(tmp_path / "s.json").recent_files() == ["/a"]


def test_that_a_path_that_no_system_takes_and_thousands_of_paths_are_left_out(tmp_path: Path) -> None:
    paths = ["/" + "x" * 5_000, *(f"/designs/{number}" for number in range(3_000))]
    (tmp_path / "s.json").write_text(json.dumps({"recent_files": paths}))
    assert Settings(tmp_path / "s.json").recent_files() == [f"/designs/{number}" for number in range(10)]


@pytest.mark.parametrize(
    ("found", "default"),
    [("x", [1]), (["x"], [1]), ([1, None], ["a"]), (5, []), ("fast", 1.0), (True, 1.0), (1, True), (["dark"], "system"),
     (None, "a"), ({}, [])],
)  # fmt: skip
def test_that_a_value_of_another_shape_is_as_good_as_none(tmp_path: Path, found: object, default: object) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"name": found}))
    assert Settings(tmp_path / "s.json").get("name", default) is default


@pytest.mark.parametrize(("found", "default"), [([2], [1]), (2, 1.0), (2.5, 1), (["b"], []), ("b", "a"), (5, None)])
def test_that_a_value_of_the_same_shape_is_given(tmp_path: Path, found: object, default: object) -> None:
    (tmp_path / "s.json").write_text(json.dumps({"name": found}))
    assert Settings(tmp_path / "s.json").get("name", default) == found


def test_that_tests_never_see_the_folders_of_the_user() -> None:
    for folder in (settings.state_dir(), settings.cache_dir(), settings.config_dir()):
        assert "designer-home-" in str(folder)
        assert folder.is_dir()


DEEP = {
    "deep": '{"a": ' + "[" * 800 + "1," * 100_000 + "1" + "]" * 800 + "}",
    "wide": '{"a": "' + "\u00e4" * 500_000 + '"}',
    "half characters": '{"a": "' + "\\ud800" * 100_000 + '"}',
    "numbers": '{"a": [' + ", ".join(["1e300"] * 100_000) + "]}",
    "the user's own among it": '{"theme": "dark", "a": "' + "\u00e4" * 500_000 + '", "b": "' + "x" * 48_000 + '"}',
}


@pytest.mark.parametrize("name", DEEP)
def test_that_what_is_read_is_written_no_longer_than_is_read_again(name: str, tmp_path: Path) -> None:
    path = tmp_path / "s.json"
    path.write_text(DEEP[name], "utf-8")
    given = Settings(path)
    assert given.trouble == ""
    given.set("columns", [1, 2])
    assert path.stat().st_size <= settings.SIZE_LIMIT
    again = Settings(path)
    assert again.trouble == ""
    assert again.get("columns") == [1, 2]
    assert again.get("theme", "system") == given.get("theme", "system")


def test_that_of_settings_that_would_be_too_long_the_longest_is_left_out(tmp_path: Path) -> None:
    given = Settings(tmp_path / "s.json")
    given.set("theme", "dark")
    given.set("vast", "x" * settings.SIZE_LIMIT)
    assert given.get("vast") is not None
    again = Settings(tmp_path / "s.json")
    assert (again.trouble, again.get("theme"), again.get("vast")) == ("", "dark", None)
