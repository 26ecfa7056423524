"""`python -m analytics audit-judge`: does the judge go by what was said, or by how it was said?"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator
from typing import Final

from analytics.access.viewer import TRUSTED
from analytics.agreement import audits
from analytics.agreement.audit import (
    REPEATS,
    SCORE,
    Audit,
    AuditError,
    audit,
    audit_pairs,
    audit_settings,
    count_runs,
    estimate_tokens,
    sentence,
    unbiased_sentence,
)
from analytics.agreement.shifts import Shift
from analytics.breakdown import FeedbackGenerator, ModelSettings
from analytics.commands.common import add_database_url, database, progress_bar
from analytics.database.sessions import reading, writing
from analytics.formatting import signed_number
from analytics.settings import Settings
from analytics.skills import BY_KEY

HELP: Final = "test whether the judge scores equal content alike, however it is said (docs/judge.md)"
_MOST_REPEATS: Final = 20


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's arguments."""
    parser.add_argument("--json", action="store_true", help="print what was found as JSON")
    parser.add_argument("--dry-run", action="store_true", help="only say how many breakdowns and tokens it would take")
    parser.add_argument(
        "--repeats",
        type=_repeats,
        default=REPEATS,
        metavar="N",
        help=f"have a language model read each text N times (default: {REPEATS})",
    )
    add_database_url(parser)


def run(arguments: argparse.Namespace, settings: Settings) -> int:
    """Audit the present judge, print what was found and keep it for the page Judge."""
    generator = FeedbackGenerator(audit_settings(ModelSettings.from_environment()))
    tokens = estimate_tokens(generator, arguments.repeats)
    if tokens:
        runs = count_runs(arguments.repeats)
        print(f"{runs:,} breakdowns of short texts, about {tokens:,} tokens.", file=sys.stderr)
    else:
        print("No language model is connected: the simple rules are audited, by their claims.", file=sys.stderr)
    if arguments.dry_run:
        return 0
    with database(arguments, settings) as engine:
        with reading(engine) as db:  # before anything is paid for
            audits.latest(TRUSTED, db)
        try:
            found = audit(generator, repeats=arguments.repeats, on_progress=progress_bar("audit"))
        except AuditError as error:
            print(error, file=sys.stderr)
            return 1
        if arguments.json:
            print(json.dumps(audits.as_json(found), ensure_ascii=False, indent=2))
        else:
            print("\n".join(_table(found)))
        with writing(engine) as db:
            audits.keep(TRUSTED, db, found)
    return 0


def _table(found: Audit) -> Iterator[str]:
    unit = "scores from 0 to 1" if found.measure == SCORE else "claims, strengths less weaknesses"
    yield f"{found.judge.label}: shift against the plain text, with its 95% interval ({unit})."
    yield ""
    skills = list(dict.fromkeys(shift.skill for shift in found.shifts))
    yield f"{'':<12}" + "".join(f"{BY_KEY[skill].label:<28}" for skill in skills).rstrip()
    for variant in audit_pairs().variants:
        cells = [shift for shift in found.shifts if shift.variant == variant]
        yield f"{variant:<12}" + "".join(f"{_cell(cell):<28}" for cell in cells).rstrip()
    yield ""
    if found.failed:
        yield f"{found.failed:,} of {found.runs:,} breakdowns failed and are left out."
    if not found.biased:
        yield unbiased_sentence(found)
    for shift in found.biased:
        yield f"* {sentence(shift, found.measure)}"


def _cell(shift: Shift) -> str:
    if shift.mean is None:
        return "cannot tell"
    between = f"({signed_number(shift.low)} to {signed_number(shift.high)})"
    return f"{signed_number(shift.mean)} {between}{' *' if shift.biased else ''}"


def _repeats(written: str) -> int:
    if not written.isdecimal() or not 1 <= int(written) <= _MOST_REPEATS:
        raise argparse.ArgumentTypeError(f"{written!r} is not a whole number from 1 to {_MOST_REPEATS}")
    return int(written)
