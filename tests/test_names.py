"""Names in a text: who is meant, and whether the text speaks to them or about them."""

import pytest

from reviewer.names import addressed, ambiguous, end_of_call, first_name, talked_about, without_call
from reviewer.types import Stakeholder

PEOPLE = tuple(
    Stakeholder(name=name, address=f"{key}@x.example")
    for key, name in {
        "claire": "Claire Leroy",
        "durand": "Paul Durand",
        "martin": "Paul Martin",
        "petit": "Jean-Marc Petit",
        "anna": "Anna Müller",
        "eric": "Éric Lefèvre",
        "elena": "Elena Ferrari",
    }.items()
)


def keys(addresses: tuple[str, ...]) -> list[str]:
    """The part before the @."""
    return [address.split("@")[0] for address in addresses]


@pytest.mark.parametrize(
    ("text", "to", "about"),
    [
        ("Claire, pourriez-vous confirmer ?", ["claire"], []),
        ("Claire et Anna, pouvez-vous relire ?", ["claire", "anna"], []),
        ("Claire peux-tu regarder", ["claire"], []),
        ("Anna können sie das prüfen?", ["anna"], []),
        ("Anna haben sie gestern informiert.", [], ["anna"]),
        ("Le confermo, Elena, che il perimetro è approvato.", ["elena"], []),
        ("Le ho scritto ieri, Elena, per il collaudo.", ["elena"], []),
        ("Le planning, Anna, est validé.", [], ["anna"]),
        ("Le agenzie, Elena, sono pronte.", [], ["elena"]),
        ("Nous avons levé les réserves d'Anna.", [], ["anna"]),
        ("Je crois qu’Éric hésite.", [], ["eric"]),
        ("PS : Claire, j'ai oublié votre badge.", ["claire"], []),
        ("PS Claire, j'ai oublié votre badge.", ["claire"], []),
        ("P.S. Anna - good luck with the marathon!", ["anna"], []),
        ("Enfin, Anna, pourriez-vous relire ?", ["anna"], []),
        ("Sinon Anna, peux-tu relire ?", ["anna"], []),
        ("Claire ou Anna, pouvez-vous relire ?", ["claire", "anna"], []),
        ("Anna - your connector is on v2.3.", ["anna"], []),
        ("Anna - our CTO - told me that it works.", [], ["anna"]),
        ("Claire, la tolérance de ±0,02 mm est tenue, je crois.", ["claire"], []),
        ("Claire, de votre côté, merci de valider le plan.", ["claire"], []),
        ("Claire tu m'avais parlé du plan.", ["claire"], []),
        ("Mme Leroy et M. Durand, pourriez-vous relire ?", ["claire", "durand"], []),
        ("Merci Claire pour ce retour.", ["claire"], []),
        ("Pour Anna : le budget.", ["anna"], []),
        ("Par ailleurs, Jean-Marc, il faudrait que vous validiez.", ["petit"], []),
        ("Could you send it by Friday, Claire?", ["claire"], []),
        ("Danach hatten Sie gefragt, Frau Müller, dort lag es bei 12.", ["anna"], []),
        ("Pourriez-vous l'envoyer vendredi, Madame Leroy ?", ["claire"], []),
        ("Das hat uns, Frau Müller zufolge, viel gekostet.", [], ["anna"]),
        ("Anna können Sie das prüfen?", ["anna"], []),
        ("Madame Leroy, pourriez-vous relire ?", ["claire"], []),
        ("@Claire le plan est prêt", ["claire"], []),
        ("Claire, the replica is two hours behind, can you look?", ["claire"], []),
        ("Claire, le club résident discute avec un concurrent, il vaudrait mieux signer.", ["claire"], []),
        ("Claire, the head of the network team, told me no.", [], ["claire"]),
        ("Claire, who is our sponsor, told me no.", [], ["claire"]),
        ("Claire craint pour son poste.", [], ["claire"]),
        ("Paul Durand, notre DSI, m'a confié que ça coince.", [], ["durand"]),
        ("Claire, Paul Martin et Anna sont d'accord.", [], ["claire", "martin", "anna"]),
        ("M. Lefevre m'a dit non.", [], ["eric"]),
        ("Lefebvre arrive demain.", [], ["eric"]),
        ("Entre nous Claire, Anna m'a dit qu'elle hésite.", ["claire"], ["anna"]),
        ("Dott.ssa Ferrari, il prezzo è fermo.", ["elena"], []),
        ("Dottoressa Ferrari, il prezzo è fermo.", ["elena"], []),
        ("Il prezzo è fermo. Sig.ra Ferrari, può confermare?", ["elena"], []),
        ("Geom. Ferrari, il prezzo è fermo.", ["elena"], []),
        ("La dott.ssa Ferrari, che decide, ha detto no.", [], ["elena"]),
        ("Herr Prof. Dr. Durand, der Preis bleibt.", ["durand"], []),
        ("Frau Dr. Müller und Herr Dr. Durand, können Sie das prüfen?", ["anna", "durand"], []),
        ("The report by Dr. Leroy: late again.", [], ["claire"]),
        ("Claire, your 8k will not be enough for it, I think it is closer to 12k.", ["claire"], []),
        ("Claire, your contact at the plant, told me no.", [], ["claire"]),
        ("Claire, un grand merci pour ton appui, sans toi rien ne serait signé.", ["claire"], []),
        ("Claire, l'avenant part lundi, merci de me confirmer sa réception.", ["claire"], []),
        ("Claire I'd like ten minutes with you this week.", ["claire"], []),
        ("Claire I think is away.", [], ["claire"]),
        ("Rien de neuf.", [], []),
    ],
)
def test_vocatives_are_told_from_mentions(text: str, to: list[str], about: list[str]) -> None:
    """A sentence speaks to those it calls, and about the others it names."""
    assert keys(addressed(text, PEOPLE)) == to
    assert keys(talked_about(text, PEOPLE)) == about


PARTICLES = tuple(
    Stakeholder(name=name, address=f"{name.split()[0].lower()}@x.example")
    for name in (
        "Annelies de Graaf", "Jan van den Berg", "Maria von Stein", "Luca di Marco", "Marco Rossi", "Ana María de la Cruz",
        "Jeanne d'Angelo",
    )
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "to", "about"),
    [
        ("Mevrouw De Graaf, zou u dat nakijken?", ["annelies"], []),
        ("Kunt u dat nakijken, mevrouw de Graaf?", ["annelies"], []),
        ("Volgens de heer Van den Berg is het te duur.", [], ["jan"]),
        ("Annelies de Graaf en Jan van den Berg, kunnen jullie kijken?", ["annelies", "jan"], []),
        ("Herr von Stein, können Sie das prüfen?", ["maria"], []),
        ("Frau Von Stein zögert noch.", [], ["maria"]),
        ("Sig. di Marco, può confermare?", ["luca"], []),
        ("La proposta di Marco è arrivata.", [], ["luca", "marco"]),
        ("Sra. de la Cruz, ¿puede confirmarlo?", ["ana"], []),
        ("Ana María de la Cruz, ¿puede confirmarlo?", ["ana"], []),
        ("Madame d'Angelo, pourriez-vous relire ?", ["jeanne"], []),
        ("Mrs. De La Cruz told me no.", [], ["ana"]),
    ],
)
def test_a_last_name_has_its_particles(text: str, to: list[str], about: list[str]) -> None:
    """Small or capital, behind a title or alone."""
    assert keys(addressed(text, PARTICLES)) == to
    assert sorted(keys(talked_about(text, PARTICLES))) == about


def test_a_first_name_is_no_particle() -> None:
    """Of "Mevrouw de Graaf" only the last name is known."""
    assert first_name(Stakeholder(name="Mevrouw de Graaf", address="a@x.example")) == "de Graaf"
    assert first_name(PARTICLES[1]) == "Jan"


def test_a_first_name_of_two_people_is_ambiguous() -> None:
    """Nobody is addressed where the name may mean two people; both may be meant."""
    assert addressed("Paul, peux-tu valider ?", PEOPLE) == ()
    assert keys(ambiguous("Paul, peux-tu valider ?", PEOPLE)) == ["durand", "martin"]
    assert keys(talked_about("Paul hésite encore.", PEOPLE)) == ["durand", "martin"]


def test_a_last_name_decides_between_two_people() -> None:
    """With the last name the same sentence has one addressee."""
    assert keys(addressed("Paul Martin, peux-tu valider ?", PEOPLE)) == ["martin"]


@pytest.mark.parametrize(
    ("text", "to", "about"),
    [
        ("Doctora Leroy, le envío la factura.", ["claire"], []),
        ("Ingeniero Durand, ¿puede enviarnos el plano?", ["durand"], []),
        ("Licenciada Ferrari, le pido que lo confirme.", ["elena"], []),
        ("Frau Professor Müller, bitte prüfen Sie den Plan.", ["anna"], []),
        ("Professoressa Ferrari, Le invio il piano.", ["elena"], []),
        ("Mijnheer Lefèvre, kunt u ons de gegevens sturen?", ["eric"], []),
        ("Mw. Müller, ik stuur u de factuur.", ["anna"], []),
        ("Entre tú y yo, Elena, Claire está agotada.", ["elena"], ["claire"]),
        ("Tussen jou en mij, Anna: Elena heeft ruzie met Claire.", ["anna"], ["elena", "claire"]),
        ("Onder vier ogen, mevrouw Müller: Elena wil stoppen.", ["anna"], ["elena"]),
        ("Unter vier Augen, Anna: Elena will aufhören.", ["anna"], ["elena"]),
        ("In confidenza, dottoressa Ferrari: Claire vuole lasciare.", ["elena"], ["claire"]),
        ("Tra me e Lei, Elena: Claire è esausta.", ["elena"], ["claire"]),
        # What is told in confidence may be about whoever is named in it.
        ("Entre nosotros, Elena puede irse en junio.", [], ["elena"]),
        ("Tra noi, Elena può farcela?", [], ["elena"]),
        ("Tra noi, Anna, Elena, come sa, è esausta.", ["anna"], ["elena"]),
        ("Between us, Anna, Elena, as you know, is worn out.", ["anna"], ["elena"]),
        ("Elena può inviarci la lista, mi ha detto.", [], ["elena"]),
        ("De heer Lefèvre kan de lijst sturen.", [], ["eric"]),
        ("Im Vertrauen: Frau Müller, wie Sie wissen, will kündigen.", [], ["anna"]),
        ("Im Vertrauen, Frau Müller, die ja viel zu tun hat, will kündigen.", [], ["anna"]),
        ("Onder ons, Anna, die veel te doen heeft, wil weg.", [], ["anna"]),
        ("Unter uns, Anna, die Lage ist schwierig, wir sollten reden.", ["anna"], []),
        ("Elena può inviarci la lista?", ["elena"], []),
        ("Mme Leroy, M. Lefèvre trouve que c'est cher.", ["claire"], ["eric"]),
        ("Frau Müller, Herr Dr. Lefèvre sieht das kritisch.", ["anna"], ["eric"]),
        ("Frau Müller, Herr Lefèvre, können Sie helfen?", ["anna", "eric"], []),
    ],
)
def test_titles_and_asides_tell_who_is_spoken_to(text: str, to: list[str], about: list[str]) -> None:
    """Titles of the six languages before a call, and words that open a confidence; whom that is about is not called."""
    assert keys(addressed(text, PEOPLE)) == to
    assert keys(talked_about(text, PEOPLE)) == about


@pytest.mark.parametrize(
    ("text", "reader", "rest"),
    [
        ("Claire, pourriez-vous confirmer ?", "claire", "pourriez-vous confirmer ?"),
        ("Claire/Anna: please confirm.", "anna", "please confirm."),
        ("Claire / Madame Müller : le budget.", "anna", "le budget."),
        ("@Anna, @Claire, können Sie das prüfen?", "anna", "können Sie das prüfen?"),
        ("Claire et Anna, pouvez-vous relire ?", "claire", "pouvez-vous relire ?"),
        ("Claire, ¿puedes revisarlo?", "claire", "¿puedes revisarlo?"),
        ("Claire - your connector is old.", "claire", "your connector is old."),
        ("Claire ou Anna, l'un de vous peut-il relire ?", "claire", None),
        ("Claire und Anna: könnt ihr euch bitte abstimmen?", "claire", None),
        ("Claire et Anna, pouvez-vous toutes les deux relire ?", "claire", None),
        ("Claire/Anna: could you both confirm?", "anna", None),
        ("Claire, Anna m'a dit que le budget est prêt.", "claire", "Anna m'a dit que le budget est prêt."),
        ("Claire, Anna m'a dit que le budget est prêt.", "anna", None),
        ("Merci Claire pour ce retour.", "claire", None),
        ("Pour Anna : le budget est prêt.", "anna", "le budget est prêt."),
        ("Pour Anna, le budget est prêt.", "anna", None),
        ("Could you send it by Friday, Claire?", "claire", None),
        ("Frau Dr. Müller, können Sie das prüfen?", "anna", "können Sie das prüfen?"),
        ("claire je peux descendre a 31 k", "claire", "je peux descendre a 31 k"),
        ("Claire peux-tu relire ?", "claire", "peux-tu relire ?"),
        ("Claire could you read it?", "claire", "could you read it?"),
        ("Claire will read it.", "claire", None),
        ("Claire il a dit non.", "claire", None),
        ("Claire je peux descendre.", "anna", None),
        ("Claire", "claire", None),
        ("", "claire", None),
    ],
)
def test_names_called_at_the_start_end_where_the_text_goes_on(text: str, reader: str, rest: str | None) -> None:
    """Only where the reader is called, and where no two are spoken to at once."""
    person = next(p for p in PEOPLE if p.address.startswith(reader))
    assert text[end_of_call(text, PEOPLE, person) :] == (text if rest is None else rest)


@pytest.mark.parametrize("known", ["Jean-Marc Lacaze", "Jean Marc Lacaze"])
@pytest.mark.parametrize("written", ["Jean-Marc", "Jean Marc"])
def test_a_first_name_of_two_words_is_known_with_and_without_its_hyphen(known: str, written: str) -> None:
    """As people write it, whichever way the list has it."""
    someone = Stakeholder(name=known, address="jm@client.example")
    assert addressed(f"{written}, pouvez-vous confirmer ?", [someone]) == ("jm@client.example",)


def test_a_call_by_an_at_sign_ends_with_the_name() -> None:
    """No comma is needed behind it; in the middle of a sentence it calls nobody at its start."""
    people = [Stakeholder(name="Béatrice Chauvin", address="b@client.example")]
    text = "@Béatrice nous sommes d'accord."
    assert without_call(text, end_of_call(text, people)) == "Nous sommes d'accord."
    assert end_of_call("Merci @Béatrice pour la liste.", people) == 0


@pytest.mark.parametrize(
    ("text", "spoken_to"),
    [
        ("Anna, die Tablets müssen dafür ins MDM, schickst du mir die Daten?", True),
        ("Anna, le stazioni parlano MQTT, mi mandi le credenziali?", True),
        ("Anna, los paneles piden un APN, nos mandas los datos?", True),
        ("Anna, de tablets moeten in MDM, stuur je mij de gegevens?", True),
        ("Anna, das Rahmenangebot liegt bei 27.900 Euro, darunter kommen wir nicht.", True),
        ("Anna, die für das Netz zuständig bleibt, kommt auch.", False),
        # What is told of somebody is no question to them.
        ("Anna, il nostro sistemista, mi manda le credenziali.", False),
        ("Anna, de beheerder, stuurt mij de gegevens.", False),
    ],
)
def test_whoever_is_asked_behind_a_clause_is_spoken_to(text: str, spoken_to: bool) -> None:
    """Two commas set off who somebody is, or what a question to them is about."""
    assert bool(addressed(text, PEOPLE)) is spoken_to
