from __future__ import annotations

from monitoring.drawing import even_places


def test_places_are_spread_over_all_of_them_from_the_first_to_the_last() -> None:
    assert even_places(0, 5).tolist() == []
    assert even_places(101, 3).tolist() == [0, 50, 100]
    assert even_places(4, 9).tolist() == [0, 1, 2, 3]


def test_no_place_comes_twice() -> None:
    assert all(
        len(set(even_places(rows, most).tolist())) == min(rows, most) for rows in range(60) for most in range(60)
    )
