import os
from pathlib import Path

import pytest

from insights.store import disk


class TestReplaceText:
    def test_a_failure_leaves_the_old_text_and_no_draft(self, tmp_path, monkeypatch):
        path = tmp_path / "current.json"
        disk.replace_text(path, "old")

        def full(_):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            disk.replace_text(path, "new")
        assert [p.name for p in tmp_path.iterdir()] == ["current.json"]
        assert path.read_text() == "old"

    def test_the_text_is_on_disk_before_it_is_visible_and_its_folder_after(
        self, tmp_path, monkeypatch
    ):
        happened = []
        fsync, replace = os.fsync, os.replace
        monkeypatch.setattr(
            os,
            "fsync",
            lambda fd: happened.append(str(Path(f"/proc/self/fd/{fd}").readlink())) or fsync(fd),
        )
        monkeypatch.setattr(os, "replace", lambda a, b: happened.append("rename") or replace(a, b))
        disk.replace_text(tmp_path / "current.json", "文")
        assert happened == [
            str(tmp_path / f".current.json.{os.getpid()}.draft"),
            "rename",
            str(tmp_path),
        ]
