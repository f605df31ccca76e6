"""Official account: how each article was read on the days after its push, as the API answers."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from insights.demo.exports.files import write_json_lines
from insights.demo.world import World
from insights.demo.world.columns import DAY
from insights.demo.world.contents import ARTICLE, SLOTS_A_PUSH, reads_by_day
from insights.demo.world.customers import TOPICS


def write(world: World, folder: Path) -> list[Path]:
    """Write the details of all articles."""
    return [write_json_lines(folder / "getarticletotaldetail.jsonl", _articles(world))]


def _articles(world: World) -> Iterator[dict[str, Any]]:
    found = world.setting.contents.of_kind(ARTICLE)
    reads = reads_by_day(found.reads)
    for n in range(len(found)):
        pushed = world.calendar.on(int(found.at[n]) // DAY)
        total, details = 0, []
        for later, today in enumerate(reads[n]):
            if int(found.at[n]) // DAY + later >= world.spec.days:
                break
            total += int(today)
            done = later == reads.shape[1] - 1
            details.append(
                {
                    "stat_date": str(pushed + timedelta(days=later)),
                    "read_user": int(today),
                    "read_subscribe_user": int(today),
                    "share_user": int(found.shares[n]) if later == 0 else 0,
                    "zaikan_user": 0,
                    "like_user": 0,
                    "comment_count": 0,
                    "collection_user": 0,
                    "read_delivery_rate": round(total / int(found.delivered[n]), 6),
                    "is_delay": not done and later == reads.shape[1],
                }
            )
        index = int(found.slot[n]) + 1
        yield {
            "ref_date": str(pushed),
            "msgid": f"{2247480000 + int(found.number[n]) // SLOTS_A_PUSH}_{index}",
            "publish_type": 0,
            "title": f"示例{TOPICS[found.topic[n]]}{found.number[n]}",
            "content_url": f"mp:article{found.number[n]}",
            "target_user": int(found.delivered[n]),
            "detail_list": details,
        }
