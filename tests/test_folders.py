"""Folders: whole or not at all, whatever stops the making; what was left behind goes in the end."""

import os
from pathlib import Path

import pytest

from ledger.errors import Unsafe
from ledger.folders import made_whole, scratch


def make(folder: Path) -> None:
    with made_whole(folder) as part:
        (part / "inside").mkdir()
        (part / "inside" / "file").write_text("whole", encoding="utf-8")


def test_a_folder_is_there_when_all_went_well(tmp_path: Path) -> None:
    make(tmp_path / "new" / "home")
    (tmp_path / "empty").mkdir()
    make(tmp_path / "empty")
    for folder in (tmp_path / "new" / "home", tmp_path / "empty"):
        assert (folder / "inside" / "file").read_text(encoding="utf-8") == "whole"
        assert [path.name for path in folder.parent.glob(".*")] == []


def test_a_folder_is_not_there_when_something_went_wrong(tmp_path: Path) -> None:
    def stopped() -> None:
        with made_whole(tmp_path / "home") as part:
            (part / "file").touch()
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["folder", "file"])
def test_what_is_there_is_left_alone(tmp_path: Path, kind: str) -> None:
    place = tmp_path / "home"
    if kind == "folder":
        place.mkdir()
        place = place / "file"
    place.write_text("theirs", encoding="utf-8")
    with pytest.raises(Unsafe) as refusal:
        make(tmp_path / "home")
    assert refusal.value.code == ("folder.not_empty" if kind == "folder" else "folder.unwritable")
    assert place.read_text(encoding="utf-8") == "theirs"


def test_what_a_kill_left_behind_goes_a_day_later(tmp_path: Path) -> None:
    old, new = tmp_path / ".vledger-old", tmp_path / ".vledger-new"
    for folder in (old, new):
        (folder / "keys").mkdir(parents=True)
    yesterday = old.stat().st_mtime - 25 * 3600
    os.utime(old, (yesterday, yesterday))
    with scratch(tmp_path):
        assert (old.exists(), new.exists()) == (False, True)
