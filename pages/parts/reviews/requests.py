"""Requests for review on a page: asking for one below a score or claim, and answering it."""

from __future__ import annotations

from hashlib import sha256
from typing import Final

import streamlit as st

from analytics.access.viewer import Viewer
from analytics.formatting import number
from analytics.reviews.asking import ask_again
from analytics.reviews.owner import LONGEST_REASON
from analytics.reviews.requests import ReviewRequest, ReviewState, ReviewStep, ReviewTarget, Step
from analytics.skills import Skill
from analytics.verdicts.verdicts import LONGEST_REASON as LONGEST_VERDICT
from analytics.views.interview import InterviewView
from analytics.views.reviews import ReviewsView, answer_request, request_review
from pages.parts import times
from pages.parts.change import field_key, form_key, save, submit
from pages.parts.markdown import plain
from pages.parts.reviews import self_ratings
from pages.parts.reviews.common import LEVELS, PLACE
from pages.parts.reviews.struck import strike

_STANDS: Final = {
    ReviewState.OPEN: ":blue-badge[:material/hourglass_empty: Waits for a coach]",
    ReviewState.ANSWERED: ":green-badge[:material/check: Answered]",
    ReviewState.AGAIN: ":blue-badge[:material/hourglass_empty: Waits for an admin]",
    ReviewState.FINAL: ":green-badge[:material/done_all: Final]",
}


def are_open(view: ReviewsView) -> bool:
    """Return whether the viewer may comment on a claim here, or somebody has."""
    return view.own or view.coaching or bool(view.requests)


def of_score(viewer: Viewer, view: InterviewView, skill: Skill) -> None:
    """Show below a skill's score the self-rating and the requests about it."""
    self_ratings.self_rating(view.reviews, skill)
    score = view.feedback.skills[skill.key].score
    if score is not None or view.reviews.about(skill.key):
        section(viewer, view.reviews, ReviewTarget(view.interview.interview_id, skill.key, score=score))


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
            strike(viewer, about, key)


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
        Step.VERDICT: LEVELS[step.level or 0],
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
        if above := submit("Ask for a review"):
            with above:
                save(
                    PLACE,
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
        if above := submit("Ask an admin"):
            with above:
                save(PLACE, lambda db: ask_again(viewer, db, request.id, words), "Your request is with the admins.")


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
                level = st.selectbox("Level", list(LEVELS), index=3, format_func=LEVELS.__getitem__)
            longest = LONGEST_VERDICT if step == Step.VERDICT else LONGEST_REASON
            words = st.text_area("Why", max_chars=longest, key=field_key(form, "words"))
            if above := submit("Answer"):
                with above:
                    save(
                        PLACE,
                        lambda db: answer_request(viewer, db, request.id, Step(str(step)), words, level=level or None),
                        "Answered.",
                    )


def _key(about: ReviewTarget) -> str:
    # Words of a claim are no key by themselves: two skills may say the same.
    return f"{about.skill}_{about.kind or 'score'}_{sha256(about.claim.encode()).hexdigest()[:8]}"
