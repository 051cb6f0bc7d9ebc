"""The page docs/errors.md, made from the closed list: ``python -m ocr_pipeline.error_page > docs/errors.md``."""

import sys

from ocr_pipeline.errors import Category, ErrorCode, Problem, describe

_HEAD = """# What can go wrong

The closed list of `ocr_pipeline/errors.py`: the API answers with these codes, the ledger keeps them as the reasons of
rejected documents, Dagster shows them at failed runs and the command line prints them. This page is made from it by
`python -m ocr_pipeline.error_page > docs/errors.md`.

Over HTTP every failure is a problem document (RFC 9457, `application/problem+json`): `code`, `category` and `retryable`
are for programs, `detail` (what happened) and `advice` (what to do) for people. *Retry* says whether the same request
may succeed later; with 429 and 503 the header `Retry-After` says when. {Words in braces} are filled in.
"""

_SECTIONS = {
    Category.DOCUMENT: """## The file

What is wrong with a document itself. A single file is answered with the status; within a batch, its document is
`rejected` with the code.""",
    Category.REQUEST: """## The request

How it was asked for.""",
    Category.ACCESS: """## Access

Who asks.""",
    Category.LIMIT: """## Limits

Too much, or too often. Those of a single file reject it within a batch too.""",
    Category.SERVICE: """## The service

A part of the installation is away for now.""",
    Category.INSTALLATION: """## The installation

Settings, disks and models: for whoever runs it. Most of these are seen on the command line alone.""",
}
_COLUMNS = "| code | status | retry | what happened | what to do |\n|---|---|---|---|---|"


def error_page() -> str:
    """Every code once, by category, in the order of the list."""
    return "\n".join([_HEAD, *(_section(category) for category in Category)])


def _section(category: Category) -> str:
    rows = [_row(code, describe(code)) for code in ErrorCode if describe(code).category == category]
    return "\n".join([_SECTIONS[category], f"Category `{category}`.\n", _COLUMNS, *rows, ""])


def _row(code: ErrorCode, problem: Problem) -> str:
    retry = "yes" if problem.retryable else "no"
    return f"| `{code}` | {problem.status} | {retry} | {problem.message} | {problem.advice} |"


if __name__ == "__main__":
    sys.stdout.write(error_page())
