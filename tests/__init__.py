import pytest

# The parts assert too, and a failure there should show the values.
pytest.register_assert_rewrite("tests.support")
