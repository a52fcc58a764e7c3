"""The checksum of the printed evidence changes with every byte and name, and with nothing else."""

from __future__ import annotations

from rehab_stats.extract import published_files
from rehab_stats.extract.published_files import published_checksum


def test_checksum_follows_bytes_and_names_of_the_tables_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(published_files, "PUBLISHED", tmp_path)
    (tmp_path / "a.csv").write_text("x\n1\n")
    first = published_checksum()
    (tmp_path / "README.md").write_text("words")
    assert published_checksum() == first
    (tmp_path / "a.csv").write_text("x\n2\n")
    assert published_checksum() != first
    (tmp_path / "a.csv").write_text("x\n1\n")
    (tmp_path / "a.csv").rename(tmp_path / "b.csv")
    assert published_checksum() != first
