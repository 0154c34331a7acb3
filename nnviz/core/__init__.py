"""What everything else stands on: records, paths, files that appear whole."""

__all__ = ["paths", "records", "results", "safe_files"]
