"""The texts people read, Indonesian first: catalogues, and times the way an office writes them."""

from nvr_core.words.catalogue import LANGUAGES, choose
from nvr_core.words.speech import Words

__all__ = ["LANGUAGES", "Words", "choose"]
