"""Passages: exact offsets always, and sentences, bullets and zones where a reader would see them."""

import re
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reviewer.forms import forms
from reviewer.passages import passages, sentences
from reviewer.people import read_people
from reviewer.types import Language, Zone
from reviewer.zones import end_of_greeting

BULLET = (
    r"(?:[-+*•·▪◦‣●○■□➢➤→✓✔–—o⁃∙◆◇★▶►➡👉✅☑☐✗✘❌§Øüq\uf000-\uf0ff]\ufe0f?|\(?\d{1,2}[.)°]|\d{1,2}[/-]"
    r"|\(?(?:[a-zA-Z]|[ivx]{2,4})[.)])"
)


RULE = r"[-=_*~—–·•─━═\u2500-\u257f]"


def gaps(body: str) -> list[str]:
    """What stands between the passages, after checking that each is where it says it is."""
    found, position = [], 0
    for passage in passages(body):
        assert body[passage.start : passage.end] == passage.text
        assert passage.start >= position
        assert passage.text.strip() == passage.text != ""
        found.append(body[position : passage.start])
        position = passage.end
    return [*found, body[position:]]


PIECES = st.sampled_from(
    ["Bonjour à tous,", "Le lot 1 est validé.", "42 k€ H.T. par an", "- un point", "1. deux", "\n", "\n\n", " ", "\u00a0", "\t",
     "> cité", "Cordialement,", "Zoé Morel", "-- ", "Le 3 mai 2026, Ada <a@x.example> a écrit :", "M. Durand", "?", "!", "😀",
     "a" * 700, "un, deux; trois, " * 60, "\u200b", "…", "z. B.", "De : Ada", "PS : encore", "•", "o ", "\u2028"]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(
    st.one_of(
        st.lists(PIECES, max_size=25).map("".join), st.lists(PIECES, max_size=25).map(" ".join), st.text(max_size=300)
    )
)
def test_passages_and_the_white_space_between_them_give_the_body_back(body: str) -> None:
    """Whatever the body, offsets are exact, and nothing but white space, bullet signs and rules is left out."""
    for gap in gaps(body):
        gap = re.sub(rf"(?m)^\s*(?:{RULE}\s?){{3,}}\s*$", " ", gap)
        bare = re.sub(r"[\s\u200b\ufeff]+", " ", gap).strip()
        assert bare == "" or re.fullmatch(rf"{BULLET}(?: {BULLET})*", bare), repr(gap)


def zones(body: str) -> list[tuple[str, str]]:
    """(zone, text) of each passage."""
    return [(str(p.zone), p.text) for p in passages(body)]


MAILS = {
    "fr": ("Bonjour à toutes et à tous,", "Le lot 1 est validé.", "Bien cordialement,", "Zoé Morel"),
    "en": ("Hi all,", "The scope of lot 1 is approved.", "Best regards,", "Zoe Morel"),
    "de": (
        "Sehr geehrte Damen und Herren,",
        "der Umfang von Los 1 ist freigegeben.",
        "Mit freundlichen Grüßen",
        "Zoe Morel",
    ),
    "es": ("Estimados todos:", "El alcance del lote 1 está aprobado.", "Un cordial saludo,", "Zoe Morel"),
    "it": ("Buongiorno a tutti,", "Il perimetro del lotto 1 è approvato.", "Cordiali saluti,", "Zoe Morel"),
    "nl": ("Beste allen,", "De scope van kavel 1 is goedgekeurd.", "Met vriendelijke groet,", "Zoe Morel"),
}


@pytest.mark.parametrize("language", MAILS)
def test_a_plain_mail_has_four_zones(language: str) -> None:
    """Greeting, the author's words, sign-off and signature in each language."""
    greeting, text, signoff, name = MAILS[language]
    found = zones(f"{greeting}\n\n{text}\n\n{signoff}\n{name}\n+33 1 55 51 20 20\n")
    assert found[:4] == [("greeting", greeting), ("author", text), ("signoff", signoff), ("signature", name)]
    assert {zone for zone, _ in found[4:]} == {"signature"}


@pytest.mark.parametrize(
    "header",
    [
        "Le 3 mai 2026 à 10:12, Ada Roy <a@x.example> a écrit :",
        "On Mon, May 3, 2026 at 10:12 AM Ada Roy <a@x.example> wrote:",
        "On Mon, May 3, 2026 at 10:12 AM Ada Roy\n<a@x.example> wrote:",
        "Am 3. Mai 2026 um 10:12 schrieb Ada Roy <a@x.example>:",
        "El 3 de mayo de 2026, Ada Roy escribió:",
        "Il giorno 3 maggio 2026 Ada Roy ha scritto:",
        "Op 3 mei 2026 om 10:12 schreef Ada Roy <a@x.example>:",
        "-----Message d'origine-----",
        "-----Original Message-----",
        "-----Ursprüngliche Nachricht-----",
        "De : Ada Roy\nEnvoyé : lundi 3 mai 2026\nÀ : Zoé Morel\nObjet : lot 1",
        "From: Ada Roy\nSent: Monday\nTo: Zoe Morel\nSubject: lot 1",
        "Von: Ada Roy\nGesendet: Montag\nAn: Zoe Morel\nBetreff: Los 1",
        "________________________________\nFrom: Ada Roy\nSent: Monday\nTo: Zoe Morel\nSubject: lot 1",
        '>>> "Kay, Ada" <ada@kay.example> 03/03/26 11:12AM >>>',
        ">>> Ada Kay 03.03.2026 11:12 >>>",
        "Expéditeur : Ada Kay <ada@kay.example>\nDate : 3 mars 2026 à 10:12:00 UTC+1\nDestinataire : Zoé\nObjet : Lot 1",
        "-------- Message original --------\nSujet : Lot 1\nDate : 2026-03-03 10:12\nDe : Ada\nÀ : Zoé",
        "----- Mail original -----\nDe: Ada\nÀ: Zoé",
        "Ada Kay\n03/03/2026 10:12\nPour : Zoé\ncc :\nObjet : Lot 1",
        "Am Dienstag, 3. März 2026 um 10:12:00 MEZ hat Ada Kay <ada@kay.example> Folgendes geschrieben:",
        "On Tue, Mar 3, 2026 at 10:12 AM Ada Kay\n<ada@kay.example>\nwrote:",
    ],
)
def test_everything_below_a_quoted_header_is_quoted(header: str) -> None:
    """Headers of six languages and several clients; the author's words above are his alone."""
    found = zones(f"Bonjour,\n\nLe lot 1 est validé.\n\n{header}\n\nBonjour Zoé,\nEntre nous, Karim hésite.\n")
    own = [text for zone, text in found if zone == "author"]
    assert own == ["Le lot 1 est validé."]
    assert any(zone == "quoted" and "Karim" in text for zone, text in found)


@pytest.mark.parametrize(
    "header",
    [
        "---------- Forwarded message ---------",
        "----- Transféré par Ada le 24/05/2026 11:49 -----",
        "Début du message transféré :",
        "Begin forwarded message:",
        "-------- Weitergeleitete Nachricht --------",
        "---------- Messaggio inoltrato ---------",
        "-----Weitergeleitet von Ada Kay/BERLIN am 03.03.2026 10:12-----",
    ],
)
def test_a_forwarded_mail_is_marked(header: str) -> None:
    """What is forwarded is not the author's."""
    found = zones(f"Pour information.\n\n{header}\nDe : Ada\nObjet : x\n\nKarim hésite.\n")
    assert [text for zone, text in found if zone == "author"] == ["Pour information."]
    assert found[-1][0] == "forwarded"


@pytest.mark.parametrize(
    "line",
    [
        "Get Outlook for iOS",
        "Obtenez Outlook pour iOS<https://aka.ms/o0ukef>",
        "Outlook für iOS beziehen",
        "Holen Sie sich Outlook für Android",
        "Obtener Outlook para iOS",
        "Ottieni Outlook per iOS",
        "Outlook voor iOS downloaden",
        "[cid:image001.png@01DA7C3F.5A1B2C30]",
        "[IMAGE]",
        "<image001.png>",
        "(See attached file: plan.pdf)(See attached file: annexe.pdf)",
        "(Embedded image moved to file: pic.jpg)",
    ],
)
def test_what_a_mail_program_wrote_is_nobodys_text(line: str) -> None:
    """Its advertisement and what stands for a picture, with a sign-off above or none; talk of Outlook is the author's."""
    for closing in ("", "Cordialement,\nZoé\n\n"):
        found = zones(
            f"Bonjour,\n\nLe lot 1 est validé.\n\n{closing}{line}\n\nDe : Ada\nEnvoyé : mardi\nÀ : Zoé\n\nMerci.\n"
        )
        assert [text for zone, text in found if zone == "author"] == ["Le lot 1 est validé."]
        assert ("disclaimer", line) in found
    for line in ("Outlook for Windows", "Outlook pour Mac (beta)", "[image of the plant]"):
        assert ("author", line) in zones(f"Bonjour,\n\nLe lot 1 comprend :\n\n{line}\n\nLe lot 2 attend.\n")
    assert ("author", "Obtenez Outlook pour iOS avant mardi, Karim.") in zones(
        "Bonjour,\n\nObtenez Outlook pour iOS avant mardi, Karim.\nLe lot 1 est validé.\n"
    )


GREETED = read_people("Sally Beek <s@x.example>\nBob Hall <b@x.example>\nAnne Roux <a@x.example>\n")


@pytest.mark.parametrize(
    ("greeting", "text"),
    [
        ("Hello,", "the plan is ready."),
        ("Hallo zusammen,", "hier der Plan!"),
        ("Bonjour Claire,", "lot 1 validé !"),
        ("Hi Bob -", "quick one: is it ready?"),
        ("Hello, Everyone -", "This confirms the meeting."),
        ("Sally, Bob -", "just a thought about the plan."),
        ("Sally / Bob -", "as you know, the plan is ready."),
        ("Hi Sally, Bob,", "the plan is ready."),
        ("Hi Sally,", "Bob, can you confirm the plan?"),
        ("Hi all,", "Bob, the plan is ready."),
        ("Ok Team,", "we are in the last days."),
        ("All:", "as you know, the plan is ready."),
        ("", "All in all, the plan is ready."),
        ("", "Bob - the plan is ready."),
        ("", "Team: Sally and Bob."),
        ("", "Team - 5 people, from Lyon."),
    ],
)
def test_a_greeting_takes_the_names_behind_it_and_no_text(greeting: str, text: str) -> None:
    """Whoever is greeted beside others is not called by what follows; what is said is never a part of the greeting."""
    found = [(str(p.zone), p.text) for p in passages(f"{greeting} {text}", None, GREETED)]
    assert found == [*([("greeting", greeting)] if greeting else []), ("author", text)]


def test_no_greeting_goes_on_without_an_end() -> None:
    """A thousand names are a list, and are not asked one by one whether they are greeted."""
    assert end_of_greeting("Bob, " * 1000, GREETED) < 400


@pytest.mark.parametrize(
    "line",
    [
        "Geachte heer, mevrouw,",
        "Bonjour Madame, Monsieur,",
        "Sehr geehrte Frau Dr. Vogel, sehr geehrter Herr Kurz,",
        "Hi Anna, hope you are well,",
        "Bonjour Claire, bonne année !",
        "Hola a todos:",
        "Hello Sally, Bob and Anne,",
        "Gentile dottoressa Riva, ingegner Fusi,",
    ],
)
def test_names_titles_and_wishes_stay_in_the_greeting(line: str) -> None:
    """A line that only greets is one greeting."""
    assert zones(f"{line}\n\nLot 1 is ready.\n")[0] == ("greeting", line)


@pytest.mark.parametrize(
    ("text", "closing"),
    [
        (
            "Le lot 1 est validé. Le comité est mardi. Bien cordialement. Mr Dupont.",
            ["Bien cordialement.", "Mr Dupont."],
        ),
        ("Lot 1 is approved. See you on Friday. Kind regards.", ["Kind regards."]),
        ("Lot 1 is approved. See you on Friday. Thanks.", []),
        ("Lot 1 is approved. Kind regards to Anna.", []),
    ],
)
def test_a_closing_on_the_line_of_the_last_sentence_is_one(text: str, closing: list[str]) -> None:
    """Thanks there are the author's, and so is what says more."""
    found = zones(f"Bonjour,\n\n{text}\n")
    assert [part for zone, part in found if zone in ("signoff", "signature")] == closing


def test_a_postscript_in_italics_is_one() -> None:
    """Its marks do not keep the sign-off above from being found."""
    found = zones(
        "Beste Sanne,\n\nLot 1 is klaar.\n\nMet vriendelijke groet,\n\n**Tom**\n\n---\n\n*PS: Tot dinsdag!*\n"
    )
    assert [zone for zone, _ in found] == ["greeting", "author", "signoff", "signature", "signature", "author"]


def test_two_blanks_in_a_sign_off_or_greeting_change_nothing() -> None:
    """As a hand in a hurry types them, or a mail client leaves them."""
    found = zones("Bonjour  à tous,\n\nLe lot 1 est validé.\n\nBien à  vous\nZoé\n")
    assert [zone for zone, _ in found] == ["greeting", "author", "signoff", "signature"]


def test_answers_between_quoted_lines_are_the_authors() -> None:
    """In an interleaved reply only the marked lines are quoted."""
    body = "Le 3 mai, Ada <a@x.example> a écrit :\n> Le lot 1 ?\nIl est validé.\n> Et le lot 2 ?\nEn cours.\n"
    assert [text for zone, text in zones(body) if zone == "author"] == ["Il est validé.", "En cours."]


def test_a_postscript_is_the_authors_again() -> None:
    """Below the signature, P.S. is text that somebody must read, in whatever language."""
    for start in ("PS :", "P.S.", "P.-S. :", "PD:", "P.D.:", "Posdata:", "Post-scriptum :", "Nachtrag:"):
        found = zones(f"Bonjour,\n\nLe lot 1 est validé.\n\nCordialement,\nZoé\n\n{start} le budget aussi.\n")
        assert [z for z, _ in found] == ["greeting", "author", "signoff", "signature", "author"], start
        assert "le budget aussi." in found[-1][1]


@pytest.mark.parametrize(
    ("closing", "signs_off"),
    [
        ("Avec mes respectueuses salutations,", True),
        (
            "Je me tiens à votre entière disposition et vous prie d'agréer, Mesdames, Messieurs, l'expression de mes salutations"
            " distinguées.",
            True,
        ),
        (
            "Dans l'attente de votre retour, je vous prie d’agréer, Madame, l'expression de mes sentiments les meilleurs.",
            True,
        ),
        (
            "Je vous confirme les 42 k€ et vous prie d'agréer, Madame, l'expression de mes salutations distinguées.",
            False,
        ),
        ("Je vous prie de croire que le lot 2 est en retard.", False),
        ("Merci et bien cordialement,", True),
        ("Un grand merci et très bonne journée à tous,", True),
        ("Merci beaucoup et à très bientôt !", True),
        ("Many thanks again, and best regards,", True),
        ("Vielen Dank im Voraus und beste Grüße", True),
        ("Muchas gracias de nuevo y un saludo cordial,", True),
        ("Grazie mille e cordiali saluti,", True),
        ("Alvast bedankt en vriendelijke groet,", True),
        ("Merci et envoyez-nous le schéma.", False),
    ],
)
def test_a_respectful_closing_signs_off(closing: str, signs_off: bool) -> None:
    """However many words it takes; but not where it says something besides."""
    found = zones(f"Bonjour,\n\nLe lot 1 est validé.\n\n{closing}\nZoé\n")
    assert ([z for z, _ in found] == ["greeting", "author", "signoff", "signature"]) == signs_off


@pytest.mark.parametrize(
    "closing",
    [
        "Cdlt,\n--\nCamille Ostrowski\nKaysoft",
        "Cdlt,\n\n-- \nCamille Ostrowski\nKaysoft",
        "Cdlt,\nCamille\n--\nCamille Ostrowski\nKaysoft",
        "Cordialement,\nCamille\n\nCamille Ostrowski\nDirectrice de projet",
        "Camille\n\nCamille Ostrowski\nDirectrice de projet\n+33 6 12 34 56 78",
    ],
)
def test_who_signs_twice_is_one_person(closing: str) -> None:
    """A first name, and the whole signature below it, with a rule between them or none."""
    found = zones(f"Bonjour Anna,\n\nLe lot 1 est validé.\n\n{closing}\n")
    assert [zone for zone, _ in found if zone == "author"] == ["author"]
    assert found[-1][0] == "signature"


@pytest.mark.parametrize("line", ["Anna", "Camille valide", "Camille Leroy"])
def test_another_line_above_a_signature_is_the_authors(line: str) -> None:
    """Somebody else's name, or a sentence."""
    found = zones(
        f"Bonjour,\n\nLe lot 1 est validé.\n\n{line}\n\nCamille Ostrowski\nDirectrice de projet\n+33 6 12 34 56 78\n"
    )
    assert ("author", line) in found


@pytest.mark.parametrize(
    "greeting",
    [
        "Messieurs-Dames,", "Mesdames, Messieurs,", "Signore e signori,", "Meine Damen und Herren,", "Dames en heren,",
        "Señoras y señores:", "Damas y caballeros:", "Ladies and gentlemen,", "Hello Dr. Ursula Frei,", "Hello Dr. Keller,",
    ],
)  # fmt: skip
def test_ladies_and_gentlemen_are_greeted(greeting: str) -> None:
    """In six languages; a title, with a first name or without one."""
    assert zones(f"{greeting}\n\nLe lot 1 est validé.\n")[0] == ("greeting", greeting)
    assert zones("Dames en heren hebben het plan goedgekeurd.\n")[0][0] == "author"


@pytest.mark.parametrize(
    "greeting",
    [
        "Sehr geehrte Frau Dr. Vogel, sehr geehrte Damen und Herren,",
        "Bonjour Madame Morel, bonjour Monsieur Petit, bonjour à toutes et tous,",
        "Dear Helen, dear Dev, dear Marcus, dear Sofia, dear Yasmin, dear Gareth,",
        "Dear Helen,\nDear all,",
        "Beste Sanne,\n\nBeste allen,",
    ],
)
def test_two_greetings_are_greetings(greeting: str) -> None:
    """On one line or on two; a sentence that begins as one does is none."""
    found = zones(f"{greeting}\n\nThe scope of lot 1 is validated.\n")
    assert found == [*(("greeting", line) for line in greeting.split("\n") if line), found[-1]]
    assert found[-1][0] == "author"
    for line in (
        "Madame Morel a validé le lot 2 !",
        "Dear me, the schedule of the second lot was too tight after all,",
    ):
        assert zones(f"Bonjour Karim,\n{line}\nLe lot 1 suit.\n")[1][0] == "author"
    assert (
        zones("Hello Dev, hello Marcus, the scope of lot 1 is validated, and the pilot starts,\n")[0][1] == "Hello Dev,"
    )


@pytest.mark.parametrize(
    ("last", "zone"),
    [
        ("sc", "signature"),
        ("J.M.", "signature"),
        ("- jm", "signature"),
        ("ok", "author"),
        ("non", "author"),
        ("sure", "author"),
    ],
)
def test_initials_right_below_the_text_sign_it(last: str, zone: str) -> None:
    """Where the line above is a sentence, and they are no short answer."""
    found = zones(f"Lynn, the flow is restricted on your side.\nAny ideas would be appreciated.\n{last}\n")
    assert found[-1] == (zone, last)
    cut = zones(f"The flow is restricted on\n{last}\n")
    assert all(zone == "author" for zone, _ in cut) or last == "J.M."


@pytest.mark.parametrize(
    "text",
    [
        "Chiedo all'ing. Moretti di preparare due slide.",
        "Voir l’art. 12 du contrat.",
        "Con la Vostra del 4 u.s. avete chiesto una proroga.",
        "M. Aubin, je vous appelle jeudi pour en parler.",
    ],
)
def test_an_abbreviation_ends_no_sentence_and_begins_no_list(text: str) -> None:
    """Behind an article that is written together with it, and at the start of a line."""
    (found,) = passages(text)
    assert (found.text, found.bullet) == (text, "")


def test_a_disclaimer_is_no_text_of_the_author() -> None:
    """The legal notice at the end is marked, a sentence about confidentiality in the middle is not."""
    found = zones(
        "Bonjour,\n\nCe projet est confidentiel jusqu'en mai.\nLe lot 1 est validé.\n\nCordialement,\nZoé\n\n"
        "Ce message et ses pièces jointes sont confidentiels et destinés exclusivement à leur destinataire.\n"
    )
    assert ("author", "Ce projet est confidentiel jusqu'en mai.") in found
    assert found[-1][0] in ("disclaimer", "signature")


def test_a_greeting_may_share_its_line_with_text() -> None:
    """The greeting is cut off, and the sentence behind it is the author's."""
    found = zones("Bonjour à tous, je reviens vers vous sur le lot 1.\n\nCordialement\nZoé")
    assert found[:2] == [("greeting", "Bonjour à tous,"), ("author", "je reviens vers vous sur le lot 1.")]


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        ("- un\n- deux\n* trois\n• quatre\n1. cinq\n2) six\na) sept", ["un", "deux", "trois", "quatre", "cinq", "six", "sept"]),
        ("Premier point\nSecond point\nTroisième point", ["Premier point", "Second point", "Troisième point"]),
        ("One sentence a line.\nAnother one.\nA third.", ["One sentence a line.", "Another one.", "A third."]),
        ("Un\u00a0: deux\u202f!\r\nTrois.", ["Un\u00a0: deux\u202f!", "Trois."]),
        ("Le prix est de 42,5 k€ H.T. par an. Il est ferme.", ["Le prix est de 42,5 k€ H.T. par an.", "Il est ferme."]),
        ("Voir avec M. Durand, p. ex. lundi. Merci.", ["Voir avec M. Durand, p. ex. lundi.", "Merci."]),
        ("“Oui.” Il l'a dit… Puis non ?! Bon.", ["“Oui.”", "Il l'a dit…", "Puis non ?!", "Bon."]),
        (
            "Le périmètre du premier lot est maintenant validé par votre comité de\npilotage, et nous pouvons commencer.",
            ["Le périmètre du premier lot est maintenant validé par votre comité de\npilotage, et nous pouvons commencer."],
        ),
        ("My questions: 1. Is it ready? 2. Who signs?", ["My questions:", "1. Is it ready?", "2. Who signs?"]),
        ("Seats: 12. The price is fixed.", ["Seats: 12.", "The price is fixed."]),
        ("Seats:\n12.\nThe price is fixed.", ["Seats:", "12.", "The price is fixed."]),
        ("We sign lot No. 7. See you on Sept. 11. Bring it.", ["We sign lot No. 7.", "See you on Sept. 11.", "Bring it."]),
        ("We meet at 3 p.m. May I ask one thing?", ["We meet at 3 p.m.", "May I ask one thing?"]),
        ("### 1. The drawings\n\nWe use page 1. Then we stop.", ["### 1. The drawings", "We use page 1.", "Then we stop."]),
        ("The plan:\n1.\nThe site opens.\n2.\nThe line starts.", ["The plan:", "The site opens.", "The line starts."]),
        ("Welcome to the Legal Dept.! Here is the plan.", ["Welcome to the Legal Dept.!", "Here is the plan."]),
        (
            "It begins at 8:30 a.m. PST and ends at 1 p.m. Monday. We leave at 5 p.m. Then we eat.",
            ["It begins at 8:30 a.m. PST and ends at 1 p.m. Monday.", "We leave at 5 p.m.", "Then we eat."],
        ),
        ("Lot 1 is done.\n\n-----\n\nLot 2 waits.\n═══════\nLot 3 too.", ["Lot 1 is done.", "Lot 2 waits.", "Lot 3 too."]),
        (
            "The sums:\n04 Jan\t\t$ 131K\tProgress. November\n05 Jan\t\t$ 28K\tDelivery\n\nThanks to all.",
            ["The sums:", "04 Jan\t\t$ 131K\tProgress. November\n05 Jan\t\t$ 28K\tDelivery", "Thanks to all."],
        ),
        ("| Lot | Price |\n|-----|-------|\n| 1 | 40 k€ |", ["| Lot | Price |\n|-----|-------|\n| 1 | 40 k€ |"]),
        ("Karim:\tcan you confirm?\nClaire:\tcan you sign?", ["Karim:\tcan you confirm?", "Claire:\tcan you sign?"]),
        ("a)\tThe site opens.\nb)\tThe line starts.", ["The site opens.", "The line starts."]),
    ],
)  # fmt: skip
def test_sentences_and_bullets_are_cut_where_a_reader_would(body: str, texts: list[str]) -> None:
    """Bullets of all kinds, lines without punctuation, abbreviations, quotes, and hard-wrapped sentences."""
    assert [p.text for p in passages(body.replace("\r\n", "\n"), "fr")] == texts


@pytest.mark.parametrize(
    ("language", "text", "count"),
    [
        ("de", "Der Termin ist am 14. März um 10 Uhr. Danke.", 2),
        ("de", "Die Schulung findet am 11. und 12. November statt. Danke.", 2),
        ("de", "Wir sind am 9., 10. und 11. Nov. nicht da. Danke.", 2),
        ("de", "Termin: 9. November. Danke.", 2),
        ("de", "Das ist in KW 12. Mai passt auch.", 2),
        ("de", "Das gilt z. B. für Los 1, d. h. sofort. Danke.", 2),
        ("de", "Siehe Nr. 5 bzw. Abs. 3. Danke.", 2),
        ("en", "Dr. Roy met Mr. Li at 3 p.m. yesterday. Thanks.", 2),
        ("en", "Use v2.1 e.g. on site. Thanks.", 2),
        ("es", "El Sr. Roy y la Sra. Li vienen. Gracias.", 2),
        ("it", "Il Dott. Roy e la Sig.ra Li arrivano. Grazie.", 2),
        ("nl", "Dat geldt bijv. voor kavel 1. Bedankt.", 2),
        ("fr", "La recette est avancée au 23, et non plus le 24. Bruno, merci pour le car.", 2),
        ("fr", "La réunion est le 14. mars, à Lyon. Merci.", 2),
        ("fr", "Mme. Roy et M. Li, art. 5 et 6, env. 40 k€. Merci.", 2),
    ],
)
def test_abbreviations_end_no_sentence(language: Language, text: str, count: int) -> None:
    """Titles, ordinals and everyday abbreviations in six languages."""
    assert len(sentences(text, language)) == count


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Book CNG.APPAL.IF.M.I for May. Thanks.", ["Book CNG.APPAL.IF.M.I for May.", "Thanks."]),
        ("Click https://a.example/b.asp?Id=4&page=2 today.", ["Click https://a.example/b.asp?Id=4&page=2 today."]),
        ("Is it https://a.example/b? Yes it is.", ["Is it https://a.example/b?", "Yes it is."]),
        ("See http://www.EMUMAIL.com today. Then call.", ["See http://www.EMUMAIL.com today.", "Then call."]),
        ("Read offer.Final.pdf first. Then call.", ["Read offer.Final.pdf first.", "Then call."]),
        ("ASP.NET is fine.", ["ASP.NET is fine."]),
        ("The budget is settled.We go on.Thanks.", ["The budget is settled.", "We go on.", "Thanks."]),
        ("The price is $5.00.Please confirm.", ["The price is $5.00.", "Please confirm."]),
        ("Is it done?Yes.", ["Is it done?", "Yes."]),
    ],
)
def test_a_stop_without_a_blank_ends_a_sentence_only_between_plain_words(text: str, found: list[str]) -> None:
    """A code, an address and the name of a file stay whole; a forgotten blank does not join two sentences."""
    assert [text[a:b] for a, b in sentences(text, "en")] == found


def test_a_question_mark_before_a_tab_is_a_bullet() -> None:
    """What old mail clients make of a bullet that they cannot show; a question before a blank is none."""
    found = passages("Done:\n?\tOption grid\no\tReleased to production.\n?   Ticker\nWho can test it\n? Karim?", "en")
    assert [(p.bullet, p.text) for p in found[1:4]] == [
        ("?", "Option grid"),
        ("o", "Released to production."),
        ("?", "Ticker"),
    ]
    assert not found[-1].bullet


def test_a_mail_that_was_wrapped_twice_is_read_as_its_sentences() -> None:
    """A blank at the end of a line says that it goes on, and an empty line in mid-sentence is none of the seller's."""
    body = (
        "I have attached the list of the attendees of the dinner on Monday the 6th of \nNovember, so \n"
        "that you can plan. The purpose of these notes is not only to help all the \nhosts\n"
        "who are new. As you will see from the list we have not heard from the two \n\nvendors yet.\n\n"
        "Following are the hosts"
    )
    texts = [" ".join(p.text.split()) for p in passages(body, "en")]
    assert texts[0] == (
        "I have attached the list of the attendees of the dinner on Monday the 6th of November, so that you can plan."
    )
    assert texts[2:] == [
        "As you will see from the list we have not heard from the two vendors yet.",
        "Following are the hosts",
    ]


@pytest.mark.parametrize("closing", ["A bientot", "À demain pour la démo,", "A jeudi au comité,"])
def test_a_closing_may_say_when_one_meets_again(closing: str) -> None:
    """Without accents, and with the occasion where a comma ends it."""
    assert ("signoff", closing) in zones(f"Bonjour,\n\nLe lot 1 est validé.\n\n{closing}\nDamien Roussel\n")


def test_a_sign_alone_on_its_line_is_that_of_the_text_below() -> None:
    """As old mail clients wrap their lists, with an empty line or without."""
    text = "Topics:\n?\nThe report of last week\nand of this one\n?\nThe plan\n\n•\n\nThe rollout\n"
    assert [(p.bullet, p.text, p.paragraph) for p in passages(text, "en")] == [
        ("", "Topics:", 0),
        ("?", "The report of last week\nand of this one", 0),
        ("?", "The plan", 0),
        ("•", "The rollout", 1),
    ]


@pytest.mark.parametrize(
    "body",
    [
        "Could you send the list\n?\nThank you.",
        "Pouvez-vous envoyer le schéma (avant jeudi)\n?\nLe lot 1 est validé.",
        "Avez-vous la paie, etc.\n?\nLe lot 1 est validé.",
        "We have three choices\n-\nnone of them is cheap.",
        "The scope is validated.\n\n-\n\nThe rollout begins in May.",
        "SSO\n✓\nJournal d'audit\n–\nHébergement dédié\n✓",
        "•\n\u200b\n> We agreed on that.\n> Yours",
    ],
)
def test_a_mark_alone_on_its_line_is_not_always_the_sign_of_a_list(body: str) -> None:
    """It may end the text above, go on with it, part two paragraphs, or stand in a table."""
    assert not any(p.bullet for p in passages(body, "fr" if "vous" in body else "en"))


@pytest.mark.parametrize(
    "signs",
    ["·         ", "\uf0b7\t", "§  ", "Ø\u00a0\u00a0", "ü\t", "o   ", "o\u00a0\u00a0 ", "✅ ", "➡️ ", "👉 ", "► ", "+ ", "(i) |(ii) ",
     "i.\t|ii.\t", "1/ |2/ ", "1- |2- ", "1)\t|2)\t", "a.\t|b.\t", "a)\u00a0|b)\u00a0"],
)  # fmt: skip
def test_signs_of_word_and_of_busy_hands_are_bullets(signs: str) -> None:
    """However Word's own signs arrive, numbers with a slash or a dash, roman ones, and little pictures."""
    first, second = (signs.split("|") * 2)[:2]
    found = passages(f"Les points :\n{first}Le lot est validé.\n{second}Le comité est mardi.\n\nMerci à tous.\n", "fr")
    assert [(p.bullet, p.text) for p in found[1:3]] == [
        (first.strip(), "Le lot est validé."),
        (second.strip(), "Le comité est mardi."),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "§ 12 BGB gilt.",
        "§  12 BGB gilt.",
        "+33 6 12 34 56 78",
        "3/4 der Arbeit ist getan.",
        "q.e.d.",
        "1.5  kg",
        "12.3.\tTermin",
        "2- und dreifach",
    ],
)
def test_what_only_begins_like_a_bullet_is_text(text: str) -> None:
    """Paragraphs of a law, numbers, and words."""
    assert passages(f"Hier der Stand:\n{text}\nDer Plan gilt.\n", "de")[1].text.startswith(text[:2].strip())


def test_bullets_carry_their_sign_and_paragraphs_their_number() -> None:
    """The sign is beside the text, and blank lines count paragraphs."""
    found = passages("Bonjour,\n\nLes points :\n- un\n- deux\n\nFin.", "fr")
    assert [(p.bullet, p.paragraph) for p in found] == [("", 0), ("", 1), ("-", 1), ("-", 1), ("", 2)]


def test_a_mail_of_many_lines_is_cut_quickly_and_completely() -> None:
    """Two hundred bullets are two hundred passages; a very long sentence is cut at a comma."""
    body = "\n".join(f"- point numéro {n}" for n in range(200))
    assert len(passages(body, "fr")) == 200
    assert all(len(p.text) <= 600 for p in passages("un mot, " * 400, "fr"))


def test_quoted_zone_is_an_enum_member() -> None:
    """Zones are the vocabulary's words."""
    assert passages("> cité", "fr")[0].zone is Zone.QUOTED


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("es", "Lic. Mónica Arce y Dra. Ruiz, ¿nos lo confirman?"),
        ("es", "Dña. Ana y el Ing. Benítez vienen el lunes."),
        ("it", "Rag. Rossi e avv. Greco sono avvisati."),
        ("de", "Dipl.-Ing. Huber und Prof. Dr. Meier kommen."),
        ("en", "Rev. Moss and Capt. Orr will join us."),
    ],
)
def test_a_title_ends_no_sentence(language: Language, text: str) -> None:
    """People are named with their titles in every language."""
    assert [text[a:b] for a, b in sentences(text, language)] == [text]


def test_a_long_run_of_abbreviations_is_read_in_the_time_of_its_length() -> None:
    """Eight times as many take about eight times as long, not sixty-four."""

    def seconds(count: int) -> float:
        began = time.process_time()
        assert len(sentences("Herr Dr. " * count, "de")) == 1
        return time.process_time() - began

    seconds(100)
    assert seconds(4000) < 24 * seconds(500)


def test_a_long_run_of_quotation_marks_is_read_at_once() -> None:
    """The splitter alone would take a minute of them; what stands between them is kept as it is."""
    text = "«" * 100_000 + " Bonjour. Merci."
    began = time.process_time()
    assert [text[a:b] for a, b in sentences(text, "fr")][-1] == "Merci."
    assert time.process_time() - began < 2


IBAN = "FR76 3000 6000 0112 3456 7890 189"


@pytest.mark.parametrize(
    "text",
    [
        f"Bonjour,\n\nVoici notre offre pour le lot 1.\n\nIBAN : {IBAN}",
        f"Bonjour,\n\nVoici notre offre pour le lot 1.\n\n{IBAN}",
        "Hi,\n\nPlease find the offer.\n\nIBAN: DE89370400440532013000",
        "Hi,\n\nPlease find the offer.\n\nlogin: jdoe mdp: citron77",
        "Hi,\n\nPlease find the offer.\n\nPassword: hunter2!77120",
        "Hi,\n\nPlease find the offer.\n\nKind regards,\nTom Ellis\nPassword: hunter2!77120",
        f"Hi,\n\nPlease find the offer.\n\nKind regards,\n{IBAN}",
    ],
)
def test_access_data_and_an_account_at_the_end_are_no_signature(text: str) -> None:
    """They are the author's words, to be flagged, where nobody signs above; access data also where somebody does."""
    last = passages(text)[-1]
    assert last.zone is Zone.AUTHOR
    assert any(f.has_value for f in forms(last.text))


def test_a_bank_line_below_a_name_is_the_senders_own() -> None:
    """It stays in the signature."""
    last = passages(f"Hi,\n\nPlease find the offer.\n\nKind regards,\nTom Ellis\nHarbour Ltd\nIBAN: {IBAN}")[-1]
    assert IBAN in last.text
    assert last.zone is Zone.SIGNATURE


@pytest.mark.parametrize(
    "number", ["FR76 3000 6000 0112\n3456 7890 189", "GB29 NWBK 6016\n1331 9268 19", "4111 1111\n1111 1111"]
)
@pytest.mark.parametrize("before", ["", "Hi all,\n\nThe pilot is complete.\n\n"])
def test_a_number_of_an_account_or_card_is_one_passage_over_two_lines(before: str, number: str) -> None:
    """So that no half of it goes anywhere; two numbers that only stand below one another are two."""
    assert passages(f"{before}Pay to {number}\n")[-1].text == f"Pay to {number}"
    assert passages(f"{before}Room 4111 1111\n1111 seats")[-1].text == "1111 seats"
