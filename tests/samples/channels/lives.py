"""An answer of get_finder_live_data_list: two livestreams, one of them not counted out yet."""

from tests.samples.sample import Row, Sample

BEGAN = 1777636800  # 2026-05-01 20:00 in Shanghai.


def metric(live: str, name: str, value: float, *, final: bool = True) -> Row:
    return {
        "on_date": "2026-05-01 20:00:00" if final else "2026-05-02 20:00:00",
        "entity_kind": "live",
        "entity_id": f"channels:main:{live}",
        "metric": name,
        "value": value,
        "is_final": final,
    }


SAMPLE = Sample(
    adapter="channels.lives",
    encoding="utf-8",
    scope={"exported_at": "2026-05-03 09:00:00"},
    document={
        "errcode": 0,
        "errmsg": "ok",
        "item": [
            {
                "export_id": "export/UzFfAgtgekIEAQAAAAAA01",
                "live_start_time": BEGAN,
                "live_duration_in_seconds": 7200,
                "total_audience_count": 3400,
                "max_online_count": 210,
                "audiences_avg_seconds": 95,
                "new_follow_count": 40,
                "total_comment_count": 88,
                "total_cheer_count": 1200,
                "forward_count": 35,
            },
            {
                "export_id": "export/UzFfAgtgekIEAQAAAAAA02",
                "live_start_time": BEGAN + 86400,
                "total_audience_count": 12,
            },
        ],
        "last_buffer": "",
        "continue_flag": False,
    },
    id="item[].export_id",
    expected={
        "contents": [
            {
                "content_id": f"channels:main:export/UzFfAgtgekIEAQAAAAAA0{n}",
                "kind": "live",
                "channel": "channels",
                "published_at": f"2026-05-0{n} 20:00:00",
            }
            for n in (1, 2)
        ],
        "daily_metrics": [
            *(
                metric("export/UzFfAgtgekIEAQAAAAAA01", name, value)
                for name, value in (
                    ("viewer_users", 3400.0),
                    ("live_seconds", 7200.0),
                    ("most_online_users", 210.0),
                    ("average_seconds", 95.0),
                    ("new_followers", 40.0),
                    ("comments", 88.0),
                    ("cheers", 1200.0),
                    ("forwards", 35.0),
                )
            ),
            metric("export/UzFfAgtgekIEAQAAAAAA02", "viewer_users", 12.0, final=False),
        ],
    },
)
