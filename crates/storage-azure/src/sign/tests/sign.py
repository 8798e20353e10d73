"""Signs by Microsoft's own client for a test: a JSON array of cases comes in, one of answers goes out.

An answer is null where the client is too old for the case. A client signs for the newest version that it knows; for an
older one the lines that this version does not have are taken out before the client signs.
"""

import datetime
import inspect
import json
import sys

from azure.core.pipeline import PipelineContext, PipelineRequest
from azure.core.pipeline.transport import HttpRequest
from azure.storage.blob import (
    UserDelegationKey,
    _shared_access_signature as blob_signing,
    generate_account_sas,
    generate_blob_sas,
    generate_container_sas,
)
from azure.storage.blob._shared import authentication, shared_access_signature as shared_signing

SIGN = shared_signing.sign_string
HELPER = blob_signing._BlobSharedAccessHelper

# Each line that came with a version: the version, and the method of a client that writes it.
NEWER = {
    "saoid": ("2020-02-10", "add_info_for_hns_account"),
    "suoid": ("2020-02-10", "add_info_for_hns_account"),
    "scid": ("2020-02-10", "add_info_for_hns_account"),
    "ses": ("2020-12-06", "add_encryption_scope"),
    "skdutid": ("2025-07-05", "add_user_delegation_oid"),
    "sduoid": ("2025-07-05", "add_user_delegation_oid"),
    "srh": ("2026-04-06", "add_request_headers"),
    "srq": ("2026-04-06", "add_request_query_params"),
}
ANSWER = "rscc rscd rsce rscl rsct"
LINES = {
    "service": f"sp st se name si sip spr sv sr time ses {ANSWER}",
    "delegation": "sp st se name skoid sktid skt ske sks skv saoid suoid scid skdutid sduoid sip spr sv sr time ses"
    f" srh srq {ANSWER}",
    "account": "account sp ss srt st se sip spr sv ses end",
}


class TooOld(Exception):
    pass


def cut(kind, version, text):
    """Takes out the lines that the version does not have; tells whether there were any."""
    names = LINES[kind].split()
    written = [name for name in names if name not in NEWER or hasattr(HELPER, NEWER[name][1])]
    wanted = [name for name in names if name not in NEWER or NEWER[name][0] <= version]
    if not set(wanted) <= set(written):
        raise TooOld
    lines = text.split("\n")
    if len(lines) != len(written):
        raise AssertionError(f"{len(lines)} lines for {written}: {text!r}")
    kept = [line for name, line in zip(written, lines) if name in wanted]
    return "\n".join(kept), written == wanted


def shared_key(case):
    # Clients before 2024 sorted headers in another order, which the service refuses.
    if not hasattr(authentication, "table_lv0"):
        raise TooOld
    request = HttpRequest(case["method"], "http://host" + case["target"], headers=dict(case["headers"]))
    policy = authentication.SharedKeyCredentialPolicy(case["account"], case["key"])
    policy.on_request(PipelineRequest(request, PipelineContext(None)))
    return {"value": request.headers["Authorization"], "whole": True}


def sas(case):
    kind, version, whole = case["kind"], case["version"], []

    def sign(key, text, *more):
        text, same = cut(kind, version, text)
        whole.append(same)
        return SIGN(key, text, *more)

    shared_signing.sign_string = blob_signing.sign_string = sign
    blob_signing.X_MS_VERSION = version
    shared_signing.SharedAccessSignature.__init__.__defaults__ = (version,)
    fields = {name: value for name, value in case["fields"].items() if value is not None}
    for name in ("start", "expiry"):
        if name in fields:
            fields[name] = datetime.datetime.fromtimestamp(fields[name], datetime.timezone.utc)
    if kind == "delegation":
        key = UserDelegationKey()
        for name, value in case["key"].items():
            if value is not None and not hasattr(key, name):
                raise TooOld
            setattr(key, name, value)
        fields["user_delegation_key"] = key
    else:
        fields["account_key"] = case["key"]
    make = {"account": generate_account_sas, "c": generate_container_sas}.get(case["resource"], generate_blob_sas)
    known = inspect.signature(make).parameters
    if any(name in fields and name not in known for name in ("is_directory", "services")):
        raise TooOld
    return {"value": make(case["account"], **fields), "whole": all(whole)}


def answer(case):
    try:
        return shared_key(case) if case["kind"] == "shared_key" else sas(case)
    except TooOld:
        return None


json.dump([answer(case) for case in json.load(sys.stdin)], sys.stdout)
