"""One lint: findings as a report, and as files where there is an output."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from functions.contract.errors import DamagedSource
from functions.contract.operation import Result, Work
from functions.contract.store import Stat
from functions.lint.request import LintRequest, output_name
from functions.lint.tree import Delivery, every_file, read_tree

_SAID = 3


class LintUnit:
    """The checks of one delivery."""

    def __init__(self, request: LintRequest, work: Work) -> None:
        self.request, self.work = request, work

    @cached_property
    def _delivery(self) -> Delivery:
        return read_tree(self.work.store, self.request.input)

    def sources(self) -> tuple[Stat, ...]:
        """Every file below the folder, histories too."""
        return tuple(every_file(self.work.store, self.request.input))

    def run(self) -> Result:
        """Findings as a report, and as `<name>.lint.json` and `.lint.txt` where there is an
        output.

        Raises DamagedSource only where `fail` says so; the reports are written before.
        """
        from functions.lint.checks import lint
        from functions.lint.findings import as_text, verdict

        request, work = self.request, self.work
        findings, sequences = lint(request, self._delivery, work)
        name = output_name(request.input)
        report: dict[str, Any] = {
            "name": name,
            "verdict": verdict(findings),
            "counts": {
                severity: sum(f.severity == severity for f in findings)
                for severity in ("error", "warning", "info")
            },
            "sequences": sequences,
            "findings": [msgspec.to_builtins(each) for each in findings],
        }
        if request.output is not None:
            content = msgspec.json.format(msgspec.json.encode(report), indent=1) + b"\n"
            work.commit(f"{name}.lint.json", content)
            work.commit(f"{name}.lint.txt", as_text(name, findings, sequences).encode())
        bad = [f for f in findings if f.severity in {"error", request.fail}]
        if request.fail != "never" and bad:
            said = "; ".join(f"{f.path or name}: {f.detail}" for f in bad[:_SAID])
            more = f" and {len(bad) - _SAID} more" if len(bad) > _SAID else ""
            raise DamagedSource(
                f"{name} has {len(bad)} findings: {said}{more}", uri=request.input, report=report
            )
        return Result(report=report)

    def explain(self) -> dict[str, Any]:
        """The sequences and files that would be checked, from listings only."""
        delivery = self._delivery
        return {
            "sequences": {each.path: len(each.files) for each in delivery.sequences},
            "others": sorted(delivery.others),
            "sealed": delivery.sealed,
            "bytes": sum(stat.bytes for stat in delivery.paths.values()),
            "pixels": self.request.pixels,
        }

    def close(self) -> None:
        """Nothing stays open."""
