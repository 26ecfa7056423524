"""`oidc-provider-mock` for one client whose secrets it checks: `python -m tests.support.strict_provider PORT`.

`PUT /secrets` with a JSON list of texts says which it takes from now on, several at a time as providers do while one is
being changed.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass

import flask
from oidc_provider_mock import app
from oidc_provider_mock._storage import Client, ClientAllowAny, Storage
from werkzeug.serving import run_simple


@dataclass(kw_only=True, frozen=True)
class ClientWithSecrets(Client):
    secrets: frozenset[str] = frozenset()

    def check_client_secret(self, client_secret: str) -> bool:
        return client_secret in self.secrets


def main() -> None:
    provider = app(require_client_registration=True)

    @provider.put("/secrets")
    def keep() -> tuple[str, int]:
        storage: Storage = flask.g.oidc_provider_mock_storage
        storage.store_client(
            ClientWithSecrets(
                id="dashboard",
                secret="",
                redirect_uris=ClientAllowAny(),
                allowed_scopes=Client.SCOPES_SUPPORTED,
                token_endpoint_auth_method=ClientAllowAny(),
                secrets=frozenset(flask.request.get_json()),
            )
        )
        return "", 204

    run_simple("localhost", int(sys.argv[1]), provider, threaded=True)


if __name__ == "__main__":
    main()
