"""What the sync thread asks a file system."""

from pathlib import Path

import pytest

from nvr_core.recorder import sync


def test_syncfs_answers_for_a_folder_and_refuses_what_is_not_there(tmp_path: Path) -> None:
    sync.sync_file_system(tmp_path)
    with pytest.raises(FileNotFoundError):
        sync.sync_file_system(tmp_path / "gone")
