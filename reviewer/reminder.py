"""A calendar entry for the next weekly message (rules 9 and 14), written by vobject."""

import hashlib
from datetime import date, datetime, timedelta

import vobject
from vobject.icalendar import utc

from reviewer.deal import name_key
from reviewer.texts import Lang, say


def reminder(deal: str, day: date, lang: Lang, now: datetime | None = None) -> str:
    """The iCalendar text of an all-day entry, repeated every week, with an alarm at nine; `now` is its time stamp.

    The entry of a deal has one identity, so that a newer file replaces the older entry instead of standing beside it.
    """
    calendar = vobject.iCalendar()
    calendar.add("prodid").value = "-//reviewer//weekly message//EN"
    event = calendar.add("vevent")
    # A digest, so that no two names have one identity, whatever their letters.
    digest = hashlib.sha256(name_key(deal).encode("utf-8")).hexdigest()[:32]
    event.add("uid").value = f"{digest}.weekly@reviewer.invalid"
    event.add("dtstamp").value = now or datetime.now(utc)
    event.add("dtstart").value = day  # type: ignore[assignment]
    event.add("dtend").value = day + timedelta(days=1)  # type: ignore[assignment]
    event.add("rrule").value = "FREQ=WEEKLY"
    event.add("summary").value = say(lang, "deal.reminder", name=deal)
    event.add("transp").value = "TRANSPARENT"
    alarm = event.add("valarm")
    alarm.add("action").value = "DISPLAY"
    alarm.add("description").value = say(lang, "deal.reminder", name=deal)
    alarm.add("trigger").value = timedelta(hours=9)
    return str(calendar.serialize())
