"""The weekly message and the sponsor's summary: what they gather, what they never tell, what they pay."""

from collections.abc import Callable
from datetime import date
from typing import Literal

import pytest

from reviewer.cues import follows_up
from reviewer.deal import Deal, History, Outcome, Outgoing
from reviewer.errors import InputError
from reviewer.owed import debts, is_out_of_date, not_for_all, sentence, why_not
from reviewer.recap import Recap, debt_line, summary, weekly
from reviewer.types import Act, Language, Message, Review, Role, Stage, Stakeholder, Topic
from tests.build import CLAIRE, KARIM, ODILE, PEOPLE, SANDRINE, THOMAS, person
from tests.test_deal import FIRST, POLICY, SENT, START, THEIRS, after, reviewed, sale


def gathered(history: History, day: date) -> Recap:
    """The weekly message of that day, which no check may complain about."""
    found = weekly(history, POLICY, day, "en")
    assert found.findings == ()
    return found


def body(found: Recap) -> str:
    """Its words."""
    assert found.message is not None
    return found.message.body


def test_an_outcome_told_directly_is_told_to_all() -> None:
    """In its own words, under its heading, to everybody in To and Cc; it pays what is owed, and says where it comes from."""
    found = gathered(sale((FIRST, SENT), (THEIRS, {"group": after(2)})), after(7))
    assert "Décisions :\n- Le planning de la recette est arrêté : du 16 au 27 mars." in body(found)
    assert found.message is not None
    assert set(found.message.readers) == {p.address for p in PEOPLE}
    assert (found.pays, found.covers) == (("planning",), ((2, "s2"),))
    # The price is still open: the group reads that it will hear of it, and no more.
    assert "Il reste des points à régler sur le budget ; je vous tiendrai au courant." in body(found)
    assert "42" not in body(found)
    assert [d.matter for d in found.owed] == ["budget"]


def test_what_the_group_has_read_is_not_told_again() -> None:
    """Neither from its own message, nor from a recap that was sent."""
    assert weekly(sale((FIRST, SENT)), POLICY, after(7), "en").message is None
    history = sale((FIRST, SENT), (THEIRS, {"group": after(2)}))
    first = gathered(history, after(7))
    assert first.message is not None
    kept = history.messages[-1].model_copy(
        update={
            "id": 99,
            "review_id": None,
            "message": first.message,
            "covers": first.covers,
            "matters": first.pays,
            "sent": after(7),
        }
    )
    again = history._replace(messages=(*history.messages, kept))
    assert weekly(again, POLICY, after(8), "en").message is None
    assert debts(again, POLICY, after(8))[0].matter == "budget"


def test_a_message_to_all_that_came_too_soon_waits_for_this_one() -> None:
    """Its direct messages left, it did not (rule 14); a draft of which nothing left is no news."""
    soon = reviewed(
        "Bonjour à tous,\n\nLe scénario B est retenu.\n\nKarim, le flux passera par une API REST.\n\nCamille"
    )
    waiting = gathered(sale((FIRST, SENT), (soon, {KARIM.address: after(3)})), after(7))
    assert "- Le scénario B est retenu." in body(waiting)
    assert waiting.message is not None
    history = sale((FIRST, SENT), (soon, {KARIM.address: after(3)}))
    assert [m.message.key for m in history.waiting(after(8))] == ["group"]
    kept = history.messages[-1].model_copy(
        update={"review_id": None, "message": waiting.message, "covers": waiting.covers, "sent": after(7)}
    )
    assert history._replace(messages=(*history.messages, kept)).waiting(after(8)) == []
    assert weekly(sale((FIRST, SENT), (soon, {})), POLICY, after(7), "en").message is None


def directly(text: str, day: int) -> tuple[Review, dict[str, date]]:
    """A sentence that Claire alone read on that day."""
    review = reviewed(f"Bonjour Claire,\n\n{text}\n\nCamille", [CLAIRE])
    return review, {m.key: after(day) for m in review.proposal.messages}


def to_all(text: str, day: int) -> tuple[Review, dict[str, date]]:
    """A sentence that everybody read on that day."""
    review = reviewed(f"Bonjour à tous,\n\n{text}\n\nCamille")
    return review, {"group": after(day)}


LOT = "Le périmètre du lot {} est arrêté : douze agences."


@pytest.mark.parametrize("other", ["Le prochain comité a lieu le 20 mars.", LOT.format(4), LOT.format("B")])
@pytest.mark.parametrize("day", [2, 4, 6])
def test_what_is_owed_is_offered_until_the_group_has_read_it(other: str, day: int) -> None:
    """Whatever else the group reads, before, on the same day or since: only the outcome itself pays, in its words or nearly so."""
    history = sale(directly(LOT.format(3), 4), to_all(other, day))
    assert [d.matter for d in debts(history, POLICY, after(12)) if d.settled] == ["scope"]
    found = gathered(history, after(12))
    assert f"- {LOT.format(3)}" in body(found)
    assert found.owed == ()
    told = sale(
        directly(LOT.format(3), 4), to_all("Comme convenu, le périmètre du lot 3 est arrêté à douze agences.", 5)
    )
    assert debts(told, POLICY, after(12)) == []


def test_an_outcome_that_the_group_must_not_read_is_left_out() -> None:
    """What the seller wrote is held to what a draft is held to; a plain outcome passes."""
    told = "Entre nous, Karim doute du périmètre et accepterait 42 k€."
    texts = (told, "Le périmètre du lot 2 est validé.")
    history = sale(outcomes=[Outcome(day=after(1), matter="scope", text=t) for t in texts])
    found = gathered(history, after(9))
    assert (told in body(found), texts[1] in body(found)) == (False, True)
    assert [x.text for x in found.left_out] == [told]
    assert [not_for_all(history, POLICY, o, after(1)) for o in history.deal.outcomes] == [True, False]


def test_an_outcome_that_is_noted_late_is_not_lost() -> None:
    """Its day lies before the last message to the group."""
    noted = [Outcome(day=after(1), matter="budget", text="Le budget est confirmé.")]
    history = sale(to_all("Le prochain comité a lieu le 20 mars.", 4), outcomes=noted)
    assert "- Le budget est confirmé." in body(gathered(history, after(9)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Thomas, le jalon 2 est atteint.", "- Le jalon 2 est atteint."),
        ("Le jalon 2 est atteint ; votre équipe a bien travaillé, Thomas.", None),
        ("Le jalon 2 est atteint. Il est donc clos.", "- Le jalon 2 est atteint."),
        ("Le comité a lieu le 20 mars à 10 h.", "- Le comité a lieu le 20 mars à 10 h."),
        ("Prochain comité le 4 mars à 10 h.", None),
    ],
)
def test_only_sentences_that_stand_alone_are_told_to_all(text: str, told: str | None) -> None:
    """Without the name they called; not what speaks to one reader, leans on another sentence, or is over."""
    review = reviewed(f"Bonjour Thomas,\n\n{text}\n\nCamille", [THOMAS])
    found = weekly(sale((review, {m.key: after(2) for m in review.proposal.messages})), POLICY, after(7), "en")
    lines = [line for line in (found.message.body if found.message else "").split("\n") if line.startswith("- ")]
    assert lines == ([told] if told else [])


def test_no_sentence_gives_a_confidence_of_another_review_away() -> None:
    """The final price is the position that only the buyer read: it is left out with the reason, and the seller says it otherwise."""
    settled = reviewed("Bonjour Sandrine,\n\nLe budget est confirmé à 42 k€ par an.\n\nCamille", [SANDRINE])
    history = sale((FIRST, SENT), (settled, {m.key: after(4) for m in settled.proposal.messages}))
    found = weekly(history, POLICY, after(7), "en")
    assert "42" not in (found.message.body if found.message else "")
    assert [x.text for x in found.left_out] == ["Le budget est confirmé à 42 k€ par an."]
    assert found.left_out[0].reason
    said = sale((FIRST, SENT), outcomes=[Outcome(day=after(4), matter="budget", text="Le budget est confirmé.")])
    assert gathered(said, after(7)).pays == ("budget",)
    leaking = sale((FIRST, SENT), outcomes=[Outcome(day=after(4), matter="budget", text="Ce sera 42 k€ par an.")])
    assert weekly(leaking, POLICY, after(7), "en").message is None


def test_the_sponsor_reads_the_whole_and_no_detail() -> None:
    """What the group may know of the last seven days, and with whom there was work on what; nothing of what was withheld (rule 15)."""
    found = summary(sale((FIRST, SENT), (THEIRS, {"group": after(2)})), POLICY, after(6), "en")
    assert found.message is not None
    assert found.findings == ()
    assert found.message.to == (CLAIRE.address,)
    assert "- Le périmètre du lot 1 est validé : douze agences." in found.message.body
    assert "Karim Benali (points techniques)" in found.message.body
    assert "Sandrine" not in found.message.body
    assert "API" not in found.message.body
    assert summary(sale((FIRST, SENT)), POLICY, after(30), "en").message is None


def test_who_cannot_be_written_to_is_said() -> None:
    """A deal without people has no group, and one without a champion no sponsor."""
    with pytest.raises(InputError, match="no readers"):
        weekly(History(Deal(name="Atlas", created=START)), POLICY, START, "en")
    alone = History(Deal(name="Atlas", created=START, people=(KARIM,)))
    with pytest.raises(InputError, match="no sponsor"):
        summary(alone, POLICY, START, "en")


@pytest.mark.parametrize(
    ("language", "text", "heading"),
    [
        (
            "en",
            "Hello Thomas,\n\nThe schedule of the acceptance test is settled: 16 to 27 March.\n\nCamille",
            "Decisions:",
        ),
        (
            "de",
            "Hallo Thomas,\n\nDer Terminplan für die Abnahme ist beschlossen: 16. bis 27. März.\n\nCamille",
            "Entscheidungen:",
        ),
        (
            "es",
            "Hola Thomas:\n\nEl calendario de las pruebas está decidido: del 16 al 27 de marzo.\n\nCamille",
            "Decisiones:",
        ),
        (
            "it",
            "Buongiorno Thomas,\n\nIl progetto pilota è terminato con successo.\n\nCamille",
            "Avanzamento:",
        ),
        (
            "nl",
            "Beste Thomas,\n\nDe planning van de acceptatietest is vastgesteld: 16 tot 27 maart.\n\nCamille",
            "Besluiten:",
        ),
    ],
)
def test_the_recap_is_in_the_language_of_the_deal(language: Language, text: str, heading: str) -> None:
    """As the drafts of the deal are."""
    review = reviewed(text, [THOMAS])
    assert review.draft.language == language
    found = gathered(sale((review, {m.key: after(2) for m in review.proposal.messages})), after(7))
    assert heading in body(found)


def test_one_mail_in_another_language_does_not_change_how_the_group_is_written_to() -> None:
    """The last message to the group says, else most of what was sent."""
    english = reviewed("Hello all,\n\nThe scope of lot 1 is validated: twelve agencies.\n\nCamille")
    to_thomas = reviewed(
        "Hello Thomas,\n\nThe schedule of the acceptance test is settled: 16 to 27 March.\n\nCamille", [THOMAS]
    )
    sent = {m.key: after(2) for m in to_thomas.proposal.messages}
    for history in (
        sale((english, {"group": START}), (THEIRS, {"group": after(3)})),
        sale((to_thomas, sent), (to_thomas, sent), (THEIRS, {"group": after(3)})),
    ):
        assert "Decisions:" in body(weekly(history, POLICY, after(9), "en"))


def test_the_sponsor_is_called_as_in_the_last_mail_that_says_so() -> None:
    """By first name, or with the title, though the latest mail went to somebody else; the full name before any mail."""
    first = reviewed("Bonjour à tous,\n\nClaire, le scénario B est retenu.\n\nCamille Marchand")
    titled = reviewed("Bonjour à tous,\n\nMadame Leroy, le scénario B est retenu.\n\nCamille Marchand")
    sent = {m.key: START for m in first.proposal.messages} | {m.key: START for m in titled.proposal.messages}
    theirs = (THEIRS, {"group": after(2)})
    noted = [Outcome(day=after(2), matter="budget", text="Le budget est confirmé.")]
    for history, called in (
        (sale((first, sent), theirs), "Claire"),
        (sale((first, sent), (titled, sent), theirs), "Madame Leroy"),
        (sale(outcomes=noted), "Claire Leroy"),
    ):
        found = summary(history, POLICY, after(4), "en")
        assert body(found).splitlines()[0] in {f"Bonjour {called},", f"Hello {called},"}
        assert found.findings == ()


def test_a_mail_to_one_person_that_left_as_it_was_is_direct_work() -> None:
    """The sponsor reads with whom and about what."""
    found = summary(sale((FIRST, SENT), (THEIRS, {"group": after(8)})), POLICY, after(9), "en")
    assert "Échanges directs de la semaine :\n- Thomas Vidal (planning et décisions)\n" in body(found)


def test_the_sponsor_reads_an_outcome_in_the_week_in_which_the_group_does() -> None:
    """However long ago it was noted; and no more in the week after."""
    text = "Le budget est confirmé."
    history = sale((FIRST, SENT), outcomes=[Outcome(day=after(2), matter="budget", text=text)])
    weekly_one = gathered(history, after(12)).message
    assert weekly_one is not None
    told = Outgoing(id=9, made=after(12), message=weekly_one, matters=("budget",), sent=after(12))
    history = history._replace(messages=(*history.messages, told))
    assert text in body(summary(history, POLICY, after(14), "en"))
    assert summary(history, POLICY, after(25), "en").message is None


def test_what_left_later_is_no_news_of_an_earlier_week() -> None:
    """A recap and a summary that are made for a day that is over."""
    history = sale((FIRST, SENT), (THEIRS, {"group": after(9)}))
    assert weekly(history, POLICY, after(5), "en").message is None
    assert "Thomas" not in body(summary(history, POLICY, after(5), "en"))
    assert "Thomas" in body(summary(history, POLICY, after(9), "en"))


def test_a_recap_is_signed_in_its_own_language() -> None:
    """Not in that of a last mail to one person."""
    english = reviewed("Hello Thomas,\n\nThe pilot is over.\n\nKind regards,\nCamille Marchand", [THOMAS])
    sent = {m.key: after(3) for m in english.proposal.messages}
    found = weekly(sale((FIRST, SENT), (THEIRS, {"group": after(2)}), (english, sent)), POLICY, after(9), "en")
    assert body(found).endswith("\n\nBien cordialement,\nCamille Marchand\n")


def test_a_recap_closes_as_the_seller_did_to_the_group_last() -> None:
    """In the message that left as the seller worded it, not in what the program wrote; in the drafts, else as the language does."""
    owed = (THEIRS, {"group": after(2)})
    later = [Outcome(day=after(8), matter="scope", text=LOT.format(2))]
    history = sale((FIRST, SENT), owed, outcomes=later)
    first = gathered(history, after(3)).message
    assert first is not None

    def closing(text: str, by: Literal["local", "seller"]) -> str:
        message = first.model_copy(update={"body": first.body.replace("Bien cordialement", text), "written_by": by})
        weekly_one = Outgoing(id=99, made=after(4), message=message, sent=after(4))
        return body(gathered(history._replace(messages=(*history.messages, weekly_one)), after(9))).splitlines()[-2]

    assert closing("Bien à vous", "seller") == "Bien à vous,"
    assert closing("Cordialement", "local") == "Bien cordialement,"
    assert closing("Bon week-end", "seller") == "Bien cordialement,"
    assert body(gathered(sale(owed), after(9))).endswith("\n\nCordialement,\nCamille\n")


def told(history: History, subject: str, review_id: int | None = None) -> History:
    """The deal whose group was written to once more, under this subject."""
    message = Message(to=tuple(p.address for p in PEOPLE), subject=subject, body="Voilà.", kind="group")
    return history._replace(
        messages=(
            *history.messages,
            Outgoing(id=99, review_id=review_id, made=after(3), message=message, sent=after(3)),
        )
    )


@pytest.mark.parametrize(
    ("subject", "review_id", "customer", "weekly_subject", "summary_subject"),
    [
        ("Suite à notre réunion", 1, "Régie", "Suite à notre réunion – {}", "Suite à notre réunion – {}"),
        ("RE: Tr: Suite", 1, "", "Suite – {}", "Suite – {}"),
        ("Suite – Point hebdomadaire", None, "", "Suite – {}", "Suite – {}"),
        # As the seller worded it last week.
        ("Régie et nous, lot 4", None, "", "Régie et nous, lot 4", "Régie et nous, lot 4 – {}"),
        # What says nothing, or gives a position away.
        ("Point d'avancement", 1, "Régie", "Régie – {}", "Régie – {}"),
        ("Point hebdomadaire", None, "", "{}", "{}"),
        ("Descendre à 42 k€ par an", 1, "Régie", "Régie – {}", "Régie – {}"),
        # As earlier versions wrote it.
        ("Atlas – Point hebdomadaire", None, "Régie", "Régie – {}", "Régie – {}"),
        # A day that is over, or still to come; the week has gone, or not yet.
        ("Suite à notre réunion du 4 mars", 1, "Régie", "Régie – {}", "Régie – {}"),
        ("Comité du 9 mars", 1, "Régie", "Comité du 9 mars – {}", "Comité du 9 mars – {}"),
        ("Suite à notre réunion du 4 mars – Point hebdomadaire", None, "Régie", "Régie – {}", "Régie – {}"),
        ("Suite à notre réunion du 4 mars", 1, "", "{}", "{}"),
        ("Point du 4 mars", None, "Régie", "Régie – {}", "Régie – {}"),
        ("Réunion de jeudi", 1, "Régie", "Réunion de jeudi – {}", "Réunion de jeudi – {}"),
        # What follows up on a meeting serves for one week, where there is a name to go on with.
        ("Suite à notre réunion – Point hebdomadaire", None, "Régie", "Régie – {}", "Régie – {}"),
        (
            "Suite à notre réunion – Point hebdomadaire",
            None,
            "",
            "Suite à notre réunion – {}",
            "Suite à notre réunion – {}",
        ),
        ("Régie, lot 2 – Point hebdomadaire", None, "Régie", "Régie, lot 2 – {}", "Régie, lot 2 – {}"),
    ],
)
def test_the_customer_never_reads_the_sellers_name_for_the_deal(
    subject: str, review_id: int | None, customer: str, weekly_subject: str, summary_subject: str
) -> None:
    """But the subject under which the group was written to last, else who the customer is."""
    history = told(sale((FIRST, SENT), (THEIRS, {"group": after(2)}), customer=customer), subject, review_id)
    first, second = weekly(history, POLICY, after(7), "en"), summary(history, POLICY, after(7), "en")
    assert first.message is not None
    assert second.message is not None
    assert (first.findings, second.findings) == ((), ())
    assert first.message.subject == weekly_subject.format("Point hebdomadaire")
    assert second.message.subject == summary_subject.format("Synthèse de la semaine")


def test_a_day_of_the_week_is_no_title_a_week_later() -> None:
    """Nobody knows any more which Thursday it was."""
    history = told(sale((FIRST, SENT), (THEIRS, {"group": after(2)}), customer="Régie"), "Réunion de jeudi", 1)
    for day, subject in ((9, "Réunion de jeudi – Point hebdomadaire"), (10, "Régie – Point hebdomadaire")):
        found = weekly(history, POLICY, after(day), "en").message
        assert found is not None
        assert found.subject == subject


@pytest.mark.parametrize(
    ("title", "goes_on"),
    [
        ("Point semaine 4", False),
        ("Projet Régie : sem. 4", False),
        ("Status KW 4", False),
        ("Weekly update, week 4", False),
        ("Estado, semana 4", False),
        ("Aggiornamento settimana 4", False),
        ("Semaines 4 à 8", True),
        ("Rollout, week 4-8", True),
        ("Passage à S4", True),
        ("Point de la semaine", True),
    ],
)
def test_the_number_of_a_week_is_no_title_for_the_next(title: str, goes_on: bool) -> None:
    """A week that the seller counted is over when another begins; a plan for several is not."""
    history = told(sale((FIRST, SENT), (THEIRS, {"group": after(2)}), customer="Régie"), title, None)
    found = weekly(history, POLICY, after(9), "en").message
    assert found is not None
    assert found.subject == (title if goes_on else "Régie – Point hebdomadaire")


@pytest.mark.parametrize(
    "subject",
    [
        "Compte rendu de l'atelier",
        "Following our meeting",
        "Follow-up on the workshop",
        "Nach unserem Termin",
        "Tras nuestra reunión",
        "A seguito dell'incontro",
        "Naar aanleiding van ons overleg",
    ],
)
def test_a_subject_that_follows_up_is_known_in_six_languages(subject: str) -> None:
    """And no plain title is taken for one."""
    assert follows_up(subject)
    assert not any(
        map(follows_up, ("Projet Atlas", "Suite logicielle", "Nachtrag 2", "Seguimiento", "Nationale uitrol"))
    )


def test_the_customers_organisation_is_known_by_its_people() -> None:
    """Where the group has not been written to yet, and all are of one firm; the language is that of what was noted."""
    outcome = [Outcome(day=START, matter="scope", text="Le périmètre du lot 2 est validé.")]
    people = tuple(p.model_copy(update={"organisation": "Régie des eaux"}) for p in PEOPLE)
    other = (people[0].model_copy(update={"organisation": "Cabinet Noir"}), *people[1:])
    for known, subject in ((people, "Régie des eaux – Point hebdomadaire"), (other, "Point hebdomadaire")):
        found = weekly(sale(people=known, outcomes=outcome), POLICY, after(7), "en").message
        assert found is not None
        assert found.subject == subject


def test_a_debt_is_said_in_words() -> None:
    """With its age."""
    [debt] = debts(sale((FIRST, SENT)), POLICY, after(9))
    # An open position is quoted nowhere.
    assert debt_line(debt, "en") == "Budget: open for 9 days; the group will only read that it is being handled."
    [new] = debts(sale((FIRST, SENT)), POLICY, START)
    assert debt_line(new, "fr") == "Budget : ouvert aujourd'hui ; le groupe lira seulement que c'est en cours."


@pytest.mark.parametrize(
    ("text", "day", "told"),
    [
        ("Le jalon 2 est atteint depuis hier.", 7, False),
        ("Le prochain comité a lieu lundi prochain.", 7, False),
        ("Le prochain comité a lieu jeudi à 10 h.", 7, False),
        ("Le prochain comité a lieu jeudi à 10 h.", 1, True),
        ("Le prochain comité a lieu jeudi 26 mars à 10 h.", 7, True),
        ("La recette a été terminée la semaine dernière.", 7, False),
    ],
)
def test_what_counts_from_the_day_it_was_written_is_not_told_later(text: str, day: int, told: bool) -> None:
    """ "Tomorrow" is another day by then; it is left out with the reason."""
    review = reviewed(f"Bonjour Thomas,\n\n{text}\n\nCamille", [THOMAS])
    found = weekly(sale((review, {m.key: START for m in review.proposal.messages})), POLICY, after(day), "en")
    assert (found.message is not None and text in found.message.body) is told
    assert any("Counts from the day" in x.reason for x in found.left_out) is not told


def test_what_was_changed_before_it_left_is_not_told_as_it_was() -> None:
    """The date in the draft is not the one that the reader has; neither a debt nor a recap comes of what was taken out."""
    text = "La recette est avancée au 12 mai 2026. Le périmètre du lot 2 est arrêté : douze agences."
    review = reviewed(f"Bonjour Thomas,\n\n{text}\n\nCamille", [THOMAS])
    history = sale((review, {m.key: after(1) for m in review.proposal.messages}))
    (left,) = history.messages
    assert history.carried(left) == left.message.passage_ids
    edited = left.message.model_copy(
        update={"body": "Bonjour Thomas,\n\nLa recette est avancée au 19 mai 2026.\n\nCamille"}
    )
    changed = history._replace(messages=(left.model_copy(update={"message": edited}),))
    assert changed.carried(changed.messages[0]) == ()
    found = weekly(changed, POLICY, after(7), "en")
    assert found.message is None
    assert [x.text for x in found.left_out] == [
        "La recette est avancée au 12 mai 2026.",
        "Le périmètre du lot 2 est arrêté : douze agences.",
    ]
    assert debts(changed, POLICY, after(7)) == []
    assert debts(history, POLICY, after(7)) != []
    # Another order of the same words is still the same news.
    reworded = edited.model_copy(
        update={"body": "Bonjour Thomas,\n\nAu 12 mai 2026, donc, la recette, avancée.\n\nCamille"}
    )
    kept = history._replace(messages=(left.model_copy(update={"message": reworded}),))
    assert len(kept.carried(kept.messages[0])) == 1


def test_the_summary_counts_seven_days_alike() -> None:
    """Who was written to on the seventh day back is told, like what they read then."""
    review = reviewed("Bonjour Thomas,\n\nLe jalon 2 est atteint.\n\nCamille", [THOMAS])
    history = sale((review, {m.key: START for m in review.proposal.messages}))
    assert "Thomas Vidal" in body(summary(history, POLICY, after(7), "en"))
    assert summary(history, POLICY, after(8), "en").message is None


def test_a_sentence_of_a_recap_begins_with_a_capital() -> None:
    """German goes on in small letters behind a greeting."""
    review = reviewed("Guten Tag Thomas,\n\nder Projektstart wurde auf den 4. Mai festgelegt.\n\nCamille", [THOMAS])
    found = weekly(sale((review, {m.key: START for m in review.proposal.messages})), POLICY, after(3), "en")
    assert "- Der Projektstart wurde" in body(found)


def left(history: History, found: Recap, day: int) -> History:
    """The deal, once a gathered message has left as it is."""
    assert found.message is not None
    kept = Outgoing(
        id=100 + day, made=after(day), message=found.message, covers=found.covers, matters=found.pays, sent=after(day)
    )
    return history._replace(messages=(*history.messages, kept))


def test_a_summary_every_week_tells_nothing_twice() -> None:
    """Neither what an earlier one has told the sponsor nor that one itself is news; what left later on its day is."""
    noted = [Outcome(day=after(2), matter="budget", text="Le budget est confirmé.")]
    history = sale((FIRST, SENT), (THEIRS, {"group": after(7)}), outcomes=noted)
    first = summary(history, POLICY, after(6), "en")
    assert "Le budget est confirmé." in body(first)
    history = left(history, first, 6)
    second = summary(history, POLICY, after(13), "en")
    assert [line.text for line in second.lines] == ["Le planning de la recette est arrêté : du 16 au 27 mars."]
    assert "Karim" not in body(second)
    history = left(history, second, 13)
    for day in (13, 14, 20, 27):
        assert summary(history, POLICY, after(day), "en").message is None
    later = sale((FIRST, SENT), (THEIRS, {"group": after(6)}), outcomes=noted)
    later = later._replace(messages=(*later.messages, history.messages[-2]))
    assert "Thomas Vidal" in body(summary(later, POLICY, after(12), "en"))


@pytest.mark.parametrize(
    ("text", "told", "listed"),
    [
        ("The pilot starts on 19 March.", False, False),
        ("The go-live is moved from 19 to 23 March.", False, True),
        ("The go-live is moved from 19 March to 9 May.", True, False),
        ("The scope of lot 1 was approved on 2 March.", True, False),
        ("The next steering committee is on 20 March.", False, False),
    ],
)
@pytest.mark.parametrize("which", [weekly, summary])
def test_a_day_that_is_over_is_announced_under_no_heading(
    which: Callable[..., Recap], text: str, told: bool, listed: bool
) -> None:
    """A decision that happened by then stays; an owed outcome is listed, and paid by what the seller notes instead."""
    review = reviewed(f"Hello Thomas,\n\n{text}\n\nCamille", [THOMAS], day=after(1))
    history = sale((review, {m.key: after(20) for m in review.proposal.messages}))
    found = which(history, POLICY, after(25), "en")
    assert [line.text for line in found.lines] == ([text] if told else [])
    assert [(x.text, "Announces a day that is over" in x.reason) for x in found.left_out] == (
        [(text, True)] if listed else []
    )
    if listed:
        noted = [Outcome(day=after(25), matter="planning", text="The system is live since 24 March.")]
        history = history._replace(deal=history.deal.model_copy(update={"outcomes": tuple(noted)}))
        history = left(history, gathered(history, after(25)), 25)
        assert debts(history, POLICY, after(26)) == []


POSITION = {
    "en": "Hello all,\n\nThomas, the training of the night shift may slip by two weeks because the wards are short of staff.\n\nCamille",
    "de": "Hallo zusammen,\n\nThomas, die Schulung der Kranführer verschiebt sich wohl um zwei Wochen, da der Simulator nicht fertig "
    "ist.\n\nCamille",
    "fr": "Bonjour à tous,\n\nThomas, la formation de l'équipe de nuit risque de glisser de deux semaines, car les services manquent de "
    "personnel.\n\nCamille",
}


@pytest.mark.parametrize(
    ("language", "text", "told"),
    [
        ("en", "the training of the night shift is now fixed for 20 and 21 March.", True),
        ("de", "Die Schulung der Kranführer findet nun am 26. März statt.", True),
        ("fr", "La formation de l'équipe de nuit est désormais fixée aux 20 et 21 mars.", True),
        # What else was said of it, the same day for one, is no name.
        (
            "en",
            "the training of the night shift is now fixed for 20 March because the wards are short of staff.",
            False,
        ),
        ("en", "the training of the night shift is fixed for 20 March; it had to slip by two weeks.", False),
        ("en", "the wards are short of staff, but the training of the night shift is fixed for 20 March.", False),
        ("de", "Die Schulung der Kranführer findet am 26. März statt, da der Simulator nicht fertig ist.", False),
        ("fr", "La formation de l'équipe de nuit est fixée au 20 mars car les services manquent de personnel.", False),
    ],
)
def test_the_name_of_what_is_planned_gives_no_position_away(language: Language, text: str, told: bool) -> None:
    """The outcome is told to all and settles the matter; with any more of what only the project manager read it stays out."""
    position = reviewed(POSITION[language])
    assert position.draft.language == language
    greeting = {"en": "Hello", "de": "Hallo", "fr": "Bonjour"}[language]
    settled = reviewed(f"{greeting} Thomas,\n\n{text}\n\nCamille", [THOMAS], day=after(3))
    history = sale(
        (position, {m.key: START for m in position.proposal.messages}),
        (settled, {m.key: after(3) for m in settled.proposal.messages}),
    )
    found = weekly(history, POLICY, after(7), "en")
    told_lines = [line.text for line in found.lines]
    if not told:
        assert text[:1].upper() + text[1:] not in told_lines
        assert not any("staff" in t or "Simulator" in t or "personnel" in t for t in told_lines)
        return
    assert told_lines == [text[:1].upper() + text[1:]]
    assert found.findings == ()
    assert (found.pays, found.owed) == (("planning",), ())
    assert debts(left(history, found, 7), POLICY, after(8)) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The training of the night shift is now fixed for 20 and 21 March.", True),
        ("The training of the night shift is fixed for 20 March, the wards are short of staff.", False),
    ],
)
def test_a_noted_outcome_may_call_the_matter_by_its_name(text: str, told: bool) -> None:
    """As the sentence of a message may."""
    position = reviewed(POSITION["en"])
    history = sale(
        (position, {m.key: START for m in position.proposal.messages}),
        outcomes=[Outcome(day=after(3), matter="planning", text=text)],
    )
    assert [line.text for line in weekly(history, POLICY, after(7), "en").lines] == ([text] if told else [])


@pytest.mark.parametrize(
    ("position", "text"),
    [
        (
            "Thomas, strictly between us, the launch of the redundancy plan may slip by two weeks because the unions object.",
            "The launch of the redundancy plan is now fixed for 20 March.",
        ),
        (
            "Thomas, the chaotic rollout of the warehouse may slip by two weeks because the wards are short of staff.",
            "The chaotic rollout of the warehouse is now fixed for 20 March.",
        ),
    ],
)
def test_no_confidence_and_no_judgement_is_the_name_of_what_is_planned(position: str, text: str) -> None:
    """What was told in confidence, or how it is with it, is no name; the outcome is listed as left out, with the reason."""
    first = reviewed(f"Hello all,\n\n{position}\n\nCamille")
    history = sale(
        (first, {m.key: START for m in first.proposal.messages}),
        outcomes=[Outcome(day=after(3), matter="planning", text=text)],
    )
    found = weekly(history, POLICY, after(7), "en")
    assert [line.text for line in found.lines] == []
    assert [x.text for x in found.left_out] == [text]


def test_an_outcome_that_only_shares_its_numbers_is_another_one() -> None:
    """ "Lot 1 is validated" was told; that it is reduced is news."""
    told = reviewed("Hello all,\n\nThe scope of lot 1 is validated.\n\nCamille")
    news = "The scope of lot 1 is reduced to the warehouse."
    history = sale((told, {"group": START}), outcomes=[Outcome(day=after(3), matter="scope", text=news)])
    assert [line.text for line in weekly(history, POLICY, after(7), "en").lines] == [news]


@pytest.mark.parametrize(
    ("hello", "opening"),
    [("Hi all", "Hi Claire,"), ("Dear all", "Dear Claire Leroy,"), ("Salut à tous", "Salut Claire,")],
)
def test_the_summary_greets_as_the_message_for_the_agreement_does(hello: str, opening: str) -> None:
    """By first name where the seller's greeting is among people on first-name terms, whomever it calls."""
    said = "Le périmètre du lot 1 est validé." if "tous" in hello else "The scope of lot 1 is validated."
    price = "Nous pourrions descendre à 42 k€." if "tous" in hello else "We could go down to 42 k€ a year."
    review = reviewed(f"{hello},\n\n{said}\n\n{price}\n\nCamille", agreed=False)
    assert review.proposal.rules_of_engagement is not None
    assert review.proposal.rules_of_engagement.body.splitlines()[0] == opening
    found = summary(sale((review, {"group": START})), POLICY, after(3), "en")
    assert body(found).splitlines()[0] == opening


# --- what was asked, and what was told -----------------------------------------------------------------------------

ASKED = {
    "fr": (
        "Bonjour à tous,\n\nLe scénario B est retenu.\n\n"
        "Thomas, on décale la formation des formateurs au 24 mars, c'est bon pour vous ?\n\nCamille",
        "La formation des formateurs aura lieu le 24 mars.",
    ),
    "en": (
        "Hello all,\n\nScenario B is chosen.\n\nThomas, the cut-over moves to 24 March, does that work for you?\n\nCamille",
        "The cut-over takes place on 24 March.",
    ),
    "de": (
        "Hallo zusammen,\n\nVariante B ist beschlossen.\n\n"
        "Thomas, wir verschieben die Schulung der Disponenten auf den 24. März, passt das?\n\nCamille",
        "Die Schulung der Disponenten findet am 24. März statt.",
    ),
    "es": (
        "Hola a todos:\n\nLa opción B está decidida.\n\n"
        "Thomas, ¿aplazamos la formación de los operarios al 24 de marzo, te va bien?\n\nCamille",
        "La formación de los operarios tendrá lugar el 24 de marzo.",
    ),
    "it": (
        "Buongiorno a tutti,\n\nLo scenario B è deciso.\n\n"
        "Thomas, spostiamo il collaudo del magazzino al 24 marzo, va bene per te?\n\nCamille",
        "Il collaudo del magazzino è spostato al 24 marzo.",
    ),
    "nl": (
        "Dag allemaal,\n\nScenario B is gekozen.\n\n"
        "Thomas, we verschuiven de opleiding van de planners naar 24 maart, past dat voor je?\n\nCamille",
        "De opleiding van de planners vindt plaats op 24 maart.",
    ),
}


@pytest.mark.parametrize("language", ASKED)
def test_the_day_that_was_asked_about_is_told_once_it_is_the_outcome(language: Language) -> None:
    """A question about the day is no confidence, and the note that it became the outcome is told, and pays."""
    asked, outcome = ASKED[language]
    first = reviewed(asked)
    assert first.draft.language == language
    noted = Outcome(day=after(3), matter="planning", text=outcome)
    history = sale((first, {m.key: START for m in first.proposal.messages}), outcomes=[noted])
    assert not not_for_all(history, POLICY, noted, after(3))
    found = gathered(history, after(7))
    assert [line.text for line in found.lines] == [outcome]
    assert debts(left(history, found, 7), POLICY, after(8)) == []


@pytest.mark.parametrize(
    "text",
    [
        "La formation de l'équipe de nuit est reportée au 20 mars, les services manquent de personnel.",
        "La formation de l'équipe de nuit est reportée au 20 mars : manque de personnel.",
        "Faute de personnel, la formation de l'équipe de nuit est reportée.",
    ],
)
def test_an_outcome_with_the_reason_that_one_was_told_is_refused_at_once(text: str) -> None:
    """The day is the outcome's; why it moved is the project manager's. `settle` says what the recap will do."""
    position = reviewed(POSITION["fr"].replace("de deux semaines", "au 20 mars"))
    noted = Outcome(day=after(3), matter="planning", text=text)
    history = sale((position, {m.key: START for m in position.proposal.messages}), outcomes=[noted])
    assert not_for_all(history, POLICY, noted, after(3))
    assert [x.text for x in weekly(history, POLICY, after(7), "en").left_out] == [text]


def test_a_confidence_about_a_day_keeps_it() -> None:
    """Where the schedule was a confidence, its day is no outcome that the group may hear."""
    secret = (
        "Thomas, strictly between us, the launch of the redundancy plan moves to 20 March."  # pragma: allowlist secret
    )
    first = reviewed(f"Hello all,\n\nScenario B is chosen.\n\n{secret}\n\nCamille")
    noted = Outcome(day=after(3), matter="planning", text="The launch of the redundancy plan is fixed for 20 March.")
    history = sale((first, {m.key: START for m in first.proposal.messages}), outcomes=[noted])
    assert not_for_all(history, POLICY, noted, after(3))


@pytest.mark.parametrize(
    ("readers", "told"),
    [(PEOPLE, True), ((CLAIRE, SANDRINE, THOMAS, KARIM), False), ((SANDRINE,), False)],
)
def test_what_the_group_has_read_is_no_secret_any_more(readers: tuple[Stakeholder, ...], told: bool) -> None:
    """The seller told it to all, and every reader of whom it was kept has read it; one who has not keeps it a secret."""
    position = reviewed("Bonjour à tous,\n\nSandrine, nous pourrions descendre à 42 k€ par an.\n\nCamille")
    assert set(position.flags[0].withhold_from) >= {ODILE.address}
    text = "Le prix annuel retenu est de 42 k€ par an."
    message = Message(
        to=tuple(p.address for p in readers), subject="Prix", body=f"Bonjour à tous,\n\n{text}", kind="group"
    )
    history = sale((position, {m.key: START for m in position.proposal.messages}))
    history = history._replace(
        messages=(*history.messages, Outgoing(id=9, made=after(2), message=message, sent=after(2)))
    )
    everybody = [p.address for p in PEOPLE]
    assert (why_not(history, "Le prix annuel est de 42 k€.", None, everybody) is None) is told
    # That it was an offer is no part of what they read.
    assert why_not(history, "Nous pourrions descendre à 42 k€.", None, everybody) == "leak"


def test_what_the_group_has_read_of_another_matter_opens_nothing() -> None:
    """ "42" of something else, in a sentence about something else."""
    position = reviewed("Bonjour à tous,\n\nSandrine, nous pourrions descendre à 42 k€ par an.\n\nCamille")
    history = sale(
        (position, {m.key: START for m in position.proposal.messages}),
        to_all("Le loyer du site de Brest passe à 42 k€ par an.", 2),
    )
    everybody = [p.address for p in PEOPLE]
    assert why_not(history, "Notre prix final baisse et s'établit à 42 k€.", None, everybody) == "leak"


# --- the signature, and the group's own "you" ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hello", "text"),
    [
        ("Bonjour Sandrine", "Le contrat a été signé mardi 3 mars, merci à tous pour votre confiance."),
        ("Hello Sandrine", "The contract has been signed on 3 March, thanks to everyone for your trust."),
        ("Hallo Sandrine", "Der Vertrag wurde am 3. März unterschrieben, danke an alle für Ihr Vertrauen."),
        ("Hola Sandrine", "El contrato ha sido firmado el 3 de marzo."),
        ("Buongiorno Sandrine", "Il contratto è stato firmato il 3 marzo."),
        ("Beste Sandrine", "Het contract is op 3 maart getekend."),
    ],
)
def test_the_signature_is_told_to_all(hello: str, text: str) -> None:
    """Under the decisions, though the contract is the buyer's; thanks to all speak to all."""
    review = reviewed(f"{hello},\n\n{text}\n\nCamille", [SANDRINE], day=after(2))
    found = gathered(sale((review, {m.key: after(2) for m in review.proposal.messages})), after(4))
    assert [(line.heading, line.text) for line in found.lines] == [("decision", text)]


@pytest.mark.parametrize(
    "text",
    [
        "Le contrat vous est envoyé avec l'avenant.",
        "Le contrat sera signé dès que l'article 12 sera revu.",
    ],
)
def test_of_the_contract_nothing_else_is(text: str) -> None:
    """Its terms and its papers stay with the buyer."""
    review = reviewed(f"Bonjour Sandrine,\n\n{text}\n\nCamille", [SANDRINE], day=after(2))
    assert (
        weekly(sale((review, {m.key: after(2) for m in review.proposal.messages})), POLICY, after(4), "en").lines == ()
    )


@pytest.mark.parametrize(
    ("hello", "text"),
    [
        ("Bonjour", "Le contrat est signé, avec notre dernière concession sur les pénalités."),
        ("Bonjour", "Le contrat est signé de notre côté."),
        ("Hello", "Before the contract is signed, legal checks clause 4."),
        ("Hello", "The contract was signed, then withdrawn."),
        ("Hallo", "Sobald der Vertrag unterschrieben ist, startet der Pilot am 4. Mai."),
        ("Hola", "El contrato está casi firmado y el piloto empieza el 4 de mayo."),
        ("Buongiorno", "Quando il contratto è firmato, il pilota inizia il 4 maggio."),
        ("Beste", "Zodra het contract is getekend, start de pilot op 4 mei."),
    ],
)
def test_what_is_no_plain_signature_is_neither_a_decision_nor_a_milestone(hello: str, text: str) -> None:
    """Nor as a note."""
    review = reviewed(f"{hello} Sandrine,\n\n{text}\n\nCamille", [SANDRINE], day=after(2))
    history = sale((review, {m.key: after(2) for m in review.proposal.messages}))
    assert weekly(history, POLICY, after(4), "en").lines == ()
    noted = sale(outcomes=[Outcome(day=after(2), matter="scope", text=text)])
    assert [x.text for x in weekly(noted, POLICY, after(4), "en").left_out] == [text]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Le comité du 20 mars aura lieu dans vos locaux.", True),
        ("Le comité du 20 mars aura lieu dans tes locaux.", False),
        ("Karim, le comité du 20 mars aura lieu dans vos locaux.", False),
        ("Thomas Vidal, le comité du 20 mars, la visite et le repas auront lieu dans vos locaux.", False),
    ],
)
def test_you_is_the_group_in_a_message_to_the_group(text: str, told: bool) -> None:
    """One that waits as it came too soon; not where it says "tu", or calls somebody."""
    soon = reviewed(f"Bonjour à tous,\n\n{text}\n\nKarim, le flux passera par une API REST.\n\nCamille", day=after(3))
    history = sale((FIRST, SENT), (soon, {m.key: after(3) for m in soon.proposal.direct}))
    assert (text in [line.text for line in weekly(history, POLICY, after(7), "en").lines]) is told


@pytest.mark.parametrize(
    ("hello", "text"),
    [
        ("Bonjour", "Le pilote est décalé au 19 mars, comme décidé hier."),
        ("Bonjour", "La recette du 20 mars est confirmée depuis ce matin."),
        ("Hello", "The pilot is moved to 19 March, as decided yesterday."),
        ("Hallo", "Der Pilotbetrieb ist seit gestern auf den 19. März verschoben."),
        ("Hola", "El piloto se ha aplazado al 19 de marzo, como se decidió ayer."),
        ("Buongiorno", "Il collaudo è stato rinviato al 19 marzo, come deciso ieri."),
        ("Beste", "De test is gisteren verplaatst naar 19 maart."),
        ("Bonjour", "La démo a lieu demain et le pilote démarre le 19 mars."),
    ],
)
def test_yesterday_is_another_day_a_week_later(hello: str, text: str) -> None:
    """Whatever other day the sentence names: it is left out with the reason, in a message and as a note; on its day it is told."""
    review = reviewed(f"{hello} Thomas,\n\n{text}\n\nCamille", [THOMAS])
    history = sale((review, {m.key: START for m in review.proposal.messages}))
    noted = sale(outcomes=[Outcome(day=START, matter="planning", text=text)])
    for which in (history, noted):
        found = weekly(which, POLICY, after(1), "en")
        assert found.lines == ()
        assert [(x.text, "Counts from the day" in x.reason) for x in found.left_out] == [(text, True)]
    assert [line.text for line in weekly(history, POLICY, START, "en").lines] == [text]


# --- told once, under its heading ----------------------------------------------------------------------------------


def test_an_outcome_that_was_said_and_noted_is_told_once() -> None:
    """As it was noted, and both are paid."""
    said = reviewed(
        "Hello Thomas,\n\nGreat, the training of the planners on 24 March is confirmed then.\n\nCamille", [THOMAS]
    )
    noted = Outcome(day=after(1), matter="planning", text="The training of the planners takes place on 24 March.")
    history = sale((said, {m.key: START for m in said.proposal.messages}), outcomes=[noted])
    found = gathered(history, after(3))
    assert [line.text for line in found.lines] == [noted.text]
    told_to_all = left(history, found, 3)
    assert debts(told_to_all, POLICY, after(4)) == []
    assert weekly(told_to_all, POLICY, after(10), "en").lines == ()


def test_two_days_of_one_thing_are_two_outcomes() -> None:
    """In Leeds and in Hull."""
    texts = ["The training in Leeds takes place on 24 March.", "The training in Hull takes place on 24 March."]
    history = sale(outcomes=[Outcome(day=after(1), matter="planning", text=t) for t in texts])
    assert [line.text for line in gathered(history, after(3)).lines] == texts


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("Recette du 16 au 20 mars (Thomas pilote).", "next_date"),
        ("Le pilote démarrera le 19 mars.", "next_date"),
        ("Le jalon 2 est atteint.", "milestone"),
    ],
)
def test_a_milestone_that_is_to_come_is_a_next_date(text: str, heading: str) -> None:
    """And one that is reached is progress."""
    review = reviewed(f"Bonjour Thomas,\n\n{text}\n\nCamille", [THOMAS])
    history = sale((review, {m.key: START for m in review.proposal.messages}))
    assert [(line.heading, line.text) for line in gathered(history, after(3)).lines] == [(heading, text)]


# --- what is owed, and what pays -----------------------------------------------------------------------------------


def test_a_confidence_settles_nothing() -> None:
    """Neither does what follows from it; what the group is owed is quoted with its day."""
    first = reviewed(
        "Bonjour à tous,\n\nLe scénario B est retenu.\n\n"
        "Claire, Karim m'a confié que son équipe était épuisée, gardons-le pour nous. Il va falloir réduire le lot 2.\n\nCamille"
    )
    confided = {f.passage_id for f in first.flags}
    assert confided
    history = sale((first, {m.key: START for m in first.proposal.messages}))
    # As the classifier has it of some such sentences.
    labels = tuple(
        c.model_copy(update={"topics": (Topic.SCOPE,), "act": Act.INFORM, "stage": Stage.SETTLED})
        if c.passage_id in confided
        else c
        for c in first.classifications
    )
    history = history._replace(
        reviews=(history.reviews[0]._replace(review=first.model_copy(update={"classifications": labels})),)
    )
    assert debts(history, POLICY, after(7)) == []
    [debt] = debts(sale(directly(LOT.format(3), 4)), POLICY, after(12))
    assert debt_line(debt, "fr").endswith(f"depuis 8 jours. « {LOT.format(3)} » (6 mars 2026)")


def test_a_note_that_may_not_be_told_is_paid_by_a_later_one_that_was() -> None:
    """The price by "the payment terms are settled"; what may be told, and was taken out, is owed still."""
    price = Outcome(
        day=after(1), matter="budget", text="Le délai de paiement est fixé à 45 jours avec un acompte de 30 %."
    )
    plain = Outcome(day=after(4), matter="budget", text="Les conditions de paiement sont arrêtées.")
    other = Outcome(day=after(1), matter="budget", text="Le budget de formation est confirmé.")
    history = sale(outcomes=[price, plain])
    assert not_for_all(history, POLICY, price, after(1))
    assert [d.text for d in debts(history, POLICY, after(5))] == [price.text]
    found = gathered(history, after(7))
    assert [line.text for line in found.lines] == [plain.text]
    assert found.owed == ()
    assert debts(left(history, found, 7), POLICY, after(8)) == []
    kept = sale(outcomes=[other, plain])
    message = gathered(kept, after(7))
    assert message.message is not None
    cut = message.message.model_copy(update={"body": f"Bonjour à tous,\n\n- {plain.text}\n\nCamille"})
    gone = kept._replace(messages=(Outgoing(id=1, made=after(7), message=cut, matters=("budget",), sent=after(7)),))
    assert [d.text for d in debts(gone, POLICY, after(8))] == [other.text]
    # An outcome from before pays nothing.
    early = sale(outcomes=[plain.model_copy(update={"day": START}), price])
    found = gathered(early, after(7))
    assert [d.text for d in debts(left(early, found, 7), POLICY, after(8))] == [price.text]


# --- what one reader alone has read --------------------------------------------------------------------------------


def alone(text: str, reader: Stakeholder, day: int = 0, hello: str = "Bonjour") -> tuple[Review, dict[str, date]]:
    """A mail that this person alone read."""
    review = reviewed(f"{hello} {reader.name.split()[0]},\n\n{text}\n\nCamille", [reader], day=after(day))
    return review, {m.key: after(day) for m in review.proposal.messages}


@pytest.mark.parametrize(
    ("text", "reader"),
    [
        ("La recette est décalée au 4 mai car Karim est débordé.", THOMAS),
        ("Le prix est validé, nous ne pouvons pas descendre plus bas.", SANDRINE),
        ("Le budget est validé grâce à notre geste commercial.", SANDRINE),
    ],
)
def test_what_one_person_was_told_in_confidence_is_kept_from_all_others(text: str, reader: Stakeholder) -> None:
    """The draft had no other reader, and nobody to keep it from: whoever of the deal did not read it must not read it here."""
    review, sent = alone(text, reader)
    assert review.flags
    assert not any(f.withhold_from for f in review.flags)
    history = sale((review, sent))
    for found in (weekly(history, POLICY, after(1), "en"), summary(history, POLICY, after(1), "en")):
        assert found.lines == ()
        assert [x.text for x in found.left_out] == [text]


@pytest.mark.parametrize(
    ("hello", "position", "outcome"),
    [
        (
            "Bonjour",
            "Nous pourrions descendre à 42 k€ par an si l'engagement passe à trois ans.",
            "Le budget annuel est confirmé à 42 k€ par an.",
        ),
        (
            "Hello",
            "We could go down to 42 k€ a year if you commit for three years.",
            "The annual budget is confirmed at 42 k€ a year.",
        ),
        (
            "Hallo",
            "Wir könnten bei drei Jahren Laufzeit auf 42 k€ im Jahr heruntergehen.",
            "Das Jahresbudget ist mit 42 k€ bestätigt.",
        ),
        (
            "Hola",
            "Podríamos bajar a 42 k€ al año si el compromiso es de tres años.",
            "El presupuesto anual está confirmado en 42 k€.",
        ),
        (
            "Buongiorno",
            "Potremmo scendere a 42 k€ all'anno con un impegno di tre anni.",
            "Il budget annuale è confermato a 42 k€.",
        ),
        (
            "Beste",
            "We zouden naar 42 k€ per jaar kunnen zakken bij drie jaar looptijd.",
            "Het jaarbudget is bevestigd op 42 k€.",
        ),
    ],
)
def test_the_price_that_one_buyer_read_is_no_outcome_for_all(hello: str, position: str, outcome: str) -> None:
    """Whether it is told to the sponsor alone, or noted."""
    offer = alone(position, SANDRINE, hello=hello)
    noted = Outcome(day=after(1), matter="scope", text=outcome)
    for history in (sale(offer, alone(outcome, CLAIRE, 1, hello)), sale(offer, outcomes=[noted])):
        assert weekly(history, POLICY, after(2), "en").message is None
    assert why_not(sale(offer), outcome, None, [SANDRINE.address]) is None
    assert why_not(sale(offer), outcome, None, [p.address for p in PEOPLE]) == "leak"


def test_a_plain_outcome_that_one_person_read_is_told_to_all() -> None:
    """Though the classifier doubts whether its money is a position; it says none."""
    review, sent = alone("The payment terms are settled.", SANDRINE, hello="Hello")
    assert review.flags
    history = sale((review, sent), alone("The payment terms are settled.", CLAIRE, 1, "Hello"))
    assert [line.text for line in weekly(history, POLICY, after(2), "en").lines] == ["The payment terms are settled."]


@pytest.mark.parametrize(
    ("hello", "reader", "text"),
    [
        ("Bonjour", SANDRINE, "La remise de 5 % est validée."),
        ("Bonjour", SANDRINE, "Le budget est validé, nous avons accordé une remise."),
        ("Bonjour", SANDRINE, "Le budget est arrêté au plancher."),
        ("Hello", SANDRINE, "The budget is confirmed for a reference in the press."),
        ("Hello", SANDRINE, "The scope is approved and the penalties are waived."),
        ("Hallo", SANDRINE, "Das Budget ist bestätigt, der Rabatt bleibt bei zehn Prozent."),
        ("Hola", SANDRINE, "El presupuesto está aprobado con el descuento pedido."),
        ("Buongiorno", SANDRINE, "Il budget è approvato grazie allo sconto."),
        ("Beste", SANDRINE, "Het budget is goedgekeurd dankzij de korting."),
        ("Bonjour", CLAIRE, "Le licenciement de Thomas est validé."),
        ("Bonjour", CLAIRE, "Le comité a validé le projet malgré l'opposition d'Odile."),
        ("Hello", CLAIRE, "The steering committee approved the project against Odile's vote."),
    ],
)
def test_a_sentence_to_one_reader_is_judged_as_a_note_is(hello: str, reader: Stakeholder, text: str) -> None:
    """Of money in plain words alone, and without anybody's name: it was not written for all. It is listed, with what to do."""
    history = sale(alone(text, reader, hello=hello))
    assert weekly(history, POLICY, after(1), "en").lines == ()
    assert all(x.text == text for x in weekly(history, POLICY, after(1), "en").left_out)


def test_what_is_refused_is_paid_by_the_note_that_says_it_plainly() -> None:
    """As the reason asks for; until then it is owed."""
    text = "Le budget est validé, la remise aussi."
    noted = Outcome(day=after(1), matter="budget", text="Le budget est validé.")
    history = sale(alone(text, SANDRINE))
    assert [d.text for d in debts(history, POLICY, after(1))] == [text]
    [refused] = weekly(history, POLICY, after(1), "en").left_out
    assert refused == (
        text,
        "Says more of money or of the contract than how it ended: note the outcome in a plain sentence.",
    )
    history = sale(alone(text, SANDRINE), outcomes=[noted])
    assert debts(left(history, gathered(history, after(2)), 2), POLICY, after(3)) == []


@pytest.mark.parametrize(
    ("hello", "secret", "read", "later"),
    [
        (
            "Bonjour à tous",
            "Claire, entre nous, Odile veut que la phase 2 du déploiement soit arrêtée avant l'été.",
            "La phase 2 du déploiement est arrêtée pour l'été.",
            "La phase 2 du déploiement est arrêtée avant l'été, la finance le veut.",
        ),
        (
            "Bonjour à tous",
            "Claire, entre nous, la recette du lot 3 est décalée au 4 mai car Karim quitte la société.",
            "La recette du lot 3 est décalée au 4 mai.",
            "La recette du lot 3 est décalée au 4 mai, le chef quittant la société.",
        ),
        (
            "Hello all",
            "Claire, between us, acceptance of lot 3 slips to 4 May because two testers resigned.",
            "Acceptance of lot 3 slips to 4 May.",
            "Acceptance of lot 3 slips to 4 May since the testers resigned.",
        ),
        (
            "Bonjour à tous",
            "Sandrine, nous pourrions livrer la phase 2 en 42 jours, c'est notre limite.",
            "La phase 2 couvre 42 agences.",
            "La phase 2 est validée en 42 jours.",
        ),
        (
            "Hello all",
            "Sandrine, we could train the sites of the east within 42 weeks, that is our limit.",
            "The scope of the rollout is approved for the depots, the yards and the sites of the east: 42 forklifts.",
            "The scope of the rollout is approved for the depots, the yards and the sites of the east: 42 weeks.",
        ),
    ],
)
def test_what_the_group_has_read_opens_no_more_than_that(hello: str, secret: str, read: str, later: str) -> None:
    """Neither the half that it has not read, nor another figure."""
    hosting = "Le périmètre est validé." if "tous" in hello else "The hosting is approved."
    first, everybody = reviewed(f"{hello},\n\n{hosting}\n\n{secret}\n\nCamille"), [p.address for p in PEOPLE]
    history = sale((first, {m.key: START for m in first.proposal.messages}))
    message = Message(to=tuple(everybody), subject="Point", body=f"{hello},\n\n{read}\n\nCamille", kind="group")
    history = history._replace(
        messages=(*history.messages, Outgoing(id=9, made=after(1), message=message, sent=after(1)))
    )
    assert why_not(history, later, None, everybody) == "leak"
    assert why_not(history, read, None, everybody) is None


@pytest.mark.parametrize(
    ("hello", "mail", "noted"),
    [
        (
            "Bonjour à tous",
            "Thomas, la mise en production passerait au 9 mai. Gardez cela pour vous.",
            "La mise en production est fixée au 9 mai.",
        ),
        (
            "Hello all",
            "Thomas, the go-live would move to 9 May. Please don't tell Karim yet.",
            "The go-live is fixed for 9 May.",
        ),
        (
            "Bonjour à tous",
            "Thomas, ce qui suit reste entre vous et moi. La mise en production passerait au 9 mai.",
            "La mise en production est fixée au 9 mai.",
        ),
        (
            "Hallo zusammen",
            "Thomas, die Abnahme würde auf den 9. Mai rücken. Bitte behandeln Sie das vertraulich.",
            "Die Abnahme ist auf den 9. Mai festgelegt.",
        ),
        (
            "Hola a todos",
            "Thomas, la puesta en marcha pasaría al 9 de mayo. Por favor, que quede entre nosotros.",
            "La puesta en marcha está fijada para el 9 de mayo.",
        ),
        (
            "Buongiorno a tutti",
            "Thomas, il collaudo passerebbe al 9 maggio. Per favore, che resti tra noi.",
            "Il collaudo è fissato al 9 maggio.",
        ),
        (
            "Dag allemaal",
            "Thomas, de oplevering zou naar 9 mei gaan. Hou dat alstublieft onder ons.",
            "De levering is vastgesteld op 9 mei.",
        ),
        # A limit is a position besides.
        (
            "Bonjour à tous",
            "Thomas, au plus tard la mise en production passerait au 9 mai, c'est notre limite absolue.",
            "La mise en production est fixée au 9 mai.",
        ),
    ],
)
def test_what_is_said_in_confidence_beside_it_covers_a_sentence(hello: str, mail: str, noted: str) -> None:
    """ "Keep that to yourself" means the sentence before; neither that one nor its day is for all."""
    first = reviewed(f"{hello},\n\n{mail}\n\nCamille")
    outcome = Outcome(day=after(3), matter="planning", text=noted)
    history = sale((first, {m.key: START for m in first.proposal.messages}), outcomes=[outcome])
    found = weekly(history, POLICY, after(7), "en")
    assert not any(word in line.text for line in found.lines for word in ("9 ", "9."))


@pytest.mark.parametrize(
    ("hello", "text", "said"),
    [
        ("Bonjour Claire", "Votre promotion est confirmée. Le périmètre du lot 2 est validé.", "promotion"),
        (
            "Bonjour à tous",
            "Claire, merci pour hier.\n\nVotre contrat est prolongé, la décision est validée.",
            "contrat",
        ),
        (
            "Bonjour à tous",
            "Karim :\n- votre architecture est validée\n- votre équipe est réduite à deux personnes, la décision est validée",
            "otre",
        ),
        ("Bonjour à tous", "Votre plan de charge est validé, Monsieur le directeur technique.", "charge"),
        ("Bonjour à tous", "Pour les achats :\n- votre grille tarifaire est validée", "grille"),
        ("Bonjour à tous", "Côté DSI, votre architecture est validée.", "architecture"),
        ("Hello all", "To our CTO: your architecture is approved.", "architecture"),
        ("Hallo zusammen", "Thomas, danke für gestern.\n\nIhr Terminplan ist bestätigt.", "Terminplan"),
        ("Beste allen", "Thomas, dank voor gisteren.\n\nUw planning is vastgesteld.", "planning"),
    ],
)
def test_you_is_nobodys_in_particular_only_where_nobody_is_called(hello: str, text: str, said: str) -> None:
    """Neither in the greeting, nor in a paragraph before, nor by a role."""
    ask = {"Hel": "Karim, could you send the schema?"}.get(hello[:3], "Karim, pourriez-vous envoyer le schéma ?")
    ask = {"Hal": "Karim, können Sie das Schema senden?", "Bes": "Karim, kunt u het schema sturen?"}.get(hello[:3], ask)
    soon = reviewed(f"{hello},\n\n{text}\n\n{ask}\n\nCamille", day=after(2))
    history = sale((FIRST, SENT), (soon, {m.key: after(2) for m in soon.proposal.direct}))
    assert not any(said in line.text for line in weekly(history, POLICY, after(8), "en").lines)


@pytest.mark.parametrize(
    ("hello", "text"),
    [
        ("Bonjour", "Merci à tous vos testeurs : votre recette est validée et votre équipe tient jusqu'au 4 mai."),
        ("Bonjour", "Merci à tous, votre recette est validée."),
        ("Hello", "Thanks to all your testers: your go-live is approved for 4 May."),
        ("Hello", "Thank you all, your go-live is approved for 4 May."),
        ("Hallo", "Danke an alle Ihre Tester, Ihre Abnahme ist für den 4. Mai bestätigt."),
        ("Hola", "Gracias a todos tus probadores, tu formación está confirmada para el 4 de mayo."),
        ("Buongiorno", "Grazie a tutti i tuoi, la tua formazione è confermata per il 4 maggio."),
        ("Beste", "Dank aan allen, uw opleiding is bevestigd voor 4 mei."),
    ],
)
def test_thanks_to_all_speak_to_all_and_the_rest_to_one(hello: str, text: str) -> None:
    """Whose tests they are is not everybody."""
    found = weekly(sale(alone(text, CLAIRE, hello=hello)), POLICY, after(1), "en")
    assert found.lines == ()


@pytest.mark.parametrize(
    "text",
    [
        "La recette est validée, elle commence dans dix jours.",
        "La recette commence dans 3 semaines.",
        "La recette commence sous quinzaine.",
        "La recette est prévue en fin de semaine.",
        "La recette commence la semaine qui vient.",
        "La livraison est faite ce jour.",
        "Le périmètre vient d'être validé.",
        "The go-live is confirmed in four weeks.",
        "The go-live is confirmed in a fortnight.",
        "The go-live is confirmed for the end of the week.",
        "The scope was approved over the weekend.",
        "The scope was approved just now.",
        "TODAY the scope was approved.",
        "Die Abnahme ist in zehn Tagen.",
        "Die Abnahme ist für Ende der Woche bestätigt.",
        "Der Umfang ist soeben freigegeben worden.",
        "La recepción está confirmada para dentro de diez días.",
        "El alcance fue aprobado el fin de semana.",
        "El alcance fue aprobado hace un rato.",
        "Il collaudo è confermato tra dieci giorni.",
        "Il perimetro è stato approvato nel fine settimana.",
        "Il perimetro è stato approvato poco fa.",
        "De test is over tien dagen.",
        "De scope is in het weekend goedgekeurd.",
        "De scope is gisteravond goedgekeurd.",
        "De scope is tien dagen geleden goedgekeurd.",
    ],
)
def test_whatever_counts_from_its_day_is_out_of_date_weeks_later(text: str) -> None:
    """In whatever number or word; on its day it is not."""
    assert is_out_of_date(text, START, after(20))
    assert not is_out_of_date(text, START, START)


@pytest.mark.parametrize(
    "text",
    [
        "La livraison glisse d'une semaine.",
        "La recette dure dix jours.",
        "The cut-over is put back by a month.",
        "The training takes three days.",
        "Die Schulung ist am Morgen des 4. Mai.",
        "La formación se aplaza dos semanas.",
        "Il collaudo dura dieci giorni.",
        "De acceptatietest schuift een week op.",
        "The LOAD test is done.",
    ],
)
def test_a_span_of_time_counts_from_no_day(text: str) -> None:
    """It is as true weeks later."""
    assert not is_out_of_date(text, START, after(20))


@pytest.mark.parametrize(
    ("hello", "text", "reader"),
    [
        ("Bonjour", "La recette est décalée au 4 mai. Gardez-le pour vous.", THOMAS),
        ("Hello", "The go-live is moved to 4 May. Keep it to yourself.", THOMAS),
        ("Hallo", "Die Abnahme ist auf den 4. Mai verschoben. Behalten Sie das für sich.", THOMAS),
        ("Hola", "La puesta en marcha se aplaza al 4 de mayo. Guárdelo para usted.", THOMAS),
        ("Buongiorno", "Il collaudo è rinviato al 4 maggio. Lo tenga per sé.", THOMAS),
        ("Beste", "De levering is verschoven naar 4 mei. Houd dit voor uzelf.", THOMAS),
        ("Bonjour", "La mise en production est fixée au 9 mai, après le départ du DSI.", THOMAS),
        ("Bonjour", "Le pilote est terminé, Karim part en juin.", CLAIRE),
        ("Bonjour", "Le périmètre est validé ; le service achats a bloqué le reste.", CLAIRE),
        ("Hello", "We want the contract signed this month.", SANDRINE),
    ],
)
def test_what_one_reader_should_keep_or_hears_of_others_is_not_told(hello: str, text: str, reader: Stakeholder) -> None:
    """Neither a day that is said to be for one, nor what a second clause says of somebody or of a department."""
    assert weekly(sale(alone(text, reader, hello=hello)), POLICY, after(1), "en").lines == ()


def test_a_password_is_given_away_by_its_one_word() -> None:
    """In a message to one, and in a note."""
    first = reviewed(
        "Bonjour à tous,\n\nLe périmètre est validé.\n\nKarim, le mot de passe du portail est Hexa2026.\n\nCamille"
    )
    history = sale((first, {m.key: START for m in first.proposal.messages}))
    for text in ("Le portail s'ouvre avec Hexa2026, c'est validé.", "L'accès Hexa2026 est validé."):
        assert why_not(history, text, None, [p.address for p in PEOPLE]) == "leak"
    assert why_not(history, "L'accès est validé.", None, [p.address for p in PEOPLE]) is None


def test_the_sponsors_summary_has_what_was_written_to_the_sponsor() -> None:
    """Whoever it names: they have read it, and nobody else reads this."""
    text = "Le comité a validé le pilotage par Thomas."
    history = sale(alone(text, CLAIRE))
    assert [line.text for line in summary(history, POLICY, after(1), "en").lines] == [text]
    assert [x.text for x in weekly(history, POLICY, after(1), "en").left_out] == [text]


def test_a_mail_to_one_sets_no_tone_for_the_others() -> None:
    """The group is greeted as its own mail was, and the sponsor as she was last called, whatever a mail to somebody else says since."""
    anke = person("Dr. Anke Vogel", Role.CHAMPION)
    people = (anke, *PEOPLE[1:])
    formal = (
        "Sehr geehrte Damen und Herren,\n\nFrau Dr. Vogel, der Umfang von Los 1 steht fest: zwölf Filialen. Der Start ist "
        "am 9. März.\n\nMit freundlichen Grüßen\nMartin Seidel"
    )
    casual = "Hallo Thomas,\n\ndie Abnahme ist auf den 16. März festgelegt.\n\nGruß\nMartin Seidel"
    first, to_one = reviewed(formal, people), reviewed(casual, [THOMAS])
    steps = [(r, {m.key: after(day) for m in r.proposal.messages}) for r, day in ((first, 0), (to_one, 2))]
    history = sale(*steps, people=people)
    assert body(gathered(history, after(7))).startswith("Sehr geehrte Damen und Herren,\n")
    told = summary(history, POLICY, after(4), "en")
    assert body(told).startswith("Sehr geehrte Frau Dr. Vogel,\n")


@pytest.mark.parametrize(
    ("written", "told"),
    [
        (
            "Comme vu au téléphone ce matin, la recette est décalée au 9 mars.",
            "La recette est décalée au 9 mars.",
        ),
        ("As discussed yesterday, the acceptance is moved to 9 March.", "The acceptance is moved to 9 March."),
        (
            "Wie heute Morgen besprochen: Der Testbetrieb wird auf den 9. März verschoben.",
            "Der Testbetrieb wird auf den 9. März verschoben.",
        ),
        ("Thomas, as agreed for lot 2, the acceptance is moved to 9 March.", None),
    ],
)
def test_where_an_outcome_was_talked_over_is_not_told(written: str, told: str | None) -> None:
    """The call of this morning is no reason to keep its outcome from the group; what the outcome is of stays."""
    to_one = reviewed(f"Bonjour Thomas,\n\n{written}\n\nCamille", [THOMAS])
    history = sale((to_one, {m.key: after(0) for m in to_one.proposal.messages}))
    found = sentence(history.reviews[0], to_one.classifications[0].passage_id)
    assert found == (told or "As agreed for lot 2, the acceptance is moved to 9 March.")
    assert told is None or told in body(gathered(history, after(3)))


def test_an_outcome_that_may_not_be_told_is_not_paid_by_another_plan() -> None:
    """The note that the installation moved says nothing of the training that was settled the same day, and that only its own note pays."""
    told = "La formation des agents est reportée au 18 mars, c'est acté avec M. Gaillard."
    to_one = reviewed(f"Bonjour Thomas,\n\n{told}\n\nCamille", [THOMAS])
    steps = [(to_one, {m.key: after(2) for m in to_one.proposal.messages})]
    other = Outcome(day=after(3), matter="planning", text="L'installation est décalée au 9 mars.")
    own = Outcome(day=after(3), matter="planning", text="La formation est confirmée.")
    for notes, owed in (([other], [told]), ([other, own], [])):
        history = sale(*steps, outcomes=notes)
        found = gathered(history, after(5))
        assert [line.text for line in found.lines] == [o.text for o in notes]
        assert [d.text for d in found.owed if d.settled] == owed


def test_a_sentence_is_owed_once() -> None:
    """Also where it touches two matters: "the budget of the first stage" is no outcome of the scope besides."""
    text = "Le budget de la première tranche est confirmé."
    to_one = reviewed(f"Bonjour Sandrine,\n\n{text}\n\nCamille", [SANDRINE])
    both = [c.model_copy(update={"topics": (Topic.BUDGET_PRICE, Topic.SCOPE)}) for c in to_one.classifications]
    to_one = to_one.model_copy(update={"classifications": tuple(both)})
    history = sale((to_one, {m.key: after(1) for m in to_one.proposal.messages}))
    assert [(d.matter, d.text) for d in debts(history, POLICY, after(2))] == [("budget", text)]


def test_a_confidence_is_no_outcome_in_other_words() -> None:
    """What one was told of somebody is not noted for all either, until the group has heard of it."""
    first = reviewed("Bonjour à tous,\n\nClaire, entre nous, Paul Perrin quitte la société en mars.\n\nCamille")
    noted = Outcome(day=after(3), matter="planning", text="La recette est confirmée malgré le départ de M. Perrin.")
    history = sale((first, {m.key: START for m in first.proposal.messages}), outcomes=[noted])
    assert not_for_all(history, POLICY, noted, after(3))


def test_who_wants_every_copy_is_no_outcome() -> None:
    """The sponsor reads it in her own message, and not as a decision of the week."""
    first = reviewed("Bonjour à tous,\n\nLe lot 1 est validé.\n\nOdile veut être en copie de tout.\n\nCamille")
    decided = [
        c.model_copy(update={"topics": (Topic.DECISION,), "stage": Stage.SETTLED}) for c in first.classifications
    ]
    first = first.model_copy(update={"classifications": tuple(decided)})
    history = sale((first, {m.key: START for m in first.proposal.messages}))
    assert "copie" not in body(summary(history, POLICY, after(2), "en"))
