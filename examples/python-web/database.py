"""One connection to the database that DATABASE_URL names."""

import os
from urllib.parse import unquote, urlsplit

import pg8000.native


def connect() -> pg8000.native.Connection:
    url = urlsplit(os.environ["DATABASE_URL"])
    return pg8000.native.Connection(
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=url.hostname or "localhost",
        port=url.port or 5432,
        database=unquote(url.path[1:]),
        timeout=10,
    )
