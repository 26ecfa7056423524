"""Reviews on a page: requesting one, answering it, and striking a claim."""

from __future__ import annotations

from hashlib import sha256
from typing import Final, Literal

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import number, quantity
from analytics.reviews.asking import ask_again
from analytics.reviews.owner import LONGEST_REASON
from analytics.reviews.requests import ReviewRequest, ReviewState, ReviewStep, ReviewTarget, Step
from analytics.reviews.struck import ClaimKey, StruckClaim, take_back
from analytics.skills import BY_KEY, SKILLS, Skill
from analytics.verdicts.verdicts import LONGEST_REASON as LONGEST_VERDICT
from analytics.views.candidate import CandidateView
from analytics.views.interview import InterviewView
from analytics.views.reviews import ReviewsView, answer_request, rate_own, request_review, strike_claim
from pages.parts import reads, scroll, times, verdicts
from pages.parts.change import confirm, field_key, form_key, save
from pages.parts.markdown import plain

_PLACE: Final = "review"
# Which skill of which interview was led to.
_LED: Final = "review_led_to"
_LEVELS: Final = {0: "Not assessed", **{level: f"Level {level} of 5" for level in range(1, 6)}}
_STANDS: Final = {
    ReviewState.OPEN: ":blue-badge[:material/hourglass_empty: Waits for a coach]",
    ReviewState.ANSWERED: ":green-badge[:material/check: Answered]",
    ReviewState.AGAIN: ":blue-badge[:material/hourglass_empty: Waits for an admin]",
    ReviewState.FINAL: ":green-badge[:material/done_all: Final]",
}


def flash() -> None:
    """Show the result of the last change."""
    confirm(_PLACE)


def queue(viewer: Viewer) -> None:
    """Show on the roster which requests wait for the viewer, each linked to its interview and skill."""
    waiting = reads.review_queue(viewer)
    if waiting is None:
        # The roster stands in tables of our own, and goes on without.
        st.caption("The requests for review cannot be read now.")
    if not waiting:
        return
    label = f"{quantity(len(waiting), 'request')} for review"
    opened = st.expander(label, icon=":material/rate_review:", key="review_queue", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for one in waiting:
            about = one.request.about
            what = BY_KEY[about.skill].label if about.kind is None else f"{BY_KEY[about.skill].label}, a claim"
            since = times.ago(one.request.waits_since)
            again = ", asked once more" if one.request.state is ReviewState.AGAIN else ""
            st.page_link(
                "interview.py", icon=":material/rate_review:",
                label=f"**{plain(one.candidate, 60)}** · {what} · {plain(one.interview_title, 60)} · {since}{again}",
                query_params={"interview": str(about.interview_id), "about": about.skill},
            )  # fmt: skip


def self_views(view: CandidateView, *, yours: bool) -> None:
    """Show how a person's self-ratings differ from the scores."""
    for one in view.self_views:
        st.caption(f":material/person: {one.sentence(own=yours)}")


def are_open(view: ReviewsView) -> bool:
    """Return whether the viewer may comment on a claim here, or somebody has."""
    return view.own or view.coaching or bool(view.requests)


def anchor(skill: Skill) -> str | Literal[False]:
    """Return the anchor of a skill's card if the address names it."""
    return f"skill-{skill.key}" if st.query_params.get("about") == skill.key else False


def lead_to(view: InterviewView) -> None:
    """Scroll once to the skill in the address (`about=technical`); call it after the page is drawn."""
    asked = st.query_params.get("about")
    here = view.interview.interview_id, asked
    if asked in BY_KEY and st.session_state.get(_LED) != here:
        st.session_state[_LED] = here
        scroll.scroll_to(f"skill-{asked}", "")


def of_score(viewer: Viewer, view: InterviewView, skill: Skill) -> None:
    """Show below a skill's score the self-rating and the requests about it."""
    rated = view.reviews.self_ratings
    if rated is not None:
        own = "You rated yourself" if view.reviews.own else "Self-rating"
        level = rated.get(skill.key)
        st.caption(f":material/person: {own}: {'skipped' if level is None else _LEVELS[level].lower()}")
    score = view.feedback.skills[skill.key].score
    if score is not None or view.reviews.about(skill.key):
        section(viewer, view.reviews, ReviewTarget(view.interview.interview_id, skill.key, score=score))


def rate_oneself(viewer: Viewer, view: InterviewView) -> None:
    """Ask for a self-rating of a new interview before its scores and claims are sent."""
    st.info(
        "How do you rate yourself in this interview? Scores and claims show after that. You can skip any skill.",
        icon=":material/person:",
    )
    levels: dict[str, int | None] = {}
    with st.form("rate_oneself"):
        for skill in SKILLS:
            anchors = [plain(verdicts.rubric_of(skill).anchor(level)) for level in range(1, 6)]
            levels[skill.key] = st.radio(
                skill.label, list(range(1, 6)), index=None, format_func=_LEVELS.__getitem__, captions=anchors,
                key=f"own_{skill.key}",
            )  # fmt: skip
        with st.container(horizontal=True):
            rated = st.form_submit_button("Save and show the scores", type="primary")
            passed = st.form_submit_button("Show the scores without rating")
    if rated and not any(levels.values()):
        st.error("Choose a level for a skill, or show the scores without rating.", icon=":material/error:")
    elif rated or passed:
        said = levels if rated else {}
        save(_PLACE, lambda db: rate_own(viewer, db, view.interview.interview_id, said), "Here are the scores.")


def section(viewer: Viewer, view: ReviewsView, about: ReviewTarget) -> None:
    """Show below a score or claim what was said about it, with a form for more."""
    requests = view.about(about.skill, about.kind, about.claim)
    for request in requests:
        _request(viewer, view, request)
    # A score that changed since can be asked about anew.
    asked = any(about.kind is not None or one.about.score == about.score for one in requests)
    key = _key(about)
    with st.container(horizontal=True, gap="small"):
        if view.own and not asked:
            _ask(viewer, about, key)
        if view.coaching and about.kind is not None:
            _strike(viewer, about, key)


def struck(viewer: Viewer, view: ReviewsView) -> None:
    """List struck claims for coaches, each with a button to restore it."""
    if not view.struck:
        return
    label = f"{quantity(len(view.struck), 'claim')} marked as wrong"
    opened = st.expander(label, icon=":material/strikethrough_s:", key="struck", on_change="rerun")
    if not opened.open:
        return
    with opened:
        for place, one in enumerate(view.struck):
            _struck(viewer, one, f"unstrike_{place}")


def _struck(viewer: Viewer, one: StruckClaim, key: str) -> None:
    kind = one.key.kind.replace("_", " ")
    with st.container(horizontal=True, vertical_alignment="center"):
        said = f"{BY_KEY[one.key.skill].label}, {kind}: “{plain(one.reason, LONGEST_REASON)}”"
        by = f":small[:gray[{plain(one.struck_by, 60)} · {times.day(one.struck_at)}]]"
        st.markdown(f"~~{plain(one.key.claim, 400)}~~  \n{said}  \n{by}")
        if st.button("Show again", key=key, icon=":material/undo:"):
            save(_PLACE, lambda db: take_back(viewer, db, one.interview_id, one.key), "The claim is shown again.")


def _request(viewer: Viewer, view: ReviewsView, request: ReviewRequest) -> None:
    with st.container(border=True, gap="small"):
        shown = "" if request.about.score is None else f" · score then {number(request.about.score)}"
        own = "You see" if view.own else "The candidate sees"
        cited = f" ({plain(request.sentence)})" if request.sentence else ""
        said = f"{own} this differently: “{plain(request.reason, LONGEST_REASON)}”{cited}"
        st.markdown(f"{_STANDS[request.state]} {said}  \n:small[:gray[{times.day_and_age(request.asked_at)}{shown}]]")
        for place, step in enumerate(request.steps, 1):
            st.markdown(_step(view, step, place))
        if view.own and request.state is ReviewState.ANSWERED:
            _again(viewer, request)
        if view.coaching and request.state.is_open:
            if request.state is ReviewState.AGAIN and not viewer.administers:
                st.caption("An admin answers this.")
            else:
                _answer(viewer, request)


def _step(view: ReviewsView, step: ReviewStep, place: int) -> str:
    answer = {
        Step.KEPT: "It stays as it is",
        Step.VERDICT: _LEVELS[step.level or 0],
        Step.STRUCK: "The claim was wrong and is struck",
        Step.AGAIN: "Asked once more",
    }[step.step]
    role = "a coach" if place == 1 else "the candidate" if step.step is Step.AGAIN else "an admin"
    if step.step is Step.AGAIN and view.own:
        role = "you"
    who = plain(step.taken_by, 60) or role
    return f"**{answer}**: “{plain(step.words, LONGEST_REASON)}”  \n:small[:gray[{who} · {times.day(step.taken_at)}]]"


def _ask(viewer: Viewer, about: ReviewTarget, key: str) -> None:
    opened = st.popover("I see this differently", icon=":material/rate_review:", key=f"ask_{key}", on_change="rerun")
    if not opened.open:
        return
    with opened, st.form(form := form_key(f"asking_{key}"), border=False):
        reason = st.text_area("How do you see it?", max_chars=LONGEST_REASON, key=field_key(form, "reason"))
        sentence = st.text_input("A sentence of yours that shows it (optional)", placeholder="S12", max_chars=32)
        st.caption("A coach answers. You can ask an admin once more after that.")
        if st.form_submit_button("Ask for a review", type="primary"):
            save(
                _PLACE,
                lambda db: request_review(viewer, db, about, reason, sentence=sentence.strip().upper()),
                "Your request is with your coaches.",
            )


def _again(viewer: Viewer, request: ReviewRequest) -> None:
    opened = st.popover("Ask once more", icon=":material/replay:", key=f"again_{request.id}", on_change="rerun")
    if not opened.open:
        return
    with opened, st.form(form := f"asking_again_{request.id}", border=False):
        words = st.text_area("What should an admin know?", max_chars=LONGEST_REASON, key=field_key(form, "words"))
        st.caption("An admin answers, and that is final.")
        if st.form_submit_button("Ask an admin", type="primary"):
            save(_PLACE, lambda db: ask_again(viewer, db, request.id, words), "Your request is with the admins.")


def _answer(viewer: Viewer, request: ReviewRequest) -> None:
    opened = st.popover("Answer", icon=":material/reply:", key=f"answer_{request.id}", on_change="rerun")
    if not opened.open:
        return
    other = Step.STRUCK if request.about.kind else Step.VERDICT
    choices = {Step.KEPT: "It stays", other: "It was wrong" if other is Step.STRUCK else "Another level"}
    with opened:
        step = st.segmented_control(
            "Your answer", list(choices), default=Step.KEPT, required=True, format_func=choices.__getitem__,
            key=f"answer_step_{request.id}",
        )  # fmt: skip
        with st.form(form := f"answering_{request.id}", border=False):
            level: int | None = None
            if step == Step.VERDICT:
                level = st.selectbox("Level", list(_LEVELS), index=3, format_func=_LEVELS.__getitem__)
            longest = LONGEST_VERDICT if step == Step.VERDICT else LONGEST_REASON
            words = st.text_area("Why", max_chars=longest, key=field_key(form, "words"))
            if st.form_submit_button("Answer", type="primary"):
                save(
                    _PLACE,
                    lambda db: answer_request(viewer, db, request.id, Step(str(step)), words, level=level or None),
                    "Answered.",
                )


def _strike(viewer: Viewer, about: ReviewTarget, key: str) -> None:
    opened = st.popover(
        "Mark as wrong", icon=":material/strikethrough_s:", key=f"strike_{key}", on_change="rerun", type="tertiary"
    )
    if not opened.open:
        return
    with opened, st.form(form := form_key(f"striking_{key}"), border=False):
        reason = st.text_input("What is wrong with it?", max_chars=LONGEST_REASON, key=field_key(form, "reason"))
        st.caption("It is then no longer shown. The version keeps it; new ones do not make it again of the same words.")
        if st.form_submit_button("Mark as wrong", type="primary"):
            claim = ClaimKey(about.skill, about.kind or "", about.claim)
            save(_PLACE, lambda db: strike_claim(viewer, db, about.interview_id, claim, reason), "The claim is struck.")


def _key(about: ReviewTarget) -> str:
    # Words of a claim are no key by themselves: two skills may say the same.
    return f"{about.skill}_{about.kind or 'score'}_{sha256(about.claim.encode()).hexdigest()[:8]}"
