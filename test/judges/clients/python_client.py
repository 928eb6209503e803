"""What the official Python client can do through a gateway, as one line of JSON.

python python_client.py URL legacy|auto
"""

import asyncio
import json
import sys

from mcp import Client


async def main(url: str, mode: str) -> None:
    report: dict[str, object] = {"kind": f"python-{mode}"}
    seen: list[str] = []

    async def on_message(message: object) -> None:
        seen.append(getattr(message, "method", type(message).__name__))

    async def until_seen(part: str) -> bool:
        for _ in range(1000):
            if any(part in name for name in seen):
                return True
            await asyncio.sleep(0.01)
        return False

    async with Client(url, mode=mode, message_handler=on_message) as client:
        report["revision"] = client.protocol_version
        report["tools"] = len((await client.list_tools()).tools)
        report["prompts"] = len((await client.list_prompts()).prompts)
        report["resources"] = len((await client.list_resources()).resources)
        report["text"] = (await client.call_tool("test_simple_text", {})).content[0].text

        progress: list[float] = []

        async def on_progress(value: float, total: float | None, message: str | None) -> None:
            progress.append(value)

        await client.call_tool("test_tool_with_progress", {}, progress_callback=on_progress)
        report["progress"] = progress

        waiting = asyncio.create_task(client.call_tool("test_wait_for_cancel", {}))
        await asyncio.sleep(0.3)
        waiting.cancel()
        try:
            await waiting
            report["cancelled"] = "answered"
        except asyncio.CancelledError:
            report["cancelled"] = "cancelled"

        uri = "test://watched-resource"
        if mode == "legacy":
            await client.subscribe_resource(uri)
            await client.call_tool("test_trigger_resource_update", {"uri": uri})
            report["updated"] = await until_seen("resources/updated")
        else:
            async with client.listen(resource_subscriptions=[uri]) as subscription:
                await client.call_tool("test_trigger_resource_update", {"uri": uri})
                event = await asyncio.wait_for(anext(aiter(subscription)), 10)
                report["updated"] = event is not None
    print(json.dumps(report))


asyncio.run(main(*sys.argv[1:]))
