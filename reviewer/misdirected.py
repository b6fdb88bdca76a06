"""Before a mail leaves: is it addressed to the people it is meant for, and does it carry what it announces?

Every caution is for the seller to look at; nothing is blocked. A false alarm on every mail would soon be read by nobody, so each
of the rules keeps silent where it cannot tell.
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence

from reviewer.contacts import close_address, close_domain, company
from reviewer.names import TITLE, first_name, fold, mentions
from reviewer.texts import data, listed, say
from reviewer.types import Case, Caution, CautionKind, Passage, Side, Stakeholder, Zone

_CLEAR = 3  # people of one domain from which it is the customer's
