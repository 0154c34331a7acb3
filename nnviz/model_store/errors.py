"""What goes wrong with stored models; every message is a sentence for the user."""


class ModelMissing(LookupError):
    """No model of that name; the message names those there are."""


class ModelRefused(ValueError):
    """A model that cannot be taken, changed or opened; the message says what was expected."""
