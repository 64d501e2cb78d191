from tests.matrix.conftest import played, scene  # noqa: F401
