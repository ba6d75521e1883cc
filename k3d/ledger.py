"""`python -m k3d.ledger --context CONTEXT -- COMMAND`: what pods did while a command ran.

Watches the pods of one function from none to many to none, and prints when each step came:
created, scheduled, image pulled, container running, kernels loaded, ready, first unit done, gone.
Times are of this machine's clock at the moment that a change was seen.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

STEPS = ("created", "scheduled", "running", "loaded", "ready", "first unit", "gone")
_SELECT = "serving.knative.dev/service=rushes-debayer"
# A duration as Go writes it: 850ms, 3.2s, 1m2.5s, 1h0m3s.
_PULLED = re.compile(r"Successfully pulled image .* in (?:(\d+)h)?(?:(\d+)m)?([0-9.]+)(ms|s)\b")
_LAST_SECONDS = 300


@dataclass
class Pods:
    """Seconds from the command's start to each step, by pod."""

    seen: dict[str, dict[str, float]] = field(default_factory=dict)

    def step(self, pod: str, name: str, at: float) -> None:
        """The first time counts."""
        self.seen.setdefault(pod, {}).setdefault(name, at)

    def event(self, event: Mapping[str, Any], at: float) -> None:
        """One event of `kubectl get pods --watch --output-watch-events -o json`."""
        pod, status = event["object"]["metadata"]["name"], event["object"].get("status", {})
        self.step(pod, "created", at)
        true = {c["type"] for c in status.get("conditions", ()) if c["status"] == "True"}
        if "PodScheduled" in true:
            self.step(pod, "scheduled", at)
        for container in status.get("containerStatuses", ()):
            if container["name"] == "rushes" and "running" in container.get("state", {}):
                self.step(pod, "running", at)
        if "Ready" in true:
            self.step(pod, "ready", at)
        if event["type"] == "DELETED":
            self.step(pod, "gone", at)

    def line(self, pod: str, text: str, at: float) -> None:
        """One line of a pod's log."""
        try:
            said = json.loads(text)
        except json.JSONDecodeError:
            return
        if isinstance(said, dict) and said.get("event") == "ready":
            self.step(pod, "loaded", at)
        elif isinstance(said, dict) and said.get("event") == "unit":
            self.step(pod, "first unit", at)

    def most(self) -> int:
        """The most pods that were there at once."""
        changes = [(steps["created"], 1) for steps in self.seen.values() if "created" in steps]
        changes += [(steps["gone"], -1) for steps in self.seen.values() if "gone" in steps]
        now = most = 0
        for _, change in sorted(changes):
            now += change
            most = max(most, now)
        return most

    def over(self) -> bool:
        """Whether there were pods and all are gone."""
        return bool(self.seen) and all("gone" in steps for steps in self.seen.values())

    def table(self, ended: float, pulls: Iterable[float]) -> Iterator[str]:
        """Lines of the ledger; ended: when the command did."""
        yield f"{'pod':>5}" + "".join(f"{name:>12}" for name in STEPS)
        for number, steps in enumerate(self.seen.values(), 1):
            cells = [f"{steps[n]:.2f} s" if n in steps else "-" for n in STEPS]
            yield f"{number:>5}" + "".join(f"{cell:>12}" for cell in cells)
        yield f"pods: 0 to {self.most()} to {0 if self.over() else 'still some'}"
        yield f"pulls: {', '.join(f'{s:.2f} s' for s in pulls) or 'none, the node had the image'}"
        yield f"command ended at {ended:.2f} s"
        gone = [steps["gone"] for steps in self.seen.values() if "gone" in steps]
        if gone:
            yield f"idle to zero: {max(gone) - ended:.2f} s"


def pulled(events: Mapping[str, Any]) -> list[float]:
    """Seconds of each pull that the node reports (`kubectl get events -o json`)."""
    found = (_PULLED.search(item.get("message", "")) for item in events["items"])
    return [
        3600 * int(m[1] or 0) + 60 * int(m[2] or 0) + float(m[3]) / (1000 if m[4] == "ms" else 1)
        for m in found
        if m
    ]


def documents(stream: Iterable[str]) -> Iterator[dict[str, Any]]:
    """JSON objects of a stream that has one after another, over as many lines as they like."""
    decoder, text = json.JSONDecoder(), ""
    for line in stream:
        text += line
        while text := text.lstrip():
            try:
                found, end = decoder.raw_decode(text)
            except json.JSONDecodeError:
                break
            text = text[end:]
            yield found


def watch(context: str, command: list[str]) -> int:
    """Run the command and print the ledger; the command's exit code."""
    kubectl = ["kubectl", "--context", context, "--namespace", "rushes"]
    flags = ["--selector", _SELECT, "--output", "json"]
    pods, began, lock = Pods(), time.monotonic(), threading.Lock()
    watcher = subprocess.Popen(
        [*kubectl, "get", "pods", *flags, "--watch", "--output-watch-events"],
        stdout=subprocess.PIPE,
        text=True,
    )
    followers: list[subprocess.Popen[str]] = []

    def follow(pod: str) -> None:
        words = ["logs", "--follow", "--container", "rushes", pod]
        process = subprocess.Popen([*kubectl, *words], stdout=subprocess.PIPE, text=True)
        followers.append(process)
        for text in process.stdout or ():
            with lock:
                pods.line(pod, text, time.monotonic() - began)

    def look() -> None:
        for event in documents(watcher.stdout or ()):
            name, fresh = event["object"]["metadata"]["name"], False
            with lock:
                before = "running" in pods.seen.get(name, {})
                pods.event(event, time.monotonic() - began)
                fresh = "running" in pods.seen[name] and not before
            if fresh:
                threading.Thread(target=follow, args=(name,), daemon=True).start()

    threading.Thread(target=look, daemon=True).start()
    try:
        code = subprocess.run(command, check=False).returncode
        ended = time.monotonic() - began
        while time.monotonic() - began < ended + _LAST_SECONDS:
            with lock:
                if pods.over():
                    break
            time.sleep(0.5)
        told = subprocess.run(
            [*kubectl, "get", "events", "--output", "json"], capture_output=True, check=True
        )
    finally:
        for process in (watcher, *followers):
            process.terminate()
    print("\nledger, from the command's start:")
    for line in pods.table(ended, pulled(json.loads(told.stdout))):
        print(line)
    return code


def main() -> int:
    """The command."""
    parser = argparse.ArgumentParser(prog="python -m k3d.ledger", description=__doc__)
    parser.add_argument("--context", required=True, help="of kubectl")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    return watch(options.context, options.command)


if __name__ == "__main__":
    sys.exit(main())
