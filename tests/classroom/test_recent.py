"""What many screens ask at once is found out once a moment."""

from __future__ import annotations

from nnviz.classroom.recent import Recently


def test_an_answer_is_kept_for_a_moment_and_each_class_has_its_own() -> None:
    asked: list[str] = []

    def find(class_id: str) -> int | None:
        asked.append(class_id)
        return None if class_id == "ended" else len(asked)

    recent = Recently(find, seconds=60)
    assert [recent("a"), recent("a"), recent("ended"), recent("ended")] == [1, 1, None, None]
    assert asked == ["a", "ended"], "None is an answer too"
    recent.forget()
    assert recent("a") == 3


def test_without_a_moment_every_time_is_asked() -> None:
    asked: list[str] = []
    recent = Recently(lambda class_id: asked.append(class_id), seconds=0)
    recent("a")
    recent("a")
    assert asked == ["a", "a"]
