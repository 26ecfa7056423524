"""A streaming replica of a PostgreSQL of our own, which a test may stop, hold back and start again."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.ports import free_port
from tests.support.postgres import OwnServer, Server, open_folder

# What a primary needs besides: the settings of the other tests leave replication out. A replica that waited for queries
# of ours to end would never catch up within a test.
REPLICATED = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "fsync": "off",
    "wal_level": "replica",
    "max_wal_senders": "4",
    "max_connections": "100",
    "scram_iterations": "1",
    "wal_receiver_status_interval": "1s",
    "wal_retrieve_retry_interval": "100ms",
}


class Standby(OwnServer):
    """A copy of a running server that follows it."""

    def __init__(self, folder: Path, primary: OwnServer) -> None:
        self.folder = folder
        self._user = primary._user
        self._programs = primary._programs
        self._process = None
        self.primary = primary
        source = primary.server.url.set(drivername="postgresql", database=None).render_as_string(hide_password=False)
        self._run("pg_basebackup", "--dbname", source, "--write-recovery-conf", "--checkpoint=fast", "--no-sync")
        self.server = Server(primary.server.url.set(port=free_port()))

    def catch_up(self) -> None:
        """Wait until everything that the primary has written is here."""
        ((written,),) = self.primary.server.execute("SELECT pg_current_wal_flush_lsn()::text")
        give_up = time.monotonic() + 120
        while self.server.execute(f"SELECT pg_last_wal_replay_lsn() >= '{written}'") != [(True,)]:
            if time.monotonic() > give_up:
                raise RuntimeError(f"The replica did not catch up:\n{(self.folder / 'log').read_text()}")
            time.sleep(0.02)

    def hold_back(self) -> None:
        """Have it take in nothing more."""
        self.server.execute("SELECT pg_wal_replay_pause()")
        while self.server.execute("SELECT pg_get_wal_replay_pause_state()") != [("paused",)]:
            time.sleep(0.01)

    def let_go(self) -> None:
        """Have it take in again what the primary writes."""
        self.server.execute("SELECT pg_wal_replay_resume()")
        self.catch_up()


@contextmanager
def standby_of(primary: OwnServer) -> Iterator[Standby]:
    """Run a replica of a server on a free port; it is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="replica-", dir=open_folder()) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        standby = Standby(folder, primary)
        try:
            standby.start()
            yield standby
        finally:
            standby.stop()
