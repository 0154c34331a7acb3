"""What everything else stands on: records, paths, JSON that is checked, files that appear whole."""

__all__ = [
    "blas",
    "colours",
    "csv_text",
    "glossary",
    "identity",
    "json_records",
    "kinds",
    "numbers",
    "pace",
    "paths",
    "protocols",
    "quotas",
    "records",
    "results",
    "safe_files",
    "secret_words",
    "snapshots",
    "tries",
    "words",
]
