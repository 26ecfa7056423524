"""A real PgBouncer in transaction mode, with few connections behind it."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests.support.ports import free_port
from tests.support.postgres import open_folder
from tests.support.waiting import wait_until

MISSING = "PgBouncer is needed and was not found (on Debian and Ubuntu: sudo apt-get install pgbouncer)."
CONNECTIONS = 2


def executable() -> str | None:
    """Find PgBouncer, which lies where only administrators look on some systems."""
    return shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def pooled(url: str) -> Iterator[str]:
    """Put a pooler before a database for one user; gives the address that leads through it."""
    program, address, port = executable(), make_url(url), free_port()
    assert program is not None
    with tempfile.TemporaryDirectory(prefix="pgbouncer-", dir=open_folder()) as name:
        folder = Path(name)
        (folder / "users").write_text(f'"{address.username}" "{address.password}"\n')
        (folder / "config").write_text(
            "[databases]\n"
            f"{address.database} = host={address.host} port={address.port}\n"
            "[pgbouncer]\n"
            f"listen_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
            f"auth_type = plain\nauth_file = {folder}/users\n"
            f"pool_mode = transaction\ndefault_pool_size = {CONNECTIONS}\nmin_pool_size = {CONNECTIONS}\n"
            # So that it takes the least recently used one: each statement goes to another connection.
            "server_round_robin = 1\n"
        )
        settings: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if os.geteuid() == 0:
            for path in (folder, *folder.iterdir()):
                shutil.chown(path, "nobody")
            settings |= {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
        process = subprocess.Popen([program, str(folder / "config")], **settings)
        through = address.set(host="127.0.0.1", port=port)
        try:
            wait_until(
                lambda: _answers(through.set(drivername="postgresql").render_as_string(hide_password=False)),
                "PgBouncer",
            )
            yield through.render_as_string(hide_password=False)
        finally:
            process.terminate()
            process.wait(15)


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=3, autocommit=True, prepare_threshold=None) as connection:
            return connection.execute("SELECT 1").fetchone() == (1,)
    except psycopg.OperationalError:
        return False
