"""Answers of customer_acquisition/statistic, link and day beside each."""

from tests.samples.sample import Sample

DAY = 1772294400  # 2026-03-01 in Shanghai

SAMPLE = Sample(
    adapter="wecom.acquisition_links",
    encoding="utf-8",
    scope={"exported_at": "2026-03-05 03:00:00"},
    document=[
        {
            "link_id": "cawA1",
            "start_time": DAY,
            "end_time": DAY + 86399,
            "errcode": 0,
            "errmsg": "ok",
            "click_link_customer_cnt": 1000,
            "new_customer_cnt": 0,
        },
        {
            "link_id": "cawA1",
            "start_time": DAY,
            "end_time": DAY + 30 * 86400,
            "click_link_customer_cnt": 9000,
            "new_customer_cnt": 500,
        },
    ],
    skipped={"more_than_a_day": 1},
    expected={
        "daily_metrics": [
            {
                "on_date": "2026-03-01 00:00:00",
                "entity_kind": "content",
                "entity_id": "wecom:main:cawA1",
                "metric": metric,
                "value": value,
                "is_final": True,
            }
            for metric, value in (("click_link_customer_cnt", 1000.0), ("new_customer_cnt", 0.0))
        ],
    },
)
