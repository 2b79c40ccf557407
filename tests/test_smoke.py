def lo(i, **m):
    return {
        "id": i,
        "type": "course",
        "title": f"T {i}",
        "description": "<p>x</p>",
        "published": True,
        "language": "en",
        "delivery": {"duration": 30},
        "updated_time": "2026-01-01T00:00:00+00:00",
        **m,
    }


def test_smoke(house):
    sb = house.sandbox
    sb.go1.learning_objects = [lo(i) for i in range(1, 131)]
    print(house.settle_in("go1"))
    assert house.settle_in("go1")["changes"] == []
    r = house.run("go1", "catalog")
    print(r)
    assert r["counts"]["created"] == 130
    r = house.run("go1", "catalog")
    print(r)
    assert r["counts"]["unchanged"] == 130 and house.operations() == 1
    sb.go1.learning_objects[0]["title"] = "new"
    sb.go1.changed()
    del sb.go1.learning_objects[5:8]
    r = house.run("go1", "catalog", mode="plan")
    print(r)
    r = house.run("go1", "catalog")
    print(r)
    assert r["counts"]["archived"] == 3 and r["counts"]["updated"] == 1
    sb.go1.learning_objects.append(lo(6))
    r = house.run("go1", "catalog")
    print(r)
    assert r["counts"]["restored"] == 1
    assert house.courses()["6"]["status"] == "published"
    sb.go1.users = {1: {"id": 1, "email": "A@example.com"}, 2: {"id": 2, "email": "b@example.com"}}
    sb.learning360.add_user("a@example.com")
    sb.go1.enrollments = [
        {
            "id": 1,
            "lo_id": 1,
            "user_id": 1,
            "status": "in-progress",
            "created_time": "2026-01-01T00:00:00+00:00",
            "updated_time": "2026-01-02T00:00:00+00:00",
        },
        {
            "id": 2,
            "lo_id": 2,
            "user_id": 2,
            "status": "completed",
            "pass": 1,
            "created_time": "2026-01-01T00:00:00+00:00",
            "updated_time": "2026-01-02T00:00:00+00:00",
        },
        {
            "id": 3,
            "lo_id": 2,
            "user_id": 3,
            "status": "expired",
            "pass": 1,
            "created_time": "2026-01-01T00:00:00+00:00",
            "updated_time": "2026-01-02T00:00:00+00:00",
        },
        {
            "id": 4,
            "lo_id": 999,
            "user_id": 2,
            "status": "completed",
            "pass": 1,
            "created_time": "2026-01-01T00:00:00+00:00",
            "updated_time": "2026-01-02T00:00:00+00:00",
        },
    ]
    r = house.run("go1", "stats")
    print(r)
    assert (
        r["counts"]["sent"] == 1
        and r["counts"]["parked"] == 1
        and r["counts"]["unknown_course"] == 1
    )
    sb.learning360.add_user("b@example.com")
    r = house.run("go1", "stats", seconds=1)
    print(r)
    assert r["counts"]["replayed"] == 1 and r["counts"]["unchanged"] == 2
    print(sb.learning360.attempts)
    for i in range(200, 430):
        sb.go1.learning_objects.append(lo(i))
    r = house.run("go1", "catalog", seconds=1)
    print(r)
    assert r["counts"]["created"] == 230 and r["status"] == "succeeded"
    print(house.call("integrations", {"action": "list"}))
    assert house.table_text().count("cursor#") == 0
