"""START: what 360Learning records when a learner launches an external course there.

"When a learner launches an external course from 360Learning, a new attempt is created"; the
configuration's `defaultProgress` and `defaultCompletion` say how it begins (guide, step 4). In a
path each session has attempts of its own.
"""

from dataclasses import dataclass

from sandbox.learning360.platform import Attempt, Learning360


@dataclass
class Launches:
    """What learners do in 360Learning itself."""

    platform: Learning360

    def start(
        self, course_id: str, user_id: str, at: int, *, path: tuple[str, str] | None = None
    ) -> Attempt:
        """Launch a course, from the catalogue or in a path.

        Args:
            course_id: The course's 360Learning id.
            user_id: The learner's.
            at: When, in milliseconds.
            path: The ids of a path and of the session in which it is a step.

        Returns:
            The attempt that the learner sees from now on.
        """
        integration = self.platform.integrations[self.platform.courses[course_id]["integrationId"]]
        completes = bool(integration.get("defaultCompletion", False))
        attempts = self.platform.attempts_of(course_id, user_id)
        mine = [
            attempt
            for attempt in attempts
            if attempt.completedAt is None and (attempt.pathId, attempt.pathSessionId) == _of(path)
        ]
        if self.platform.readings.start_takes_over and mine:
            mine[-1].lastActivityAt = max(at, mine[-1].lastActivityAt or 0)
            mine[-1].completedAt = at if completes else None
            return mine[-1]
        path_id, session_id = _of(path)
        attempt = Attempt(
            self.platform.new_id(),
            course_id,
            user_id,
            progress=int(integration.get("defaultProgress", 0)),
            timeSpent=0,
            firstActivityAt=at,
            lastActivityAt=at if self.platform.readings.launch_has_last_activity else None,
            completedAt=at if completes else None,
            pathId=path_id,
            pathSessionId=session_id,
            launched=True,
        )
        self.platform.keep(attempt)
        return attempt


def _of(path: tuple[str, str] | None) -> tuple[str | None, str | None]:
    return path if path is not None else (None, None)
