"""A class: pupils who give their digits, and a teacher who sees them come.

    room = classroom.open_class(by=actor)                      # room.code is what the pupils type
    member, new = classroom.join(room.id, by=pupil)
    standing = classroom.give(room.id, message, by=pupil)      # what a pad sends; standing.asked is next
    given = classroom.digits(room.id, by=actor)                # pictures, labels and pupils as arrays
    classroom.push(room.id, "lesson", "mistakes", 3, by=actor) # what all screens of the class then show
    spec = classroom.dataset(room.id, by=actor)                # the same, to learn from like any other digits

Everything is kept in the database (`history.classes`, `history.class_digits`), for all servers that share it.
What only a teacher may do asks for them as `by=`, and raises `NotYours` for anybody else. `version` is the
cheap question whether there is anything new. What belongs to a class goes when it ends.
"""

from nnviz.classroom.arrays import ClassDigits, digits
from nnviz.classroom.codes import new_code, typed_code
from nnviz.classroom.datasets import dataset, hand_of
from nnviz.classroom.exporting import as_csv, as_npz
from nnviz.classroom.giving import BadGift, give, join, skip, standing, undo
from nnviz.classroom.lifetime import end_class, expire, open_class
from nnviz.classroom.live_pads import LivePad, Offer, choose_pad, offers, pad_as_json, shown_pad, tell_pad
from nnviz.classroom.news import News, news
from nnviz.classroom.pushing import Push, push, pushed
from nnviz.classroom.versions import version
from nnviz.history.class_digits import (
    CollectingClosed,
    GivenDigit,
    Standing,
    TooMuch,
    get_back,
    get_member_back,
    strokes,
    take_member_out,
    take_out,
    taken_out,
)
from nnviz.history.classes import (
    ClassNotFound,
    ClassRefused,
    Classroom,
    Member,
    NotInClass,
    choose_nickname,
    classes_of,
    find_class,
    find_member,
    get_class,
    members,
    remove_idle,
    set_collecting,
    set_door_open,
    set_frozen,
    set_names_shown,
)

__all__ = [
    "BadGift",
    "ClassDigits",
    "ClassNotFound",
    "ClassRefused",
    "Classroom",
    "CollectingClosed",
    "GivenDigit",
    "LivePad",
    "Member",
    "News",
    "NotInClass",
    "Offer",
    "Push",
    "Standing",
    "TooMuch",
    "as_csv",
    "as_npz",
    "choose_nickname",
    "choose_pad",
    "classes_of",
    "dataset",
    "digits",
    "end_class",
    "expire",
    "find_class",
    "find_member",
    "get_back",
    "get_class",
    "get_member_back",
    "give",
    "hand_of",
    "join",
    "members",
    "new_code",
    "news",
    "offers",
    "open_class",
    "pad_as_json",
    "push",
    "pushed",
    "remove_idle",
    "set_collecting",
    "set_door_open",
    "set_frozen",
    "set_names_shown",
    "shown_pad",
    "skip",
    "standing",
    "strokes",
    "take_member_out",
    "take_out",
    "taken_out",
    "tell_pad",
    "typed_code",
    "undo",
    "version",
]
