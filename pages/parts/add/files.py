"""The first part of *Add interviews*: files and texts, how they were recognised, what was saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import PurePosixPath, PureWindowsPath
from threading import Lock
from typing import Final, NamedTuple

import streamlit as st

from analytics import runtime
from analytics.access.viewer import NotAllowedError, Viewer
from analytics.breakdown.jobs.job import JobError
from analytics.breakdown.versions.locking import is_editor
from analytics.database.errors import DatabaseError
from analytics.formatting import quantity
from analytics.importing.add import AddedInterview, Upload, find_known, fingerprint, recognise
from analytics.importing.errors import AddError
from analytics.text import visible
from analytics.transcripts.model import TranscriptError
from analytics.transcripts.read import FORMATS, is_text
from pages.parts import reads
from pages.parts.add import speakers
from pages.parts.change import field_key
from pages.parts.markdown import plain

_READ: Final = "add_read"
# A large file takes a processor for seconds; whoever looks at a page meanwhile is not to wait for several.
_one_at_a_time: Final = Lock()
_SAVED: Final = "add_saved"
_TO_EMPTY: Final = "add_to_empty"
_PASTED: Final = "Pasted text"
_LARGEST_MB: Final = 10
_TEXT_FORMATS: Final = {name: words for name, words in FORMATS.items() if name != "word"}
_LONGEST_TITLE: Final = 80


class Source(NamedTuple):
    """A dropped file, a pasted text or a transcribed recording; its name is only displayed.

    `recording` is the recording's fingerprint, empty for all others.
    """

    name: str
    data: bytes | str
    recording: str = ""


class Draft(NamedTuple):
    """The transcript being edited; `key` identifies its speakers in the session."""

    key: str
    name: str
    upload: Upload


def stop_without_rights() -> None:
    """End the page, naming the missing rights, if the database accepts no interviews from us."""
    if missing := reads.missing_for_adding():
        st.warning("Interviews cannot be added to this database yet.", icon=":material/lock:")
        st.code("\n".join(sentence.partition(": ")[2] for sentence in missing), language="sql")
        st.stop()


def sources() -> list[Source]:
    """Offer the upload of files and a field for pasted text."""
    files = st.file_uploader(
        "Transcripts", accept_multiple_files=True, max_upload_size=_LARGEST_MB, key="add_files",
        help="Zoom, Teams, Meet, Otter and others: .vtt, .srt, .docx, .txt, .md, .json. Told by content.",
    )  # fmt: skip
    pasted = field_key("add", "text")
    if st.session_state.pop(_TO_EMPTY, False):
        st.session_state[pasted] = ""
    text = st.text_area(
        "Or paste a transcript", key=pasted, height=120, max_chars=1_000_000,
        placeholder="Priya: I would start with the logs.",
    )  # fmt: skip
    given = [Source(_file_name(file.name), file.getvalue()) for file in files]
    return [*given, *([Source(_PASTED, text)] if text.strip() else [])]


def _each_once(given: Sequence[Source]) -> list[Source]:
    """Leave out what holds the same as one before it, which is said, and tell files of one name apart."""
    found: dict[str, Source] = {}
    for source in given:
        content = fingerprint(source.data)
        if same := found.get(content):
            st.info(f"**{plain(source.name, 60)}** holds the same as {plain(same.name, 60)}.", icon=":material/info:")
            continue
        taken = {other.name for other in found.values()}
        names = (source.name if number == 1 else f"{source.name} ({number})" for number in count(1))
        found[content] = source._replace(name=next(name for name in names if name not in taken))
    return list(found.values())


def draft(viewer: Viewer, given: Sequence[Source]) -> Draft | None:
    """Show how each file was recognised and return the one being edited; None without any."""
    given = _each_once(given)
    formats = [st.session_state.get(_format_key(source)) for source in given]
    read = _read(given, formats)
    drafts: dict[str, Draft] = {}
    for source, upload, as_format in zip(given, read, formats, strict=True):
        name = plain(source.name, 60)
        if isinstance(upload, str):
            st.error(f"**{name}** {plain(upload)}", icon=":material/error:")
            _ask_format(source)
            continue
        if (earlier := _find_known(viewer, upload)) is not None:
            _say_known(name, earlier)
            continue
        facts = f"{upload.transcript.format}, {quantity(len(upload.transcript.turns), 'turn')}, " + quantity(
            len(upload.transcript.speakers), "speaker"
        )
        st.success(f"**{name}:** {plain(facts)}", icon=":material/check:")
        _ask_format(source)
        drafts[source.name] = Draft(f"add_{upload.source}{as_format or ''}", source.name, upload)
    if not drafts:
        return None
    chosen = next(iter(drafts))
    if len(drafts) > 1:
        chosen = st.selectbox("Look at", list(drafts), format_func=visible)
    found = drafts[chosen]
    speakers.begin(found.key, found.upload.transcript)
    return found


def remember(added: AddedInterview, title: str, draft: Draft) -> None:
    """Remember what was saved, for the next run; a text that was pasted makes room for another."""
    st.session_state[_SAVED] = (added, title or draft.name)
    st.session_state[_TO_EMPTY] = draft.name == _PASTED


def show_saved(viewer: Viewer) -> None:
    """Show what was saved last, and offer its breakdown."""
    if _SAVED not in st.session_state:
        return
    added, name = st.session_state[_SAVED]
    st.success(f"Saved: {plain(name, 60)}", icon=":material/check:")
    with st.container(horizontal=True, vertical_alignment="center"):
        with reads.reading(primary=True) as db:
            may_press = is_editor(viewer, db, added.interview_id)
        asked = may_press and st.button("Write the breakdown", icon=":material/edit_note:", type="primary")
        st.page_link(
            "interview.py", label="Open the interview", icon=":material/forum:",
            query_params={"interview": str(added.interview_id)},
        )  # fmt: skip
    if asked:
        try:
            runtime.jobs().press(viewer, added.interview_id)
        except (JobError, NotAllowedError, DatabaseError) as error:
            st.error(plain(str(error)), icon=":material/error:")
            return
        del st.session_state[_SAVED]
        st.switch_page("interview.py", query_params={"interview": str(added.interview_id)})


def formats(*, recordings: bool) -> None:
    """Show where to get a transcript; with `recordings`, also from the model's server."""
    with st.expander("Where do I get a transcript?", icon=":material/help:", expanded=True):
        st.markdown(
            "| From | How |\n| --- | --- |\n"
            "| Teams | Recap → Transcript → Download as .docx or .vtt |\n"
            "| Zoom | Recordings → Audio transcript (.vtt) |\n"
            "| Google Meet | The document *Transcript* in Drive → Download → .docx |\n"
            "| Otter | Export → TXT or SRT, with speaker names |\n"
            "| Granola | Copy the transcript and paste it |\n"
            "| Fireflies | Download transcript → JSON, DOCX or SRT |\n"
            "| Recall, Deepgram, AssemblyAI, AWS, WhisperX | The JSON, with speakers switched on |\n"
            "| Anything else | Text in which each turn begins with a name and a colon |"
        )
        if not recordings:
            st.caption("Audio is not read here: have one of these services write it down.")


def explain_workspace() -> None:
    """Show what one can do in an empty workspace."""
    st.markdown("Nothing here yet. Add your first interview to see how the four skills stand.")
    with st.container(border=True):
        st.subheader("Add an interview", anchor=False)
        st.markdown("From a transcript of Zoom, Teams, Meet, Otter or any text.")
        st.page_link("add.py", label="Add interviews", icon=":material/add:")
    with st.container(border=True):
        st.subheader("Connect InterviewLab", anchor=False)
        st.markdown("Set `DATABASE_URL` to its database and start with `make run`. The README names the rights.")
    with st.container(border=True):
        st.subheader("Connect a language model", anchor=False)
        st.markdown(
            "Set `OPENAI_API_KEY`, or `OPENAI_BASE_URL` for a model of your own. Without one, breakdowns are drafts "
            "from simple rules."
        )


def _ask_format(source: Source) -> None:
    """Offer to choose how a file is read, where it is text; any other is read in one way or none."""
    if is_text(source.data):
        st.selectbox(
            "Read as", list(_TEXT_FORMATS), index=None, format_func=_TEXT_FORMATS.__getitem__, width=300,
            placeholder="As recognised", key=_format_key(source),
        )  # fmt: skip


def _format_key(source: Source) -> str:
    return f"add_format_{fingerprint(source.data)}"


def _read(given: Sequence[Source], formats: Sequence[str | None]) -> list[Upload | str]:
    """Read each source once; what is wrong with one is a sentence. What is no longer there is forgotten."""
    before: dict[tuple[str, str | None], Upload | str] = st.session_state.get(_READ, {})
    names = [(fingerprint(source.data), as_format) for source, as_format in zip(given, formats, strict=True)]
    read = {name: before.get(name) or _recognise(source, name[1]) for name, source in zip(names, given, strict=True)}
    st.session_state[_READ] = read
    return [read[name] for name in names]


def _recognise(source: Source, as_format: str | None) -> Upload | str:
    try:
        with _one_at_a_time:
            upload = recognise(source.data, as_format=as_format)
        return replace(upload, source=source.recording) if source.recording else upload
    except TranscriptError as error:
        return str(error)


def _find_known(viewer: Viewer, upload: Upload) -> AddedInterview | str | None:
    with reads.reading() as db:
        try:
            return find_known(viewer, db, upload.source)
        except AddError as error:
            return str(error)


def _say_known(name: str, earlier: AddedInterview | str) -> None:
    if isinstance(earlier, str):
        st.info(f"**{name}** {plain(earlier)}", icon=":material/info:")
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.info(f"**{name}** has been added already.", icon=":material/info:", width=400)
        st.page_link(
            "interview.py", label="Open it", icon=":material/forum:",
            query_params={"interview": str(earlier.interview_id)},
        )  # fmt: skip


def _file_name(name: str) -> str:
    """Return the last part of a name, whatever the visitor's machine calls it."""
    return PureWindowsPath(PurePosixPath(name).name).name[:_LONGEST_TITLE] or "File"
