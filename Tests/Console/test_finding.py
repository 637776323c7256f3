"""Finding a customer, and what a newcomer sees."""

from fixture import ConsoleTest, browser, open_server, server


class Finding(ConsoleTest):
    def test_finds_a_customer_by_email_phone_and_id_and_puts_no_identifier_anywhere(self):
        customer, _ = self.customers_of(("marty@find.example", "555-3001"), ("m.fly@find.example", "555-3001"))
        self.enter()
        for text in ("Marty@Find.example", "(555) 3001", f"#{customer + 1}"):
            self.find(text)
            browser.title(f"Customer {customer}")
            browser.shown(".facts", "m.fly@find.example")
            address = browser.execute_script("return location.href + document.title + document.referrer")
            self.assertNotIn("find.example", address.lower())
            self.assertNotIn("3001", address)
        stored = browser.execute_script(
            "return [Object.values(sessionStorage), Object.keys(localStorage), document.cookie]")
        self.assertEqual(stored, [[server.secrets["desk"]], [], ""])
        asked = browser.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        self.assertTrue(any(url.endswith("/lookup") for url in asked))
        self.assertEqual([url for url in asked if "find" in url.rsplit("/", 1)[-1].removesuffix("find.js") or "3001" in url], [])

    def test_says_in_words_what_it_does_not_find(self):
        self.enter()
        self.find("nobody@find.example")
        browser.shown(".empty", "Nobody has this e-mail")
        self.find("#999999")
        browser.shown(".failure", "No contact has this id.")
        self.find("a@b@c")
        browser.shown(".failure", "Send a JSON object such as")

    def test_tells_that_a_contact_belongs_to_another_customer_now(self):
        one, two, _ = self.customers_of(("a@now.example", "555-3101"), ("b@now.example", "555-3102"), ("a@now.example", "555-3102"))
        self.enter(page=f"contacts/{two}")
        browser.shown(".note", f"Contact {two} belongs to customer {one} now.")


class Newcomer(ConsoleTest):
    def test_sees_two_customers_merge_and_parts_them_again_without_a_key(self):
        browser.get(open_server.console)
        browser.title("Find a customer")
        browser.press("Send the first order")
        browser.press("Send the next order")
        browser.wait(lambda: self.count(".trial .card") == 2, "there are not two customers")
        browser.press("Send the next order")
        browser.shown(".trial .card", "2 contacts")
        browser.click(browser.shown(".trial a.button", "Open the customer"))
        browser.title("Customer 1")
        browser.choose_edge(3)
        browser.press("These do not belong together", ".inspector")
        browser.press("Part into 2 customers", "dialog")
        browser.shown("#notice .card", "Customer 2")

    def test_sees_counts_and_instances(self):
        open_server.sql("INSERT INTO ignored VALUES (now(), 'phoneNumber', 'blocked', 1312)")
        browser.get(f"{open_server.console}#/overview")
        browser.title("Overview")
        browser.shown(".totals", "Customers")
        browser.shown("section", "What runs now")
        browser.shown("section", "phoneNumber blocked 1,312")
        self.assertEqual(self.count("section:last-child tbody tr"), 1)
