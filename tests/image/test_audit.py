"""What is made of an advisory service's answer."""

from __future__ import annotations

from typing import Any

from image.audit import judged

CLEAN = {"name": "flask", "version": "3.1", "vulns": []}
FAULTY = {
    "name": "pillow",
    "version": "1.0",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"], "aliases": []}],
}
SILENT = {"name": "numpy", "skip_reason": "not found"}


def judge(*packages: dict[str, Any], **explained: str) -> tuple[str, int]:
    """The words and the exit code."""
    why = {name.replace("_", "-"): text for name, text in explained.items()}
    lines, code = judged({"dependencies": list(packages), "fixes": []}, why)
    return "\n".join(lines), code


def test_a_known_fault_fails_until_it_is_explained() -> None:
    """With where it is fixed; the explanation is printed each time."""
    said, code = judge(CLEAN, FAULTY)
    assert (code, "pillow 1.0: PYSEC-1: FOUND, fixed in 1.1" in said) == (1, True)
    said, code = judge(CLEAN, FAULTY, PYSEC_1="no image of a stranger's is read with it")
    assert (code, "explained: no image of a stranger's" in said) == (0, True)


def test_no_answer_is_said_and_is_no_fault() -> None:
    """And no clean bill; an explanation is not out of date by it."""
    said, code = judge(SILENT, PYSEC_1="because")
    assert (code, "0 of 1 packages audited" in said, "NOT AUDITED" in said) == (0, True, True)
    assert "numpy" in said


def test_an_explanation_of_nothing_fails() -> None:
    """The list holds what is so today."""
    said, code = judge(CLEAN, PYSEC_1="because")
    assert (code, "PYSEC-1 is explained and told no more" in said) == (1, True)
