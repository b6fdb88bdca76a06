"""Everything that can stop a review. What a review finds wrong with a message is a Finding, never an exception.

ReviewerError                 one clear sentence: what, which, what to do
 +-- InputError               the draft or the list of people cannot be read
 |    +-- FieldError          a record of a batch has an unknown field, or one of the wrong kind
 +-- ConfigError              an option, an environment variable, a prompt set or a policy is wrong
 +-- OutputError              the result cannot be written
 +-- ModelError               a model could not answer (caught by the chain, which falls back)
      +-- ModelUnavailable    no connection, wrong key, unknown model, too many requests, time is up
      +-- ModelAnswerError    an answer came, but it is refused, cut off, or not of the asked shape
"""


class ReviewerError(Exception):
    """The root: its text is one sentence that can be shown to a user as it is."""


class InputError(ReviewerError):
    """The draft or the list of people cannot be read."""

    def __init__(self, text: str = "", plain: str = "") -> None:
        """`plain` is the sentence without words of the input, where `text` quotes some."""
        super().__init__(text)
        self.plain = plain or text


class FieldError(InputError):
    """A record of a batch has a field that is unknown, missing, or of the wrong kind; the text names it."""


class ConfigError(ReviewerError):
    """An option, an environment variable, a prompt set or a policy is wrong."""


class OutputError(ReviewerError):
    """The result cannot be written where it was asked for."""


class ModelError(ReviewerError):
    """A model could not answer; its text never carries a secret or words of the draft."""

    usage: object = None
    """A `reviewer.types.Usage`: what the failed attempt cost."""


class ModelUnavailable(ModelError):
    """No connection, a wrong key, an unknown model, too many requests, or the time is up."""


class ModelAnswerError(ModelError):
    """An answer came, but it was refused, cut off, or not of the shape that was asked for."""
