from ocr_pipeline.structuring.entities import entity_cues


def test_organisations_and_places_are_told_apart() -> None:
    company, place, neither = entity_cues(["Microsoft Corporation", "KUALA LUMPUR", "12345"])
    assert company.organisation > 0.5
    assert place.place > 0.5
    assert neither.organisation == neither.person == neither.place == 0.0


def test_shares_stay_within_a_whole() -> None:
    for cue in entity_cues(["", "Anna Whitfield", "June 3, 1905"]):
        assert 0 <= cue.organisation + cue.person + cue.place <= 1.0001
