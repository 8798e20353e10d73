"""Calls boto3 for a test: one JSON object comes in a line, one goes out in a line.

Bytes travel as {"bytes": BASE64}, times as seconds since 1970.
"""

import base64
import datetime
import io
import json
import os
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import ClientError

PART = 5 << 20


def client(settings):
    return boto3.client(
        "s3",
        endpoint_url=os.environ["ENDPOINT"],
        region_name="us-east-1",
        aws_access_key_id=os.environ["KEY"],
        aws_secret_access_key=os.environ["SECRET"],
        config=Config(
            signature_version=settings["signature"],
            s3={"addressing_style": "path"},
            # Servers older than the checksums of 2024 refuse what boto3 adds by itself.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            retries={"max_attempts": 1},
        ),
    )


def read(value):
    if isinstance(value, dict):
        if set(value) == {"bytes"}:
            return base64.b64decode(value["bytes"])
        return {name: read(it) for name, it in value.items()}
    return [read(it) for it in value] if isinstance(value, list) else value


def write(value):
    if hasattr(value, "read"):
        value = value.read()
    if isinstance(value, bytes):
        return {"bytes": base64.b64encode(value).decode()}
    if isinstance(value, datetime.datetime):
        return int(value.timestamp())
    if isinstance(value, dict):
        return {name: write(it) for name, it in value.items()}
    return [write(it) for it in value] if isinstance(value, list) else value


def run(verb, s3, request):
    name, parameters = request["name"], read(request["parameters"])
    if verb == "call":
        return getattr(s3, name)(**parameters)
    if verb == "presign":
        return s3.generate_presigned_url(name, parameters, request["expires"])
    if verb == "upload":
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=2)
        body = io.BytesIO(parameters.pop("Body"))
        return s3.upload_fileobj(
            body, parameters.pop("Bucket"), parameters.pop("Key"), ExtraArgs=parameters, Config=config
        )
    if verb == "download":
        body = io.BytesIO()
        config = TransferConfig(multipart_threshold=PART, multipart_chunksize=PART, max_concurrency=2)
        s3.download_fileobj(parameters["Bucket"], parameters["Key"], body, Config=config)
        return body.getvalue()
    raise ValueError(verb)


clients = {}
for line in sys.stdin:
    request = json.loads(line)
    key = request["signature"]
    clients[key] = clients.get(key) or client(request)
    try:
        answer = {"ok": write(run(request["verb"], clients[key], request))}
    except ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        answer = {"code": error.response["Error"].get("Code"), "status": status}
    except Exception as error:
        answer = {"code": type(error).__name__, "message": str(error), "status": 0}
    print(json.dumps(answer), flush=True)
