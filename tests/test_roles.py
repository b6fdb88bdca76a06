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
        ("jardinier", set()),
        ("veut être en copie de tout", set()),
        ("", set()),
    ],
)
def test_a_title_maps_to_its_roles(title: str, roles: set[Role]) -> None:
    """Titles map in six languages; what is no title maps to nothing."""
    assert set(roles_of(title)) == roles


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
    ],
)
def test_a_text_talks_about_departments(text: str, role: Role) -> None:
    """The department stands for whoever holds the role (rule 5)."""
    assert role in roles_named_in(text)


@pytest.mark.parametrize("text", ["it is done", "we put it there", "La réunion est finie.", "Rien."])
def test_everyday_words_are_no_departments(text: str) -> None:
    """ "it" in small letters is a pronoun."""
    assert roles_named_in(text) == frozenset()
