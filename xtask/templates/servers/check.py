"""Does the first things that every S3 server must do, with boto3, on each server that the environment names."""

import os
import sys
import time
import uuid

import boto3
from botocore.client import Config
from botocore.exceptions import ClientError

PREFIX = "STORAGE_TEST_"


def client(url, key, secret, signature, region, authority):
    config = Config(signature_version=signature, s3={"addressing_style": "path"}, retries={"max_attempts": 1},
                    request_checksum_calculation="when_required", response_checksum_validation="when_required")
    return boto3.client("s3", endpoint_url=url, aws_access_key_id=key, aws_secret_access_key=secret,
                        region_name=region, config=config, verify=authority)


def check(name, url, signatures, read):
    key, secret, region = read("_KEY"), read("_SECRET"), read("_REGION")
    authority = os.environ.get(PREFIX + "TLS_AUTHORITY") if url.startswith("https") else None
    v4 = client(url, key, secret, "s3v4", region, authority)
    bucket, data = "check-" + uuid.uuid4().hex, os.urandom(100_000)
    v4.create_bucket(Bucket=bucket)
    try:
        for signature in signatures:
            # boto3 signs another path than it sends when a request of the old signature is about a bucket.
            s3 = v4 if signature == "v4" else client(url, key, secret, "s3", region, authority)
            s3.put_object(Bucket=bucket, Key=signature + "/a b+c", Body=data)
            assert s3.get_object(Bucket=bucket, Key=signature + "/a b+c")["Body"].read() == data
            assert [it["Key"] for it in v4.list_objects_v2(Bucket=bucket)["Contents"]] == [signature + "/a b+c"]
            if name != "MOTO":
                wrong = client(url, key, secret + "x", "s3v4" if signature == "v4" else "s3", region, authority)
                refuses(lambda: wrong.get_object(Bucket=bucket, Key=signature + "/a b+c"))
            s3.delete_object(Bucket=bucket, Key=signature + "/a b+c")
    finally:
        v4.delete_bucket(Bucket=bucket)


def refuses(call):
    try:
        call()
    except ClientError:
        return
    raise AssertionError("a wrong secret was taken")


def main():
    names = [it[len(PREFIX):-len("_SIGNATURES")] for it in os.environ if it.startswith(PREFIX) and it.endswith("_SIGNATURES")]
    if not names:
        sys.exit("no S3 server runs")
    for name in names:
        read = lambda suffix: os.environ[PREFIX + name + suffix]  # noqa: E731
        for suffix in ("", "_TLS"):
            url = os.environ.get(PREFIX + name + suffix)
            if url:
                start = time.monotonic()
                check(name, url, read("_SIGNATURES").split(","), read)
                print(f"{name} {url}: {read('_SIGNATURES')} {time.monotonic() - start:.2f} s")


main()
