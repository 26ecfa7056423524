"""The *Setup* tab of the People page: the state of the installation, and every setting."""

from __future__ import annotations

import streamlit as st

from analytics import runtime
from analytics.access.viewer import Viewer
from analytics.breakdown.model_settings import ModelSettings
from analytics.delivery.settings import DeliverySettings
from analytics.settings import Settings, SettingsError
from analytics.views.installation import Part
from analytics.views.installation import installation as describe
from pages.parts import times
from pages.parts.markdown import plain
from pages.parts.tables import table
from pages.parts.viewer import providers


def installation(viewer: Viewer) -> None:
    """Show each part with a tick or with what to do, and the settings below."""
    parts = describe(
        viewer,
        runtime.engine(),
        settings=runtime.settings(),
        model=_model(),
        delivery=runtime.delivery_settings(),
        jobs=runtime.jobs().unavailable(),
        sign_in=bool(providers()),
    )
    wrong = sum(not part.in_order for part in parts)
    needs = "needs" if wrong == 1 else "need"
    st.caption(f"{wrong} of {len(parts)} {needs} attention." if wrong else "Everything is in order.")
    for part in parts:
        _part(part)
    with st.expander("All settings", icon=":material/tune:"):
        settings = [setting for kind in (Settings, ModelSettings, DeliverySettings) for setting in kind.describe()]
        table(
            {
                "Setting": [setting.variable for setting in settings],
                "Value": [setting.text for setting in settings],
                "From": [setting.source for setting in settings],
            },
            alt="Every setting, its value and where that comes from",
        )
    st.button("Look again", icon=":material/refresh:")


def _model() -> ModelSettings | SettingsError:
    try:
        return runtime.model_settings()
    except SettingsError as error:
        return error


def _part(part: Part) -> None:
    mark = ":green[:material/check_circle:]" if part.in_order else ":orange[:material/error:]"
    when = f" :gray[{times.minute(part.at)}]" if part.at is not None else ""
    st.markdown(f"{mark} **{part.name}:** {plain(part.sentence)}{when}")
