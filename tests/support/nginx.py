"""A real nginx with the configuration of `deploy/`, on ports and at a path of a test's choosing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

SITE = Path(__file__).parents[2] / "deploy" / "nginx.conf"
LOGS = "/var/log/nginx"
MISSING = "nginx is needed and was not found (on Debian and Ubuntu: sudo apt-get install nginx-light)."


def executable() -> str | None:
    """Find nginx, which lies where only administrators look on some systems."""
    return shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")


def site(port: int, copies: Sequence[int], *, path: str = "/") -> str:
    """Give the committed configuration with other ports, and with the pages below `path` (`/` or `/.../`)."""
    text = SITE.read_text()
    text = re.sub(r"listen 127\.0\.0\.1:\d+;", f"listen 127.0.0.1:{port};", text)
    server = re.search(r"( *server 127\.0\.0\.1:)\d+( .*\n)", text)
    assert server is not None
    text = re.sub(r"( *server 127\.0\.0\.1:\d+ .*\n)+", "".join(server.expand(rf"\g<1>{n}\2") for n in copies), text)
    base = path.rstrip("/")
    text = text.replace("location / {", f"location {path} {{").replace("= /metrics", f"= {base}/metrics")
    return text.replace("Path=/;", f"Path={base or '/'};")


@contextmanager
def running(program: str, folder: Path, text: str) -> Iterator[None]:
    """Run nginx with a site until the block ends; it logs to `access.log` in the folder."""
    paths = "".join(
        f"{name}_temp_path {folder}/{name};\n" for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    user = "user root;\n" if os.geteuid() == 0 else ""
    whole = f"{user}daemon off;\npid {folder}/pid;\nevents {{ worker_connections 4096; }}\nhttp {{\naccess_log off;\n"
    config = folder / "nginx.conf"
    config.write_text(f"{whole}{paths}{text.replace(LOGS, str(folder))}}}\n")
    process = subprocess.Popen([program, "-e", str(folder / "log"), "-c", str(config)], cwd=folder)
    try:
        yield
    finally:
        process.terminate()
        process.wait(15)
