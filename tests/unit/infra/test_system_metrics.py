from infra.system_metrics import sample


def test_names_and_ranges_are_what_the_system_page_draws() -> None:
    figures = sample()
    assert all(name.startswith("system/") for name in figures)
    assert 0 <= figures["system/system_memory_usage_percentage"] <= 100
    assert 1 < figures["system/process_memory_megabytes"] < figures["system/system_memory_usage_megabytes"] * 10
