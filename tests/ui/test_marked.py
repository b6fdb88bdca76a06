"""The pictures of the page: escaped, complete, and readable without colour."""

import re
from dataclasses import replace
from html import unescape

from reviewer.types import Audience
from reviewer.ui import marked
from reviewer.ui.inputs import MOST, Kept, Memory, Thread, Typed, mail_of, new_token, people_of, rows_of
from tests.build import CLAIRE, KARIM, PEOPLE, SANDRINE, case
from tests.test_chain import MAIL, local

REVIEW = local(MAIL)


def words(html: str) -> str:
    """The text of some HTML."""
    return unescape(re.sub(r"<[^>]+>", " ", html.replace("<br>", "\n")))


def test_the_marked_draft_holds_every_word_of_the_draft() -> None:
    """In its order, with the topic in words beside each passage, and "sensitive" where something is."""
    text = words(marked.marked_draft(REVIEW))
    position = -1
    for passage in REVIEW.passages:
        found = re.search(r"\s*".join(map(re.escape, passage.text.split())), text[position + 1 :])
        assert found, passage.text
        position += found.start() + 1
    assert "scope" in text
    assert "sensitive" in text


def test_whatever_a_draft_carries_is_text() -> None:
    """No tag, attribute or entity of a draft becomes one of the page."""
    evil = 'Le lot <img src=x onerror=alert(1)> & "quoted" \' </span><script>x</script> est validé.'
    of = case(evil, subject="<b>Objet</b>", people=(CLAIRE.model_copy(update={"name": "<i>Claire</i>"}), KARIM))
    review = local(of)
    for html in (
        marked.marked_draft(review),
        marked.matrix(review),
        marked.original(review),
        *(marked.reading(review, p) for p in of.draft.stakeholders),
    ):
        assert not re.search(r"<(?:img|script|i|b)\b", html)
        assert "onerror=alert" in words(html) or "Claire" in words(html)


def test_the_matrix_says_each_cell_in_words() -> None:
    """A row a passage, a column a person; signs have their meaning beside them for those who do not see them."""
    html = marked.matrix(REVIEW)
    rows = html.count("<tr>") - 1
    assert rows == len(REVIEW.assignments)
    assert html.count("<td") == rows * len(PEOPLE)
    assert html.count("rv-sr") == rows * len(PEOPLE)
    text = words(html)
    for meaning in ("in the group message", "in their own message", "must not read it"):
        assert meaning in text


def test_a_cell_tells_group_direct_copy_withheld_and_none_apart() -> None:
    """The price is direct for Sandrine and withheld from Karim; the scope is the group's."""
    offer = next(a for a in REVIEW.assignments if a.passage_id == "s5")
    scope = next(a for a in REVIEW.assignments if a.passage_id == "s2")
    assert marked.cell(REVIEW, offer, SANDRINE).kind == "direct"
    assert marked.cell(REVIEW, offer, KARIM).kind == "withheld"
    assert marked.cell(REVIEW, scope, KARIM).kind == "group"
    copied = scope.model_copy(update={"audience": Audience(people=(CLAIRE.address,), copied=(KARIM.address,))})
    assert marked.cell(REVIEW, copied, KARIM).kind == "copy"
    assert marked.cell(REVIEW, copied, SANDRINE).kind == "none"


def test_what_a_person_reads_is_all_their_messages() -> None:
    """Claire reads the group's and her own; Karim does not read hers."""
    assert "perdre son équipe" in words(marked.reading(REVIEW, CLAIRE))
    assert "12 agences" in words(marked.reading(REVIEW, CLAIRE))
    assert "perdre son équipe" not in words(marked.reading(REVIEW, KARIM))


def test_rows_and_people_are_the_same_thing() -> None:
    """Through the table and back nothing is lost; a ticked box becomes a note that the method understands."""
    assert people_of(rows_of(PEOPLE), "fr") == PEOPLE
    rows = rows_of((KARIM,))
    rows[0]["insists"] = True
    (again,) = people_of(rows, "fr")
    assert again.note == "veut être en copie de tout"
    assert rows_of((again,))[0]["insists"]


def test_header_lines_above_a_typed_draft_are_no_text() -> None:
    """The field for the subject comes before the line; a mail's thread is kept by the field alone."""
    above = Typed(body="Objet : Projet Atlas\r\n\r\nBonjour,\r\nVoilà.\r\n")
    assert (mail_of(above).subject, mail_of(above).body) == ("Projet Atlas", "Bonjour,\nVoilà.")
    assert mail_of(replace(above, subject=" Lot 1 ")).subject == "Lot 1"
    thread = Thread("Lot 1", "<1@x.example>", ("<0@x.example>",))
    dropped = replace(above, subject="Lot 1", thread=thread)
    assert (mail_of(dropped).in_reply_to, mail_of(dropped).references) == (thread.in_reply_to, thread.references)
    assert mail_of(replace(dropped, subject="Autre sujet")).in_reply_to == ""


def test_memory_forgets_the_oldest() -> None:
    """A draft is found by its own token only, and there is an end to how many are kept."""
    memory = Memory()
    first = new_token()
    memory.keep(first, Kept(Typed(body="first")))
    assert memory.find(first) == Kept(Typed(body="first"))
    assert memory.find("guess") is None
    for _ in range(MOST):
        memory.keep(new_token(), Kept())
    assert memory.find(first) is None
