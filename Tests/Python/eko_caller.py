# Calls an Eko API over TLS as the specification says, or wrong in one place; steps come as JSON on standard input.
"""Each step is an object; the answers are printed as one JSON array. See `call` for what a step may hold."""

import base64
import concurrent.futures
import fcntl
import hashlib
import hmac
import http.client
import json
import os
import ssl
import sys
import time
import urllib.parse

import pid_maker

COMMON = {"initiator_id": "9962981729", "user_code": "20810200", "client_ref_id": "REQ-20260101-001"}


def timestamp(folder, offset):
    """Never the same millisecond twice, as the API demands, in all processes that share a registry."""
    with open(f"{folder}/last-millisecond", "a+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        last = max(int(file.read() or 0) + 1, int(time.time() * 1000))
        file.truncate(0)
        file.write(str(last))
    return str(last + int(offset * 1000))


def signature(access_key, stamp, mistake):
    key = base64.b64encode(access_key.encode())
    message = stamp.encode()
    if mistake == "raw-key":
        key = access_key.encode()
    if mistake == "swapped":
        key, message = message, key
    if mistake == "newline":
        key = base64.b64encode(access_key.encode() + b"\n")
    digest = hmac.new(key, message, hashlib.sha256)
    if mistake == "hex":
        return base64.b64encode(digest.hexdigest().encode()).decode()
    return base64.b64encode(digest.digest()).decode()


def body_of(step, settings, results):
    if "raw" in step:
        return step["raw"].encode()
    body = dict(COMMON)
    if step["call"] == "ekyc":
        body["aadhar"] = "999941057058"
        if "pid_of" in step:
            body["piddata"] = results[step["pid_of"]]["piddata"]
        else:
            at = time.time() + settings.get("clock", 0)
            body["piddata"] = pid_maker.make_pid_data(settings["registry"], step.get("broken"), at, step.get("age", 0))
    if step["call"] == "verify":
        refs = results[step["refs_of"]]["body"]["data"]
        body.update(otp_ref_id=refs["otp_ref_id"], kyc_request_id=refs["kyc_request_id"])
        with open(settings["otp_file"]) as file:
            otp = file.read().strip()
        body["otp"] = f"{(int(otp) + 1) % 1000000:06d}" if step.get("wrong_otp") else otp
    body.update(step.get("change", {}))
    for name in step.get("without", []):
        del body[name]
    return json.dumps(body).encode()


def call(step, settings, results=()):
    """Sends one request. A step has `call` (ekyc or verify) and may change method, path, body, headers or signature."""
    url = urllib.parse.urlsplit(settings["url"])
    body = body_of(step, settings, results)
    sent = {} if "raw" in step else json.loads(body)
    stamp = step.get("stamp") or timestamp(settings["registry"], settings.get("clock", 0) + step.get("skew", 0))
    if "stamp_of" in step:
        stamp = results[step["stamp_of"]]["stamp"]
    headers = {
        "developer_key": settings["developer_key"],
        "secret-key-timestamp": stamp,
        "secret-key": signature(settings["access_key"], stamp, step.get("mistake")),
        "Content-Type": "application/json",
    }
    headers.update(step.get("headers", {}))
    for name in step.get("without_headers", []):
        del headers[name]
    customer = step.get("customer", "9123456789")
    path = url.path + f"/customer/payment/dmt-fino/sender/{customer}/otp" + ("/verify" if step["call"] == "verify" else "")
    context = ssl.create_default_context(cafile=settings["ca"])
    connection = http.client.HTTPSConnection(url.hostname, url.port, context=context, timeout=20)
    try:
        connection.request(step.get("method", "PUT"), step.get("path", path), body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        kind = answer.getheader("Content-Type", "")
    except (OSError, http.client.HTTPException) as error:
        return {"failed": type(error).__name__}
    finally:
        connection.close()
    decoded = json.loads(text) if kind.startswith("application/json") else None
    return {
        "http": answer.status, "body": decoded, "text": text, "stamp": stamp, "piddata": sent.get("piddata", ""),
    }


def main():
    job = json.load(sys.stdin)
    results = []
    for step in job["steps"]:
        if "parallel" in step:
            # Each call waits for all the others before it is sent.
            with concurrent.futures.ThreadPoolExecutor(step["parallel"]) as pool:
                steps = [{**step, "customer": str(9000000000 + n)} for n in range(step["parallel"])]
                answers = list(pool.map(lambda one: call(one, job), steps))
            results.append({"http": 0, "answers": answers})
        else:
            results.append(call(step, job, results))
    for result in results:
        result.pop("piddata", None)
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    if sys.argv[1:2] == ["registry"]:
        os.makedirs(sys.argv[2], exist_ok=True)
        pid_maker.make_registry(sys.argv[2])
    else:
        main()
