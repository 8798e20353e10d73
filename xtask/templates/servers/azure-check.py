"""Does the first things that every Azure server must do, with azure-storage-blob, on each way to it that the environment names."""

import json
import os
import socket
import time
import urllib.parse
import urllib.request
import uuid

from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

# The version that our own client speaks.
VERSION = "2025-11-05"
WAYS = ("", "_HOSTS", "_MEMORY", "_TLS", "_TLS_HOSTS")
resolve = socket.getaddrinfo


def loopback(host, *rest, **named):
    """Names below `localhost` are this machine, whether the system knows it or not."""
    return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)


class Token:
    """Asks for a token as a registered application does."""

    def get_token(self, *scopes, **_):
        read = lambda name: os.environ["STORAGE_TEST_OAUTH_" + name]  # noqa: E731
        form = {"grant_type": "client_credentials", "client_id": read("CLIENT"), "client_secret": read("SECRET"),
                "scope": scopes[0]}
        with urllib.request.urlopen(read("TOKEN"), urllib.parse.urlencode(form).encode()) as answer:
            token = json.load(answer)
        return AccessToken(token["access_token"], int(time.time()) + token["expires_in"])


def open_service(url, credential):
    authority = os.environ["STORAGE_TEST_AZURITE_AUTHORITY"] if url.startswith("https") else True
    return BlobServiceClient(url, credential, api_version=VERSION, connection_verify=authority, retry_total=0)


def check(url, credential, wrong):
    container = open_service(url, credential).create_container("check-" + uuid.uuid4().hex)
    data, name = os.urandom(100_000), "folder/a b+c"
    try:
        container.upload_blob(name, data)
        assert container.download_blob(name).readall() == data
        assert [it.name for it in container.list_blobs()] == [name]
        refuses(lambda: open_service(url, wrong).get_blob_client(container.container_name, name).get_blob_properties())
        container.delete_blob(name)
    finally:
        container.delete_container()


def refuses(call):
    try:
        call()
    except HttpResponseError as error:
        # Where tokens are taken, too, a wrong signature is called a malformed token.
        assert error.error_code in ("AuthenticationFailed", "AuthorizationFailure", "InvalidAuthenticationInfo"), error
        return
    raise AssertionError("a wrong key was taken")


def main():
    socket.getaddrinfo = loopback
    read = lambda suffix: os.environ.get("STORAGE_TEST_AZURITE" + suffix)  # noqa: E731
    account, key = read("_ACCOUNT"), read("_KEY")
    keys = AzureNamedKeyCredential(account, key), AzureNamedKeyCredential(account, "A" + key[1:])
    for suffix in WAYS:
        ways = [("key", *keys)]
        if suffix == "_TLS" and os.environ.get("STORAGE_TEST_OAUTH_TOKEN"):
            ways.append(("token", Token(), keys[1]))
        for way, credential, wrong in ways:
            start = time.monotonic()
            check(read(suffix), credential, wrong)
            print(f"AZURITE {read(suffix)}: {way} {time.monotonic() - start:.2f} s")


main()
