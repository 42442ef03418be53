"""One user's rows, and the only door to them.

Whoever works for a user holds a `User` from `db.for_user(user_id)`. It runs the statements of
`memkit.store.queries`, each of which is kept to this user, and every other id (of a session, a run,
a memory) means something only together with it.
"""

from memkit.errors import InvalidInput
from memkit.records import Message, Session
from memkit.store import archive, erasure, queries
from memkit.store.archive import Exported
from memkit.store.erasure import Receipt
from memkit.store.ledger import no_session
from memkit.store.memories import UserMemories
from memkit.store.queries import Rows
from memkit.validation import check_at_least, check_id, check_number, check_title, instance_of


class User(UserMemories):
    """Everything about one user: memories, sessions, runs, events and calls, and nobody else's.

    Get one from `db.for_user(user_id)`.

    Parameters
    ----------
    transactions : Transactions
        The store's.
    user_id : str
        Whose rows it reaches.

    Raises
    ------
    InvalidInput
        If it cannot be an id.
    """

    # What was said

    def sessions(self, newest_first: bool = False) -> list[Session]:
        """List the user's conversations.

        Parameters
        ----------
        newest_first : bool
            Whether the one that went on last comes first; otherwise the oldest does.

        Returns
        -------
        list of Session
            With their titles.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            return rows.all(Session, queries.NEWEST if newest_first else queries.SESSIONS)

    def rename_session(self, session_id: str, title: str) -> None:
        """Give a conversation a title in place of its first words.

        Parameters
        ----------
        session_id : str
            The conversation.
        title : str
            The new title.

        Raises
        ------
        InvalidInput
            If there is no such conversation, or this cannot be a title.
        """
        session, name = check_id("session_id", session_id), check_title(title)
        with self._transactions.writing_of(self.user_id) as rows:
            if not rows.run(queries.CHANGE_SESSION, session=session, title=name).rowcount:
                raise InvalidInput(f"{self.user_id!r} has {no_session(rows, session)}")

    def messages(self, session_id: str, last_runs: int | None = None) -> list[Message]:
        """List what was said in a session, in order.

        Parameters
        ----------
        session_id : str
            The conversation.
        last_runs : int, optional
            Only the last so many runs that got their reply: what a model is shown.

        Returns
        -------
        list of Message
            Empty if there is no such conversation.
        """
        session = check_id("session_id", session_id)
        with self._transactions.reading_of(self.user_id) as rows:
            if last_runs is None:
                return rows.all(Message, queries.MESSAGES, session=session)
            runs = check_at_least("last_runs", last_runs, 0)
            return rows.all(Message, queries.LAST_MESSAGES, session=session, runs=runs)

    def usage(self, run_id: int) -> dict[str, int]:
        """Add up the tokens of all calls of a run.

        Parameters
        ----------
        run_id : int
            The run.

        Returns
        -------
        dict of str to int
            `prompt_tokens`, `completion_tokens`, `total_tokens`.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            return usage_of(rows, check_number("run_id", run_id))

    # Leaving

    def export(self) -> Exported:
        """Get all that is stored about the user, as JSON.

        Returns
        -------
        dict
            Table name -> rows, without their owner; `json.dumps` takes it.
        """
        with self._transactions.reading_of(self.user_id) as rows:
            return archive.export(rows)

    def restore(self, exported: Exported) -> None:
        """Write what `export` gave, events and all, for a user about whom nothing is stored yet.

        Parameters
        ----------
        exported : dict
            From this user or another, from this store or another.

        Raises
        ------
        InvalidInput
            If something is stored about this user, or this is no export; then nothing is written.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            archive.restore(rows, exported)

    def forget(self) -> dict[str, int]:
        """Erase every row of this user, in one transaction.

        Returns
        -------
        dict of str to int
            Table name -> rows erased.
        """
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = rows.count(queries.ERASE)
            rows.run(queries.FORGET_USER)
        self._transactions.erase_traces()
        return receipt

    def erase_session(self, session_id: str) -> Receipt:
        """Erase a conversation for good: messages, runs, calls and summary, wherever quoted.

        What was learned in it stays, without the sentences; `erase_memory` is for that. A turn that
        is under way ends as `cancelled`.

        Parameters
        ----------
        session_id : str
            The conversation.

        Returns
        -------
        Receipt
            As from `erase_memory`.

        Raises
        ------
        InvalidInput
            If there is no such conversation.
        """
        session = check_id("session_id", session_id)
        with self._transactions.writing_of(self.user_id) as rows:
            receipt = erasure.erase_session(rows, session, self._transactions.now())
        self._transactions.erase_traces()
        return receipt


check_user = instance_of(User, "db.for_user({!r})".format)


def usage_of(rows: Rows, run_id: int | None) -> dict[str, int]:
    """Tokens of all calls of a run."""
    counted = dict(rows.run(queries.USAGE, number=run_id).mappings().one())
    return {**counted, "total_tokens": sum(counted.values())}
