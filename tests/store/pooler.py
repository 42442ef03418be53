"""PgBouncer in transaction mode, as hosts of Postgres put it before the server."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import sqlalchemy as sa

from servers import free_port

# Another one: MEMKIT_PGBOUNCER=/path/to/pgbouncer make proof
PGBOUNCER = (
    os.environ.get("MEMKIT_PGBOUNCER")
    or shutil.which("pgbouncer")
    or shutil.which("pgbouncer", path="/usr/sbin")
)
CONNECTIONS = 4  # to the server, for however many clients
# PgBouncer 1.21 and newer can keep the statements that clients prepare.
MORE = os.environ.get("MEMKIT_PGBOUNCER_SETTING", "")  # such as "max_prepared_statements = 200"
SETTINGS = """\
[databases]
{database} = host={host} port={port} user={user} dbname={database}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {listen}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
max_client_conn = 500
{more}
logfile = {folder}/log
"""


@contextmanager
def pooled(server: str, database: str) -> Iterator[str]:
    """The URL of a new database of a server, reached through a pooler of its own."""
    direct = sa.make_url(server)
    host = direct.query.get("host") or direct.host or "localhost"
    engine = sa.create_engine(
        direct.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT"
    )
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {database}")
    folder, listen = Path(tempfile.mkdtemp(prefix="memkit_pool_")), free_port()
    folder.chmod(0o777)  # the pooler writes its log there
    place = {"host": host, "port": direct.port or 5432, "user": direct.username or "postgres"}
    text = SETTINGS.format(
        database=database, listen=listen, folder=folder, connections=CONNECTIONS, more=MORE, **place
    )
    (folder / "pgbouncer.ini").write_text(text)
    # It refuses to be root; whoever owns the server's socket may use it.
    owner = Path(host).owner() if host.startswith("/") else "nobody"
    as_somebody = ["-u", owner] if os.geteuid() == 0 else []
    assert PGBOUNCER
    process = subprocess.Popen([PGBOUNCER, "-q", *as_somebody, str(folder / "pgbouncer.ini")])
    url = f"postgresql://{place['user']}@127.0.0.1:{listen}/{database}"
    try:
        _wait(process, url)
        yield url.replace("postgresql://", "postgresql+psycopg://")
    finally:
        process.terminate()
        process.wait()
        with engine.connect() as connection:
            connection.exec_driver_sql(f"DROP DATABASE {database} WITH (FORCE)")
        engine.dispose()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(process: subprocess.Popen[bytes], url: str) -> None:
    """Until the pooler answers; it says on its own error output why it does not."""
    problem: Exception | None = None
    give_up = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < give_up:
        try:
            psycopg.connect(url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            problem = error
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"pgbouncer does not answer (exit status {process.poll()}): {problem}")
