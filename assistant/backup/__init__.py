"""Everything of an installation in one file, whatever database and storage it runs on.

    manifest.json       what this is, and the migrations that its rows fit
    tables/NAME.jsonl   a row a line: the values of the columns that the manifest lists
    originals/PATH      the uploaded files
    encryption-key      what the keys of model endpoints are encrypted with, newest first; only with secrets
    checksums.json      of all of these, last

It is a gzipped tar, written and read as a stream. The search index is not in it: `restore` builds it from the rows.
"""

FORMAT = 1
MANIFEST, CHECKSUMS, KEY = "manifest.json", "checksums.json", "encryption-key"
TABLES, ORIGINALS = "tables/", "originals/"


class BackupError(Exception):
    """The message says what is wrong and what to do."""
