"""A tool for agents: search what was said in earlier conversations with this user."""

from typing import Annotated, Any

from pydantic import Field

from memkit.retrieval.ranking import best_first, rare_words_shared
from memkit.store.runs import RunLog
from memkit.store.user import User, check_user
from memkit.validation import check_count, check_text


def search_past_sessions(
    query: Annotated[str, Field(description="Words that the messages have to contain.")],
    user: User,
    limit: Annotated[int, Field(ge=1, le=20)] = 5,
) -> list[dict[str, Any]]:
    """Search all earlier conversations with this user for messages that share words with a query.

    Parameters
    ----------
    query : str
        Words that the messages have to contain.
    user : User
        Whose conversations are searched; an agent fills in the user of the run.
    limit : int
        At most so many messages, 1 to 20.

    Returns
    -------
    list of dict
        `session_id`, `said_at`, `role` and `content` of the messages: first the one with the most
        and the rarest words of the query. A run that has no reply yet is left out, and with it the
        message that is being answered.

    Raises
    ------
    InvalidInput
        For an argument of the wrong kind.

    Examples
    --------
    >>> from memkit import Agent, OfflineChat
    >>> from memkit.lab import temporary_store
    >>> agent = Agent(OfflineChat(), temporary_store(), tools=[search_past_sessions])
    >>> run = agent.run("My cat is called Miso.", user_id="ana", session_id="monday")
    >>> found = search_past_sessions("cat", agent.db.for_user("ana"), limit=1)
    >>> found[0]["session_id"], found[0]["content"]
    ('monday', 'My cat is called Miso.')
    >>> search_past_sessions("cat", agent.db.for_user("ben"))
    []
    """
    query, limit = check_text("query", query), check_count("limit", limit)
    user = check_user("user", user)
    messages = RunLog(user).all_messages()
    answered = {message.run_id for message in messages if message.role == "assistant"}
    said = {message.message_id: message for message in messages if message.run_id in answered}
    _, scores = rare_words_shared(query, {number: m.content for number, m in said.items()})
    return [
        {
            "session_id": said[number].session_id,
            "said_at": said[number].created_at.isoformat(timespec="seconds"),
            "role": said[number].role,
            "content": said[number].content,
        }
        for number in best_first(scores)[:limit]
    ]
