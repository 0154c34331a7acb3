"""Animals for pupils to be called by, who tell nobody their name."""

from __future__ import annotations

import random
from collections.abc import Iterator

from nnviz.core.words import say

ANIMALS = (
    say("Badger"),
    say("Bat"),
    say("Bear"),
    say("Beaver"),
    say("Bee"),
    say("Bison"),
    say("Butterfly"),
    say("Camel"),
    say("Cat"),
    say("Cheetah"),
    say("Crab"),
    say("Crane"),
    say("Cricket"),
    say("Deer"),
    say("Dolphin"),
    say("Dragonfly"),
    say("Duck"),
    say("Eagle"),
    say("Elephant"),
    say("Falcon"),
    say("Ferret"),
    say("Flamingo"),
    say("Fox"),
    say("Frog"),
    say("Gecko"),
    say("Giraffe"),
    say("Goose"),
    say("Hamster"),
    say("Hare"),
    say("Hedgehog"),
    say("Heron"),
    say("Horse"),
    say("Hummingbird"),
    say("Ibex"),
    say("Jaguar"),
    say("Jellyfish"),
    say("Kangaroo"),
    say("Kingfisher"),
    say("Koala"),
    say("Ladybird"),
    say("Lion"),
    say("Lizard"),
    say("Llama"),
    say("Lynx"),
    say("Magpie"),
    say("Marten"),
    say("Mole"),
    say("Moose"),
    say("Newt"),
    say("Octopus"),
    say("Orca"),
    say("Otter"),
    say("Owl"),
    say("Panda"),
    say("Parrot"),
    say("Penguin"),
    say("Puffin"),
    say("Rabbit"),
    say("Raven"),
    say("Robin"),
    say("Salmon"),
    say("Seal"),
    say("Sparrow"),
    say("Squirrel"),
    say("Starfish"),
    say("Stork"),
    say("Swan"),
    say("Tiger"),
    say("Toad"),
    say("Turtle"),
    say("Walrus"),
    say("Whale"),
    say("Wolf"),
    say("Wombat"),
    say("Woodpecker"),
    say("Zebra"),
)


def nicknames() -> Iterator[str]:
    """Animals in a random order; once all are told, again with a number, without an end."""
    order = random.SystemRandom().sample(ANIMALS, len(ANIMALS))
    yield from order
    number = 2
    while True:
        yield from (f"{animal} {number}" for animal in order)
        number += 1
