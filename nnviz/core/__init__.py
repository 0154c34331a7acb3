"""What everything else stands on: records, paths, files that appear whole."""

__all__ = ["blas", "paths", "records", "results", "safe_files"]
