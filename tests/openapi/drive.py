"""Starts a server with real credentials, fills it a little, lets schemathesis loose on it, says what came of it."""

import base64
import hashlib
import hmac
import json
import os
import platform
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
V2_SECRET = "a-secret-of-the-document-test"
ADMIN_TOKEN = "a-token-of-the-document-test"
LIVEKIT_KEY = "documentkey"
LIVEKIT_SECRET = "a-secret-that-is-longer-than-thirty-two-bytes"
# What a run may take, seconds, and how many examples of each operation it asks.
# Python 3.11 reads source wrongly in two threads at once, and the phase "coverage" has it do so.
RUNS = {"short": (60, 3, "examples,fuzzing", 2), "long": (1_500, 100, "examples,coverage,fuzzing", 1)}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def livekit_token():
    """An access token with every grant."""
    claims = {
        "iss": LIVEKIT_KEY,
        "sub": "tester",
        "exp": int(time.time()) + 7_200,
        "video": {
            "roomCreate": True, "roomList": True, "roomAdmin": True, "roomRecord": True, "ingressAdmin": True,
            "roomJoin": True, "room": "daily", "destinationRoom": "mixed",
        },
        "sip": {"admin": True, "call": True},
    }
    encode = lambda raw: base64.urlsafe_b64encode(raw).rstrip(b"=")
    signed = encode(b'{"alg":"HS256","typ":"JWT"}') + b"." + encode(json.dumps(claims).encode())
    signature = hmac.new(LIVEKIT_SECRET.encode(), signed, hashlib.sha256).digest()
    return (signed + b"." + encode(signature)).decode()


def call(url, method="GET", body=None, headers=None):
    request = urllib.request.Request(url, method=method, headers=headers or {})
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("Content-Type", "application/json")
    with urllib.request.urlopen(request, timeout=5) as answer:
        return answer.read()


def start(folder):
    """A server on ports of its own; its address with it."""
    port = free_port()
    program = os.environ.get("VIADUCT_BIN") or str(ROOT / "target/debug/viaduct")
    config = {
        "port": port, "tls_port": free_port(), "bind_addresses": ["127.0.0.1"], "data_dir": str(folder),
        "rtc": {"udp_port": 0, "tcp_port": 0}, "keys": {LIVEKIT_KEY: LIVEKIT_SECRET}, "logging": {"level": "warn"},
        "openvidu": {"secret": V2_SECRET}, "admin": {"token": ADMIN_TOKEN},
    }
    log = open(folder / "server.log", "wb")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("VIADUCT_")}
    server = subprocess.Popen(
        [program, "--config-body", json.dumps(config)], stdout=log, stderr=log, env=environment,
    )
    url = f"http://127.0.0.1:{port}"
    deadline = time.time() + 20
    while True:
        try:
            call(url + "/healthz")
            return server, url
        except (urllib.error.URLError, ConnectionError):
            if server.poll() is not None or time.time() > deadline:
                sys.exit("the server does not start:\n" + (folder / "server.log").read_text())
            time.sleep(0.1)


def fill(url, token):
    """A session with a connection that waits, and a room of LiveKit's API."""
    basic = base64.b64encode(f"OPENVIDUAPP:{V2_SECRET}".encode()).decode()
    headers = {"Authorization": "Basic " + basic}
    call(url + "/openvidu/api/sessions", "POST", {"customSessionId": "daily"}, headers)
    call(url + "/openvidu/api/sessions/daily/connection", "POST", {}, headers)
    bearer = {"Authorization": "Bearer " + token}
    call(url + "/twirp/livekit.RoomService/CreateRoom", "POST", {"name": "mixed"}, bearer)


def schemathesis(url, folder, examples, seconds, phases, workers):
    command = [
        str(HERE / "venv/bin/schemathesis"), "--config-file", str(HERE / "schemathesis.toml"), "run",
        url + "/openapi.json", "--max-examples", str(examples), "--no-color", "--seed", "1",
        "--report", "ndjson", "--report-ndjson-path", str(folder / "events.ndjson"), "--no-shrink",
        "--phases", phases, "--workers", str(workers),
    ]
    begun = time.time()
    environment = {**os.environ, "V2_SECRET": V2_SECRET, "ADMIN_TOKEN": ADMIN_TOKEN, "LIVEKIT_TOKEN": livekit_token()}
    output = folder / "output.txt"
    with open(output, "wb") as sink:
        # Only what hangs takes so long.
        run = subprocess.run(command, stdout=sink, stderr=sink, env=environment, timeout=seconds * 10, cwd=folder)
    return run.returncode, output.read_text(errors="replace"), time.time() - begun


def report(output, took, mode, examples):
    version = re.search(r"v?(4\.\d+\.\d+)", output)
    summary = output[output.find(" SUMMARY "):] if " SUMMARY " in output else output[-4_000:]
    lines = [line.rstrip().strip("=").rstrip() for line in summary.splitlines()]
    text = "\n".join(line for line in lines if "http://127.0.0.1" not in line and ".ndjson" not in line)
    path = ROOT / "docs/openapi-report.md"
    path.write_text(
        "# The OpenAPI document held against a server\n\n"
        "Written by `tests/openapi/run long`: schemathesis asks every operation of `/openapi.json`, with real credentials, "
        "what its schema allows and what it does not, and checks that no answer is a fault of the server (501 with a code and "
        "503 are planned), that each status, content type, header and body is what the document says, and that nothing opens "
        "without credentials.\n\n"
        f"Schemathesis {version[1] if version else ''}, {mode} run, up to {examples} drawn examples of each operation, {took:.0f} s, {platform.system()} "
        f"{platform.machine()}, a debug build.\n\n```text\n{text.strip()}\n```\n"
    )


def main():
    mode = sys.argv[1]
    seconds, examples, phases, workers = RUNS[mode]
    examples = int(os.environ.get("EXAMPLES", examples))
    with tempfile.TemporaryDirectory(prefix="viaduct-openapi-") as name:
        folder = Path(name)
        server, url = start(folder)
        try:
            fill(url, livekit_token())
            code, output, took = schemathesis(url, folder, examples, seconds, phases, workers)
            alive = server.poll() is None
            log = (folder / "server.log").read_text(errors="replace")
        finally:
            server.terminate()
            server.wait(20)
    panicked = "panicked" in log
    if code or not alive or panicked:
        print(output)
        print(log[-4_000:])
        sys.exit(f"openapi: the server does not keep to its document (alive: {alive}, panicked: {panicked})")
    if mode == "long":
        report(output, took, mode, examples)
    cases = re.search(r"Test cases:\n\s*(.+)", output) or re.search(r"(\d+ generated.*)", output)
    print(f"openapi: every operation keeps to the document; {cases[1] if cases else ''} in {took:.0f} s")


if __name__ == "__main__":
    main()
