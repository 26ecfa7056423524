"""The schedule: checks every minute whose digest is due, in any number of processes, and sends each once."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from sqlalchemy.engine import Engine

from analytics.access.viewer import Viewer
from analytics.coaching.digests import Channel, Every, Subscription, recipient_now, subscriptions
from analytics.columns import now
from analytics.database.errors import DatabaseError
from analytics.database.sessions import reading, writing
from analytics.delivery.errors import DeliveryError
from analytics.delivery.mail import send_mail
from analytics.delivery.settings import DeliverySettings
from analytics.delivery.webhook import post
from analytics.digests import claims
from analytics.digests.claims import Claim, LostClaimError
from analytics.digests.content import PersonNews, digest_news
from analytics.digests.texts import as_body, as_mail, message_id
from analytics.settings import Settings

_log = logging.getLogger(__name__)
_UNMADE: Final = "The digest could not be made. The log has the details."


@dataclass(frozen=True, slots=True)
class SendTimes:
    """How long a claim is valid, and how long to wait after a failure."""

    lease: timedelta = timedelta(minutes=10)
    pause: timedelta = timedelta(minutes=5)


TIMES: Final = SendTimes()


def send_due(
    engine: Engine,
    settings: Settings,
    delivery: DeliverySettings,
    *,
    at: datetime | None = None,
    times: SendTimes = TIMES,
) -> int:
    """Send every due digest that no other process is sending, and count them."""
    ways = {Channel.MAIL: delivery.mails, Channel.WEBHOOK: delivery.posts}
    with reading(engine) as db:
        chosen = [
            (one, claims.period(at or now(), delivery.digest_hour, weekly=one.every is Every.WEEK))
            for one in subscriptions(db)
            if ways[one.channel]
        ]
        done = claims.find_ended(db, {moment.date() for _, moment in chosen})
    due = [
        (one, moment.date())
        for one, moment in chosen
        if moment > one.chosen_at and (one.email, moment.date()) not in done
    ]
    count = 0
    for one, due_on in due:
        with writing(engine) as connection:
            claim = claims.take(connection, one, due_on, times.lease)
        if claim is not None:
            count += _Delivery(engine, settings, delivery, times, claim).run()
    return count


@dataclass(frozen=True, slots=True)
class _Delivery:
    engine: Engine
    settings: Settings
    delivery: DeliverySettings
    times: SendTimes
    claim: Claim

    def run(self) -> bool:
        """Send the digest of a claim; returns whether it went out."""
        try:
            return self._send()
        except LostClaimError:
            return False
        except DeliveryError as error:
            self._fail(str(error))
        except DatabaseError:
            raise
        except Exception:  # whatever it is, others' digests have nothing to do with it
            _log.exception("A digest could not be made")
            self._fail(_UNMADE)
        return False

    def _send(self) -> bool:
        chosen, read_at = self.claim.subscription, now()
        viewer, people = self._read(chosen)
        if viewer is None or not people:
            self._note(partial(claims.mark_empty, claim=self.claim, read_at=read_at))
            return False
        told = {person.user_id: person.state for person in people}
        begin = partial(self._note, partial(claims.begin, claim=self.claim, lease=self.times.lease))
        # At once: if the process is killed between the answer and this, the same message goes out again.
        sent = partial(claims.mark_sent, claim=self.claim, viewer=viewer, told=told, read_at=read_at)
        if chosen.channel is Channel.MAIL:
            message = as_mail(self.claim, people, self.delivery, now())
            send_mail(self.delivery.server, message, before=begin, after=partial(self._note, sent))
        else:
            body = as_body(self.claim, people, self.delivery, now())
            begin()
            post(self.delivery, message_id(self.claim, people), now(), body)
            self._note(sent)
        return True

    def _read(self, chosen: Subscription) -> tuple[Viewer | None, list[PersonNews]]:
        with reading(self.engine) as db:
            viewer = recipient_now(db, chosen, self.settings)
            return viewer, [] if viewer is None else digest_news(viewer, db, claims.last_made(db, chosen))

    def _fail(self, sentence: str) -> None:
        _log.warning("A digest was not sent: %s", sentence)
        with suppress(LostClaimError):
            self._note(partial(claims.fail, claim=self.claim, sentence=sentence, pause=self.times.pause))

    def _note(self, change: Callable[..., None]) -> None:
        with writing(self.engine) as connection:
            change(connection)
