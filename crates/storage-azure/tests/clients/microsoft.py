"""Calls azure-storage-blob for a test: one JSON object comes in a line, one goes out in a line.

Bytes travel as {"bytes": BASE64}, times as seconds since 1970. `on` names a container, a blob in it and a snapshot of
that, as far as the call is about one; with a `query` it has nothing but that, with a `url` nothing at all.
"""

import base64
import collections.abc
import datetime
import enum
import http.client
import json
import os
import socket
import ssl
import sys
import time
import urllib.parse
import urllib.request

from azure.core import MatchConditions
from azure.core.credentials import AccessToken, AzureNamedKeyCredential
from azure.core.exceptions import HttpResponseError
from azure.core.paging import ItemPaged
from azure.storage import blob as azure

# What the library under test speaks, too.
VERSION = "2025-11-05"
PART = 1 << 20
resolve = socket.getaddrinfo


def loopback(host, *rest, **named):
    """Names below `localhost` are this machine, whether the system knows it or not."""
    return resolve("127.0.0.1" if str(host).endswith(".localhost") else host, *rest, **named)


class Token:
    """Asks for a token as a registered application does."""

    def get_token(self, *scopes, **_):
        form = json.loads(os.environ["TOKEN_FORM"]) | {"scope": scopes[0], "grant_type": "client_credentials"}
        with urllib.request.urlopen(os.environ["TOKEN_URL"], urllib.parse.urlencode(form).encode()) as answer:
            token = json.load(answer)
        return AccessToken(token["access_token"], int(time.time()) + token["expires_in"])


def options():
    return {
        "api_version": VERSION,
        "connection_verify": os.environ.get("AUTHORITY", True),
        "retry_total": 0,
        "max_single_put_size": PART,
        "max_block_size": PART,
        "max_single_get_size": PART,
        "max_chunk_get_size": PART,
    }


def service():
    credential = Token() if "TOKEN_URL" in os.environ else AzureNamedKeyCredential(os.environ["ACCOUNT"], os.environ["KEY"])
    return azure.BlobServiceClient(os.environ["ENDPOINT"], credential, **options())


def client(on):
    if "url" in on:
        return azure.BlobClient.from_blob_url(on["url"], **options())
    if "query" in on:
        return azure.BlobClient(os.environ["ENDPOINT"], on["container"], on["blob"], credential=on["query"], **options())
    if "blob" in on:
        return SERVICE.get_blob_client(on["container"], on["blob"], on.get("snapshot"))
    return SERVICE.get_container_client(on["container"]) if "container" in on else SERVICE


def read(value):
    if isinstance(value, dict):
        if set(value) == {"bytes"}:
            return base64.b64decode(value["bytes"])
        value = {name: read(it) for name, it in value.items()}
        if "content_settings" in value:
            value["content_settings"] = azure.ContentSettings(**value["content_settings"])
        if "block_list" in value:
            value["block_list"] = [azure.BlobBlock(it) for it in value["block_list"]]
        if "match_condition" in value:
            value["match_condition"] = MatchConditions[value["match_condition"]]
        return value
    return [read(it) for it in value] if isinstance(value, list) else value


def write(value):
    if isinstance(value, azure.StorageStreamDownloader):
        return {"content": write(value.readall()), "properties": write(value.properties)}
    if isinstance(value, azure.BlobLeaseClient):
        return value.id
    if isinstance(value, azure.ContainerClient):
        return value.container_name
    if isinstance(value, azure.BlobClient):
        return value.blob_name
    if isinstance(value, (bytes, bytearray)):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return int(value.timestamp())
    if isinstance(value, enum.Enum):
        return value.value
    if isinstance(value, ItemPaged):
        return [{"name": it.name} if isinstance(it, azure.BlobPrefix) else write(it) for it in value]
    # Most of what comes back looks like a dictionary without being one.
    if isinstance(value, collections.abc.Mapping) or hasattr(value, "items"):
        return {name: write(it) for name, it in value.items()}
    if isinstance(value, (list, tuple)):
        return [write(it) for it in value]
    return {name: write(it) for name, it in vars(value).items()} if hasattr(value, "__dict__") else value


def sign(request):
    """Returns the query that lets everybody do what it allows for a minute."""
    kind, on, more = request["kind"], request["on"], read(request["parameters"])
    now = datetime.datetime.now(datetime.timezone.utc)
    more["expiry"] = now + datetime.timedelta(minutes=1)
    account, key = os.environ["ACCOUNT"], os.environ.get("KEY")
    if kind == "account":
        more["resource_types"] = azure.ResourceTypes.from_string(more["resource_types"])
        return azure.generate_account_sas(account, key, permission=more.pop("permission"), **more)
    if kind == "delegation":
        start = now - datetime.timedelta(minutes=5)
        proof = {"user_delegation_key": SERVICE.get_user_delegation_key(start, more["expiry"])}
    else:
        proof = {"account_key": key}
    if "blob" in on:
        return azure.generate_blob_sas(account, on["container"], on["blob"], on.get("snapshot"), **proof, **more)
    return azure.generate_container_sas(account, on["container"], **proof, **more)


def fetch(request):
    """Sends a request as it is, as somebody does who has nothing but an address."""
    scheme, rest = request["url"].split("://", 1)
    host, target = rest.split("/", 1)
    if scheme == "https":
        context = ssl.create_default_context(cafile=os.environ["AUTHORITY"])
        connection = http.client.HTTPSConnection(host, timeout=60, context=context)
    else:
        connection = http.client.HTTPConnection(host, timeout=60)
    connection.request(request["method"], "/" + target, read(request["content"]), dict(request["headers"]))
    answer = connection.getresponse()
    headers = {name.lower(): value for name, value in answer.getheaders()}
    return {"status": answer.status, "headers": headers, "content": write(answer.read())}


def run(request):
    if request["verb"] == "sign":
        return sign(request)
    if request["verb"] == "fetch":
        return fetch(request)
    name, on, parameters = request["name"], client(request["on"]), read(request["parameters"])
    if request["verb"] == "lease":
        return getattr(azure.BlobLeaseClient(on, parameters.pop("id")), name)(**parameters)
    return getattr(on, name)(**parameters)


socket.getaddrinfo = loopback
SERVICE = service()
for line in sys.stdin:
    try:
        answer = {"ok": write(run(json.loads(line)))}
    except HttpResponseError as error:
        code = getattr(error, "error_code", None)
        answer = {"code": getattr(code, "value", code) or "", "status": error.status_code or 0}
    except Exception as error:
        answer = {"code": type(error).__name__, "message": str(error), "status": 0}
    print(json.dumps(answer), flush=True)
