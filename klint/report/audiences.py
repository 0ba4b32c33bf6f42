"""Who can send requests, in words. Nobody is claimed to be who is not known."""

from klint.exposure.audience import Who


def audience_words(who: Who) -> str:
    """That requests come from somebody: `open to the world`, `audience unknown`."""
    return who_words(who) if who is Who.UNKNOWN else f"open to {who_words(who)}"


def who_words(who: Who) -> str:
    """Who can send requests: `the world`, `audience unknown`."""
    return "audience unknown" if who is Who.UNKNOWN else who.value
