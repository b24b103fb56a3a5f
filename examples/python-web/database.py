"""One connection to the database that DATABASE_URL names."""

import os
import ssl
from urllib.parse import parse_qsl, unquote, urlsplit

import pg8000.native


def connect() -> pg8000.native.Connection:
    url = urlsplit(os.environ["DATABASE_URL"])
    return pg8000.native.Connection(
        user=unquote(url.username or ""),
        password=unquote(url.password or ""),
        host=url.hostname or "localhost",
        port=url.port or 5432,
        database=unquote(url.path[1:]),
        ssl_context=encryption(url.query),
        timeout=10,
    )


def encryption(query: str) -> ssl.SSLContext | None:
    """As libpq takes sslmode and sslrootcert. On AWS it is verify-full, with the authorities of RDS."""
    settings = dict(parse_qsl(query))
    mode = settings.get("sslmode")
    if mode not in ("require", "verify-ca", "verify-full"):
        return None
    context = ssl.create_default_context(cafile=settings.get("sslrootcert"))
    context.check_hostname = mode == "verify-full"
    if mode == "require":
        context.verify_mode = ssl.CERT_NONE
    return context
