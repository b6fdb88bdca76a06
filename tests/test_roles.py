"""Job titles and departments in six languages."""

import pytest

from reviewer.roles import roles_named_in, roles_of
from reviewer.types import Role


@pytest.mark.parametrize(
    ("title", "roles"),
    [
        ("DSI", {Role.TECHNICAL_EVALUATOR}),
        ("RSSI", {Role.TECHNICAL_EVALUATOR}),
        ("CTO", {Role.TECHNICAL_EVALUATOR}),
        ("Head of IT", {Role.TECHNICAL_EVALUATOR}),
        ("IT-Leiter", {Role.TECHNICAL_EVALUATOR}),
        ("directora de sistemas", {Role.TECHNICAL_EVALUATOR}),
        ("responsabile IT", {Role.TECHNICAL_EVALUATOR}),
        ("acheteuse", {Role.PROCUREMENT}),
        ("Responsable Achats IT", {Role.PROCUREMENT, Role.TECHNICAL_EVALUATOR}),
        ("Head of Procurement", {Role.PROCUREMENT}),
        ("Einkaufsleiterin", {Role.PROCUREMENT}),
        ("jefa de compras", {Role.PROCUREMENT}),
        ("ufficio acquisti", {Role.PROCUREMENT}),
        ("inkoper", {Role.PROCUREMENT}),
        ("DAF", {Role.FINANCE, Role.ECONOMIC_BUYER}),
        ("CFO", {Role.FINANCE, Role.ECONOMIC_BUYER}),
        ("contrôleur de gestion", {Role.FINANCE}),
        ("Controllerin", {Role.FINANCE}),
        ("chef de projet", {Role.PROJECT_MANAGER}),
        ("Cheffe de projet SI", {Role.PROJECT_MANAGER}),
        ("Projektleiter", {Role.PROJECT_MANAGER}),
        ("project manager", {Role.PROJECT_MANAGER}),
        ("capo progetto", {Role.PROJECT_MANAGER}),
        ("jefe de proyecto", {Role.PROJECT_MANAGER}),
        ("projectleider", {Role.PROJECT_MANAGER}),
        ("juriste", {Role.LEGAL_COMPLIANCE}),
        ("DPO", {Role.LEGAL_COMPLIANCE}),
        ("General Counsel", {Role.LEGAL_COMPLIANCE}),
        ("PDG", {Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER}),
        ("Geschäftsführerin", {Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER}),
        ("directeur général", {Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER}),
        ("champion", {Role.CHAMPION}),
        ("technical_evaluator", {Role.TECHNICAL_EVALUATOR}),
        ("Economic buyer", {Role.ECONOMIC_BUYER}),
        ("utilisatrice clé", {Role.END_USER}),
        ("Logistikleiterin", {Role.END_USER}),
        ("Ärztliche Direktorin", {Role.EXECUTIVE_SPONSOR}),
        ("Stammdatenpflege", {Role.END_USER}),
        ("Standortleiter", {Role.DECISION_MAKER}),
        ("Contralora", {Role.FINANCE}),
        ("Gerente de Mantenimiento", {Role.TECHNICAL_EVALUATOR}),
        ("Gerente de Producción", {Role.END_USER}),
        ("Gerente de proyectos", {Role.PROJECT_MANAGER}),
        ("vicerrectora de innovación docente", {Role.EXECUTIVE_SPONSOR}),
        ("direttore sanitario", {Role.EXECUTIVE_SPONSOR}),
        ("amministrazione", {Role.FINANCE}),
        ("responsabile produzione", {Role.END_USER}),
        ("terminaldirecteur", {Role.DECISION_MAKER}),
        ("aankoopverantwoordelijke", {Role.PROCUREMENT}),
        ("hoofd aankoop", {Role.PROCUREMENT}),
        ("zaakvoerder", {Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER}),
        ("productmanager", set()),
        ("Leiter Produktmanagement", set()),
        ("direttore", set()),
        ("amministrazione del personale", set()),
        ("Direktor", set()),
        ("gerenta de zona", set()),
        ("jardinier", set()),
        ("veut être en copie de tout", set()),
        ("", set()),
    ],
)
def test_a_title_maps_to_its_roles(title: str, roles: set[Role]) -> None:
    """Titles map in six languages; what is no title maps to nothing."""
    assert set(roles_of(title)) == roles


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        (
            Role.TECHNICAL_EVALUATOR,
            "Chief Technology Officer/Chief Information Officer/CISO/CMIO/OT engineer/VP Engineering/Director de TI/TI/"
            "Directeur des systèmes d'information/Directrice des systèmes d'information/technicien/technicienne/"
            "Responsable maintenance/IT-Architektin/Leiter Technik/Jefe de informática/Jefa de informática/"
            "Responsable de mantenimiento/Ufficio tecnico/Sistemi informativi/informatiearchitect/informatiemanager",
        ),
        (
            Role.PROCUREMENT,
            "Commercial Manager/Contracts Manager/Vendor Management/Vendor Manager/VP Procurement/acheteur/Marchés publics/"
            "Einkaufsleiter/Lieferantenmanagerin/contratación/responsabile acquisti/ufficio gare/inkoopadviseur/hoofd inkoop",
        ),
        (
            Role.PROJECT_MANAGER,
            "Programme Lead/Program Lead/PM/CdP/CDP/PL/Chargé de projet/Chargée de projet/Cheffe de programme/Bauleiterin/"
            "Responsable del proyecto/Direttore lavori/Direttrice dei lavori/RUP/programmamanager/Product Owner",
        ),
        (
            Role.CHAMPION,
            "Sponsorin/Auftraggeberin/Dir. des opérations/patrocinadora/committente/opdrachtgever/opdrachtgeefster",
        ),
        (Role.EXECUTIVE_SPONSOR, "Chief Operating Officer/VP/SVP/VP Logistics/Bereichsleiterin/deputy CEO/bestuurder"),
        (Role.DECISION_MAKER, "Werkleiter/plant manager/directrice d'usine/jefa de planta/direttore di stabilimento"),
        (Role.FINANCE, "controller/trésorier/trésorière/treasurer/tesorera/tesoriere/VP Finance/Vice President Finance"),
        (Role.LEGAL_COMPLIANCE, "Datenschutzbeauftragter/DSB/data protection officer/protección de datos/FG"),
        (
            Role.INFLUENCER,
            "Head of Quality/Responsable qualité/Betriebsrat/CSE/DRH/HR/RRHH/risorse umane/ondernemingsraad/Verkaufsleiter/"
            "Directeur commercial/Direttore commerciale/VP Sales/jefa de calidad/hoofd kwaliteit/document controller",
        ),
    ],
)  # fmt: skip
def test_common_titles_have_one_role(role: Role, titles: str) -> None:
    """Each of these says one role and no other, in six languages."""
    assert {title: roles_of(title) for title in titles.split("/")} == dict.fromkeys(titles.split("/"), (role,))


@pytest.mark.parametrize(
    ("roles", "titles"),
    [
        (
            {Role.EXECUTIVE_SPONSOR, Role.DECISION_MAKER},
            "Chief Executive/Chief Executive Officer/GF/Geschäftsführer/gérante/gerente/owner/direttore generale/AD/eigenaar",
        ),
        ({Role.FINANCE, Role.ECONOMIC_BUYER}, "Chief Financial Officer/Finance Director"),
        ({Role.CHAMPION, Role.EXECUTIVE_SPONSOR}, "VP, sponsor/sponsor and VP"),
        ({Role.EXECUTIVE_SPONSOR, Role.PROJECT_MANAGER}, "COO & PM/COO (PM)"),
    ],
)
def test_some_titles_have_two_roles(roles: set[Role], titles: str) -> None:
    """A title that stands for two roles, or that is written of two titles."""
    assert {title: set(roles_of(title)) for title in titles.split("/")} == dict.fromkeys(titles.split("/"), roles)


@pytest.mark.parametrize("text", ["pm", "PL 3", "at 3 pm", "SI possible", "the owner of the matter", "si", "AD hoc"])
def test_an_abbreviation_is_a_title_only_in_capitals_and_by_itself(text: str) -> None:
    """Two letters mean many things: only a whole part of a title in its own capitals is one."""
    assert roles_of(text) == ()


@pytest.mark.parametrize(
    ("text", "role"),
    [
        ("la DSI n'a plus de budget", Role.TECHNICAL_EVALUATOR),
        ("IT has no budget left", Role.TECHNICAL_EVALUATOR),
        ("les achats bloquent", Role.PROCUREMENT),
        ("procurement will not sign", Role.PROCUREMENT),
        ("der Einkauf zögert", Role.PROCUREMENT),
        ("la finance attend", Role.FINANCE),
        ("le juridique traîne", Role.LEGAL_COMPLIANCE),
        ("l'ufficio legale ha dubbi", Role.LEGAL_COMPLIANCE),
        ("inkoop wil niet", Role.PROCUREMENT),
        ("de aankoopdienst wil niet", Role.PROCUREMENT),
        ("de financiële dienst wil niet", Role.FINANCE),
    ],
)
def test_a_text_talks_about_departments(text: str, role: Role) -> None:
    """The department stands for whoever holds the role (rule 5)."""
    assert role in roles_named_in(text)


@pytest.mark.parametrize("text", ["it is done", "we put it there", "La réunion est finie.", "Rien."])
def test_everyday_words_are_no_departments(text: str) -> None:
    """ "it" in small letters is a pronoun."""
    assert roles_named_in(text) == frozenset()
