"""What openapi-python-client makes of the OpenAPI document, called. Run by script/check-clients."""

import contextlib
import io
import os
import pathlib
import re
import unittest

from identityd_client import AuthenticatedClient
from identityd_client.api.corrections import correct, list_corrections, undo_corrections
from identityd_client.api.customers import erase, get_contact, get_report, identify, list_changes, lookup
from identityd_client.api.operations import get_key
from identityd_client.models import (
    ChangeKind,
    CorrectionKind,
    CorrectionRequest,
    EraseRequest,
    Identifiers,
    LinkPrecedence,
    Problem,
    Scope,
    UndoRequest,
)

URL = os.environ["IDENTITYD_URL"]
KEY = os.environ.get("IDENTITYD_KEY") or "none"
PAGE = pathlib.Path(__file__).parents[2] / "docs" / "clients.md"


class PythonClientTests(unittest.TestCase):
    def setUp(self):
        self.client = AuthenticatedClient(URL, token=KEY)

    def call(self, operation, *arguments, **options):
        """The answer of an operation that succeeds."""
        answer = operation.sync(*arguments, client=self.client, **options)
        self.assertNotIsInstance(answer, Problem, answer)
        return answer

    def identify(self, email=None, phone_number=None):
        return self.call(identify, body=Identifiers(email=email, phone_number=phone_number)).contact

    def test_identifies_looks_up_and_tells_what_became_of_an_id(self):
        first = self.identify(email="lorraine@clients.example", phone_number="8810001")
        second = self.identify(email="mcfly@clients.example", phone_number="8810001")
        self.assertEqual(second.primary_contact_id, first.primary_contact_id)
        self.assertEqual(second.emails, ["lorraine@clients.example", "mcfly@clients.example"])

        found = self.call(lookup, body=Identifiers(phone_number="8810001"))
        self.assertEqual(found.contacts, [second])
        history = self.call(get_contact, second.secondary_contact_ids[0])
        self.assertEqual(history.contact, second)
        self.assertEqual(history.rows[1].link_precedence, LinkPrecedence.SECONDARY)
        self.assertEqual([one.phone_number for one in history.evidence], ["8810001", "8810001"])
        self.assertLess(history.rows[0].created_at, history.rows[1].created_at)

    def test_says_what_was_ignored(self):
        answer = self.call(identify, body=Identifiers(email="ignored@clients.example", phone_number="none"))
        self.assertEqual([(one.field, one.reason) for one in answer.ignored], [("phoneNumber", "invalid")])

    def test_corrects_undoes_and_follows_the_changes(self):
        seen = self.call(list_changes, limit=1000).next_
        george = self.identify("george@clients.example", "8810002")
        biff = self.identify("biff@clients.example", "8810003")
        merged = self.identify("george@clients.example", "8810003")
        self.assertEqual(merged.primary_contact_id, george.primary_contact_id)

        typo = CorrectionRequest(
            CorrectionKind.UNLINK, email="george@clients.example", phone_number="8810003", note="ticket 88"
        )
        rehearsed = CorrectionRequest.from_dict({**typo.to_dict(), "dryRun": True})
        self.assertIsNone(self.call(correct, body=rehearsed).correction.id)
        corrected = self.call(correct, body=typo)
        self.assertEqual(
            [customer.emails for customer in corrected.contacts],
            [["george@clients.example"], ["biff@clients.example"]],
        )
        correction = corrected.correction
        listed = self.call(list_corrections, contact_id=george.primary_contact_id).corrections
        self.assertEqual(listed, [correction])
        self.assertEqual(correction.note, "ticket 88")
        self.assertEqual(correction.apart[0].other.phone_number, "8810003")

        undone = self.call(undo_corrections, body=UndoRequest([correction.id]))
        self.assertIsNotNone(undone.corrections[0].undone_at)
        self.assertEqual(len(undone.contacts), 1)

        changes = self.call(list_changes, after=seen).changes
        self.assertEqual(
            [change.kind for change in changes], [ChangeKind.MERGED, ChangeKind.PARTED, ChangeKind.MERGED]
        )
        self.assertEqual(changes[0].absorbed_contact_id, biff.primary_contact_id)
        self.assertEqual(changes[1].contact_ids, [biff.primary_contact_id])

    def test_erases(self):
        contact = self.identify("erased@clients.example").primary_contact_id
        self.assertEqual(self.call(erase, body=EraseRequest(contact_id=contact)).erased_contact_ids, [contact])
        gone = get_contact.sync_detailed(contact, client=self.client)
        self.assertEqual((gone.status_code, gone.parsed.status), (410, 410))

    def test_tells_the_report_and_what_the_key_may_do(self):
        self.identify("report@clients.example")
        self.assertGreaterEqual(self.call(get_report).totals.customers, 1)
        self.assertIn(Scope.IDENTIFY, self.call(get_key).scopes)

    def test_gives_an_error_as_a_value_that_says_what_to_send(self):
        answer = identify.sync(client=self.client, body=Identifiers(email="lorraine"))
        self.assertIsInstance(answer, Problem)
        self.assertEqual((answer.status, answer.type_), (400, "about:blank"))
        self.assertEqual([error.field for error in answer.errors], ["email"])
        self.assertIn("Send a JSON object such as", answer.detail)

    def test_does_what_docs_clients_says(self):
        example, printed = re.search(r"```python\n(.*?)```.*?```text\n(.*?)```", PAGE.read_text(), re.DOTALL).groups()
        output = io.StringIO()
        with contextlib.redirect_stdout(output):
            exec(example.replace("http://127.0.0.1:8000", URL).replace("KEY", KEY), {})
        self.assertEqual(output.getvalue(), printed)
