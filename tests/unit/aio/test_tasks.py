"""The scope of background tasks: nothing outlives it, nothing fails unheard."""

import asyncio
import logging

import pytest

from kroute.aio import tasks


async def forever() -> None:
    await asyncio.Event().wait()


async def boom() -> None:
    raise ValueError("boom")


async def test_a_closed_scope_starts_nothing():
    scope = tasks.Scope("cellar")
    async with scope:
        pass
    with pytest.raises(RuntimeError, match="cellar is not open and can't start work"):
        scope.spawn(forever(), name="work")


async def test_a_scope_that_was_not_entered_starts_nothing():
    with pytest.raises(RuntimeError, match="not open"):
        tasks.Scope("cellar").spawn(forever(), name="work")


async def test_a_scope_is_entered_only_once():
    scope = tasks.Scope("cellar")
    async with scope:
        with pytest.raises(RuntimeError, match="entered before"):
            await scope.__aenter__()


async def test_a_failing_task_is_logged_with_its_traceback_and_the_others_go_on(caplog):
    async with tasks.Scope("cellar") as scope:
        other = scope.spawn(forever(), name="other")
        failing = scope.spawn(boom(), name="failing")
        await asyncio.wait([failing])
        assert not other.done()
        assert len(scope) == 1
    (record,) = caplog.records
    assert record.getMessage() == "cellar: failing failed"
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


async def test_leaving_ends_all_tasks_and_waits_for_their_clean_up():
    ended = []

    async def work(number: int) -> None:
        try:
            await forever()
        finally:
            await asyncio.sleep(0)
            ended.append(number)

    async with tasks.Scope("cellar") as scope:
        for number in range(3):
            scope.spawn(work(number), name=str(number))
        await asyncio.sleep(0)
    assert sorted(ended) == [0, 1, 2]
    assert len(scope) == 0


async def test_leaving_by_an_error_ends_the_tasks_and_keeps_the_error():
    with pytest.raises(KeyError):
        async with tasks.Scope("cellar") as scope:
            task = scope.spawn(forever(), name="work")
            raise KeyError("x")
    assert task.cancelled()


async def test_no_task_outlives_a_scope_whose_leaving_is_cancelled():
    release = asyncio.Event()
    inside = asyncio.Event()

    async def stubborn() -> None:
        try:
            await forever()
        except asyncio.CancelledError:
            inside.set()
            await release.wait()

    async def owner() -> None:
        async with tasks.Scope("cellar") as scope:
            started.append(scope.spawn(stubborn(), name="stubborn"))
            await asyncio.sleep(0)

    started: list[asyncio.Task[None]] = []
    task = asyncio.ensure_future(owner())
    await inside.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert started[0].done()


async def test_an_error_while_ending_is_logged(caplog):
    async def bad_end() -> None:
        try:
            await forever()
        finally:
            raise OSError("disk gone")

    async with tasks.Scope("cellar") as scope:
        scope.spawn(bad_end(), name="bad")
        await asyncio.sleep(0)
    assert [record.getMessage() for record in caplog.records] == ["cellar: bad failed"]


async def test_the_end_of_an_eternal_task_is_logged(caplog):
    async def short() -> None:
        pass

    async with tasks.Scope("cellar") as scope:
        await scope.spawn(short(), name="sweeper", eternal=True)
        cancelled = scope.spawn(forever(), name="keeper", eternal=True)
        failing = scope.spawn(boom(), name="digger", eternal=True)
        cancelled.cancel()
        await asyncio.wait([cancelled, failing])
    assert sorted(record.getMessage() for record in caplog.records) == [
        "cellar: digger failed",
        "cellar: keeper was cancelled, though it was to run for ever",
        "cellar: sweeper ended, though it was to run for ever",
    ]


async def test_an_eternal_task_ended_by_its_scope_is_nothing_to_log(caplog):
    caplog.set_level(logging.DEBUG, logger="kroute.tasks")
    async with tasks.Scope("cellar") as scope:
        scope.spawn(forever(), name="sweeper", eternal=True)
        await asyncio.sleep(0)
    assert caplog.records == []


async def test_a_task_gives_its_result_and_bears_its_name():
    async def answer() -> int:
        return 42

    async with tasks.Scope("cellar") as scope:
        task = scope.spawn(answer(), name="answer")
        assert task.get_name() == "cellar: answer"
        assert await task == 42
