"""The blocks of code of the documents, and what can be known of one without running it."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import yaml

from functions.serve.cli.main import make_cli
from functions.serve.run.catalog import Catalog

ROOT = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md", "ARCHITECTURE.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md",
    *sorted(path.relative_to(ROOT).as_posix() for path in (ROOT / "docs").rglob("*.md")),
]  # fmt: skip
_FENCE = re.compile(r"^( *)```([\w-]*)([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_TITLE = re.compile(r'title="([^"]+)"')
_INSTRUCTION = re.compile(r"(FROM|USER|RUN|COPY|ENV|ARG|WORKDIR|ENTRYPOINT|CMD) |[ \t]")
_COMMAND = re.compile(r"(\$ )?(rushes|make|curl|docker|kubectl|faas-cli|pip|python) ")


@dataclass(frozen=True)
class Block:
    """One block between fences.

    section : the heading of second order above it
    title : name of the file that the block is, else ""
    """

    page: str
    section: str
    line: int
    language: str
    title: str
    text: str

    @property
    def name(self) -> str:
        """Where it stands, for people."""
        return f"{self.page}:{self.line}"

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """What a shell gets, and for each the lines that are shown after it."""
        return transcript(self.text) if self.language == "console" else [(self.text, [])]


def blocks_of(page: str) -> list[Block]:
    """All blocks of a page in their order."""
    text = (ROOT / page).read_text()
    found = []
    for match in _FENCE.finditer(text):
        above = text[: match.start()]
        heads = re.findall(r"^## (.+)$", above, re.MULTILINE)
        title = _TITLE.search(match[3])
        body = re.sub(rf"^{match[1]}", "", match[4], flags=re.MULTILINE)
        found.append(
            Block(
                page,
                heads[-1] if heads else "",
                above.count("\n") + 1,
                match[2],
                title[1] if title else "",
                body,
            )
        )
    return found


def outside_fences(text: str) -> str:
    """A page without its blocks."""
    return _FENCE.sub("", text)


def transcript(text: str) -> list[tuple[str, list[str]]]:
    """Commands after `$ ` with the lines that follow each; a command goes on while a backslash or
    an open quote ends its line."""
    found: list[tuple[str, list[str]]] = []
    going_on = False
    for line in text.splitlines():
        if going_on:
            found[-1] = (f"{found[-1][0]}\n{line}", [])
        elif line.startswith("$ "):
            found.append((line[2:], []))
        elif found:
            found[-1][1].append(line)
            continue
        else:
            raise AssertionError(f"output without a command: {line}")
        going_on = _open(found[-1][0])
    return found


def _open(command: str) -> bool:
    try:
        shlex.split(command, comments=True)
    except ValueError:
        return True
    return command.endswith("\\")


def alike(shown: list[str], printed: str) -> bool:
    """Whether output is what a page shows: seconds, rates, sizes, digests and ids apart; a line of
    dots is any lines, dots at a line's end are its rest."""
    lines = [_steady(line) for line in printed.splitlines()]
    pattern = ""
    for line in shown:
        if line.strip() == "...":
            pattern += r"(?:[^\n]*\n)*"
        elif line.endswith("..."):
            pattern += re.escape(_steady(line[:-3])) + r"[^\n]*\n"
        else:
            pattern += re.escape(_steady(line)) + r"\n"
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in lines)) is not None


def _steady(line: str) -> str:
    line = re.sub(r"\d+(\.\d+)? (s\b|[kMG]B\b|frames a second)", r"# \2", line)
    line = re.sub(r"\b[0-9a-f]{16}(?:[0-9a-f]{16})?\b", "#", line)
    return re.sub(r"\b\d{4}-\d\d-\d\dT[\d:.]+Z", "#", line).rstrip()


def told_wrong(block: Block) -> str:
    """What is wrong with a block that is not run: its syntax, its commands of ours, its targets
    of make, the files that it applies."""
    if block.language in ("sh", "console"):
        script = "\n".join(command for command, _ in block.commands)
        done = subprocess.run(["bash", "-n", "-c", script], capture_output=True, text=True)
        return done.stderr or "".join(wrong_words(words) for words in commands_in(script))
    if block.language == "dockerfile":
        lines = block.text.splitlines()
        return "".join(line for line in lines if not _INSTRUCTION.match(line))
    if block.language == "text":
        lines = block.text.splitlines()
        return "".join(line for line in lines if _COMMAND.match(line))
    return f"a block of {block.language or 'no language'} is run, or not written"


def parsed(block: Block) -> None:
    """Raise for JSON, YAML or TOML that is none."""
    {
        "json": json.loads,
        "yaml": lambda text: list(yaml.safe_load_all(text)),
        "toml": tomllib.loads,
    }[block.language](block.text)


def commands_in(script: str) -> Iterator[list[str]]:
    """Simple commands of a script, word by word; what substitutes them is left out."""
    for line in script.replace("\\\n", " ").splitlines():
        for piece in re.split(r"&&|\|\|?|;|\$\(|\)", line):
            try:
                words = shlex.split(piece, comments=True)
            except ValueError:  # of a quote that a split went through
                continue
            while words and re.match(r"\w+=", words[0]):
                words.pop(0)
            if words:
                yield words


def wrong_words(words: list[str]) -> str:
    """A sentence where a command of ours, a target of make or a file of kubectl is not there."""
    if words[0] == "rushes":
        return wrong_usage(words[1:])
    if words[0] == "make":
        known = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
        gone = [w for w in words[1:] if "=" not in w and w not in known]
        return f"make has no {', '.join(gone)}; " if gone else ""
    if words[0] == "kubectl":
        named = [after for flag, after in pairwise(words) if flag in ("-f", "-k")]
        gone = [name for name in named if "/" in name and not (ROOT / name).exists()]
        return f"not there: {', '.join(gone)}; " if gone else ""
    return ""


def wrong_usage(words: list[str]) -> str:
    """What `rushes` says of these words before it does anything; "" where it takes them."""
    group = make_cli(Catalog())
    try:
        with group.make_context("rushes", list(words)) as top:
            name, command, rest = group.resolve_command(top, [*top._protected_args, *top.args])
            if command is not None:
                command.make_context(name, rest, parent=top)
    except click.exceptions.Exit:
        return ""
    except click.UsageError as error:
        return f"rushes {' '.join(words)}: {error.format_message()}; "
    return ""
