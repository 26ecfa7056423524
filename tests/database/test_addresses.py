"""What a database's address may say, and what is said where a server refuses who comes with it."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa

from analytics.database.engine import create_engine_for
from analytics.database.errors import DatabaseError, describe
from analytics.database.sessions import reading
from tests.support.ports import free_port
from tests.support.postgres import Server


def address(server: Server, **query: str) -> str:
    return server.url.update_query_dict(query).render_as_string(hide_password=False)


def parameter(url: str, name: str) -> object:
    engine = create_engine_for(url)
    try:
        with reading(engine) as db:
            return db.execute(sa.select(sa.func.current_setting(name))).scalar()
    finally:
        engine.dispose()


def refusal(url: str) -> str:
    engine = create_engine_for(url)
    try:
        with pytest.raises(DatabaseError) as told, reading(engine) as db:
            db.execute(sa.text("SELECT 1"))
    finally:
        engine.dispose()
    return str(told.value)


def test_options_of_the_address_are_kept_and_ours_added(postgres_server: Server) -> None:
    url = address(postgres_server, options="-csearch_path=lab -c statement_timeout=3s", application_name="mine")
    assert [parameter(url, name) for name in ("search_path", "statement_timeout", "lock_timeout", "TimeZone")] == [
        "lab", "3s", "4s", "UTC",
    ]  # fmt: skip
    assert parameter(url, "application_name") == "mine"
    assert parameter(address(postgres_server), "application_name") == "interview-skill-analytics"
    engine = create_engine_for(address(postgres_server, connect_timeout="30", prepare_threshold="none"))
    with closing(engine.raw_connection()) as pooled:
        connection: Any = pooled.driver_connection
        assert connection.info.get_parameters()["connect_timeout"] == "30"
        assert connection.prepare_threshold is None
    engine.dispose()


def test_several_hosts_are_tried_one_after_the_other(postgres_server: Server) -> None:
    server = postgres_server.url
    hosts = f"127.0.0.1:{free_port()},{server.host}:{server.port}"
    url = f"postgresql://{server.username}:{server.password}@{hosts}/{server.database}?target_session_attrs=read-write"
    assert parameter(url, "transaction_read_only") == "off"
    assert "asks for a read-only server" in refusal(url.replace("=read-write", "=read-only"))


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("postgresql:///name?host=/var/run/postgresql", "/var/run/postgresql"),
        ("postgresql://me@%2Fvar%2Frun%2Fpostgresql/name", "/var/run/postgresql"),
    ],
)
def test_a_socket_is_an_address(url: str, host: str) -> None:
    engine = create_engine_for(url)
    _, arguments = engine.dialect.create_connect_args(engine.url)
    assert (arguments["host"], arguments["dbname"]) == (host, "name")


@pytest.mark.parametrize("written", ["p%40ss:w%2Ford%25", "p@ss:w/ord%25", "p%40ss:w/ord%"])
def test_a_password_may_hold_any_sign(written: str) -> None:
    engine = create_engine_for(f"postgresql://me:{written}@db.example:6543/name")
    assert (engine.url.username, engine.url.password) == ("me", "p@ss:w/ord%")
    assert (engine.url.host, engine.url.port, engine.url.database) == ("db.example", 6543, "name")
    assert "ord" not in str(engine.url)


@contextmanager
def refusing(code: str, message: str) -> Iterator[str]:
    """A server that answers every start with one refusal, as poolers do; gives its address."""
    fields = f"SFATAL\0VFATAL\0C{code}\0M{message}\0\0".encode()
    answer = b"E" + struct.pack("!I", len(fields) + 4) + fields

    def talk() -> None:
        while True:
            try:
                client, _ = server.accept()
            except OSError:
                return
            with client:
                while head := client.recv(4):
                    size = struct.unpack("!I", head)[0]
                    client.recv(size - 4)
                    if size != 8:  # no question about encryption
                        client.sendall(answer)
                        break
                    client.sendall(b"N")

    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        threading.Thread(target=talk, daemon=True).start()
        yield f"postgresql://u:hush@127.0.0.1:{server.getsockname()[1]}/db"


HBA = 'no pg_hba.conf entry for host "10.0.0.1", user "u", database "db", '


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        ("08P01", "unsupported startup parameter in options: statement_timeout", "pooler that refuses the options"),
        ("08P01", "unsupported startup parameter: options", "ignore_startup_parameters"),
        ("28000", f"{HBA}no encryption", "sslmode=require"),
        ("28000", f"{HBA}SSL encryption", "pg_hba.conf"),
        ("53300", "sorry, too many clients already", "takes no more connections"),
        ("53300", 'too many connections for role "u"', "takes no more connections"),
        ("08P01", "no more connections allowed (max_client_conn)", "takes no more connections"),
        ("28P01", 'password authentication failed for user "u"', "refused the user name or password"),
    ],
)
def test_a_refusal_is_told_by_its_name(code: str, message: str, said: str) -> None:
    with refusing(code, message) as url:
        sentence = refusal(url)
    assert said in sentence
    assert "cannot be reached" not in sentence
    assert "hush" not in sentence


def test_what_keeps_an_encrypted_connection_from_standing_is_told(postgres_server: Server) -> None:
    assert "speaks no TLS" in refusal(address(postgres_server, sslmode="require"))
    assert "pg_service.conf" in refusal("postgresql:///db?service=nowhere")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ('root certificate file "/absent.crt" does not exist', "sslrootcert"),
        ("SSL error: certificate verify failed", "signed by the CA"),
        ('server certificate for "db.internal" does not match host name "10.0.0.1"', "for another host name"),
        ('could not read certificate file "/x.crt": No such file or directory', "sslcert"),
        ('private key file "/x.key" has group or world access', "sslkey"),
        ("SSL error: tlsv13 alert certificate required", "certificate"),
    ],
)
def test_what_is_wrong_with_a_certificate_is_told(words: str, said: str) -> None:
    sentence = str(
        describe(sa.exc.OperationalError(None, None, psycopg.OperationalError(f"connection failed: {words}")))
    )
    assert said in sentence
    assert "cannot be reached" not in sentence


def test_a_mistyped_file_is_not_made(tmp_path: Path) -> None:
    file = tmp_path / "folder" / "mistyped.db"
    with pytest.raises(DatabaseError, match="does not exist"):
        create_engine_for(f"sqlite:///{file}", create=False)
    assert list(tmp_path.iterdir()) == []
