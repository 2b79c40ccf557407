"""The rules of courses, statistics and archives: pure, and the same for every provider."""
