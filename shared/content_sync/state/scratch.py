"""Room for what does not fit into memory: a private SQLite database in the temporary folder.

It has no name, so nothing of it is left behind, however the invocation ends.
"""

import sqlite3

CACHE_KIBIBYTES = 16_384


def scratch() -> sqlite3.Connection:
    """Open an empty database that goes when it is closed.

    Closed it must be: what a run leaves behind holds itself, and a process that is used again has
    one disk for all its runs.
    """
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    # Nobody reads it after a crash: neither a journal nor waiting for the disk is of use.
    for pragma in ("journal_mode=OFF", "synchronous=OFF", f"cache_size=-{CACHE_KIBIBYTES}"):
        database.execute(f"PRAGMA {pragma}")
    database.execute("BEGIN")
    return database
