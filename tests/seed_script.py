"""The conversation of the seed's `05_multi_user_multi_session_chat.py`, told again.

Only the imports, the store and the model are memkit's: `python tests/seed_script.py STORE`, where
STORE is the path of a SQLite file or a Postgres URL.
"""

import asyncio
import sys

from memkit import Agent, OfflineChat, PostgresDb, SqliteDb

store = sys.argv[1]
db = PostgresDb(db_url=store) if "://" in store else SqliteDb(db_file=store)

chat_agent = Agent(model=OfflineChat(), db=db, update_memory_on_run=True)

user_1_id = "user_1@example.com"
user_2_id = "user_2@example.com"
user_3_id = "user_3@example.com"

user_1_session_1_id = "user_1_session_1"
user_1_session_2_id = "user_1_session_2"
user_2_session_1_id = "user_2_session_1"
user_3_session_1_id = "user_3_session_1"


async def run_chat_agent() -> None:
    # The first user, in two sessions
    await chat_agent.aprint_response(
        "My name is Mark Gonzales and I like anime and video games.",
        user_id=user_1_id,
        session_id=user_1_session_1_id,
    )
    await chat_agent.aprint_response(
        "I also enjoy reading manga and playing video games.",
        user_id=user_1_id,
        session_id=user_1_session_1_id,
    )
    await chat_agent.aprint_response(
        "I'm going to the movies tonight.",
        user_id=user_1_id,
        session_id=user_1_session_2_id,
    )

    # The second user
    await chat_agent.aprint_response(
        "Hi my name is John Doe.", user_id=user_2_id, session_id=user_2_session_1_id
    )
    await chat_agent.aprint_response(
        "I'm planning to hike this weekend.", user_id=user_2_id, session_id=user_2_session_1_id
    )

    # The third user
    await chat_agent.aprint_response(
        "Hi my name is Jane Smith.", user_id=user_3_id, session_id=user_3_session_1_id
    )
    await chat_agent.aprint_response(
        "I'm going to the gym tomorrow.", user_id=user_3_id, session_id=user_3_session_1_id
    )

    # The first user again
    await chat_agent.aprint_response(
        "What do you suggest I do this weekend?",
        user_id=user_1_id,
        session_id=user_1_session_1_id,
    )


if __name__ == "__main__":
    asyncio.run(run_chat_agent())

    for user_id in (user_1_id, user_2_id, user_3_id):
        print(f"What is remembered of {user_id}:")
        for memory in chat_agent.get_user_memories(user_id=user_id):
            print(f"- {memory.memory}")
