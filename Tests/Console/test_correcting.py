"""Corrections, from the dry run to the undo."""

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class Correcting(ConsoleTest):
    def test_shows_what_would_come_of_it_before_and_after_then_parts_and_undoes(self):
        one, two, typo = self.merged("5553401")
        self.enter(page=f"contacts/{one}")
        browser.choose_edge(typo)
        browser.press("These do not belong together", ".inspector")
        browser.shown("dialog [aria-label='Before']", "2 contacts")
        self.assertEqual([card.text.splitlines()[0] for card in browser.find_elements(By.CSS_SELECTOR, "dialog [aria-label='After'] .card")],
                         [f"Customer {one}", f"Customer {two}"])
        self.assertEqual(server.send("GET", f"/corrections?contactId={one}", secret=server.secrets["desk"])[1]["corrections"], [])
        browser.shown("#note").send_keys("ticket 88")
        browser.press("Part into 2 customers", "dialog")
        browser.shown("#notice", "is made")
        browser.shown("#notice .card", f"Customer {two}")
        browser.settled()
        self.assertEqual((self.count(".graph .edge.withdrawn"), self.count(".graph .edge.apart")), (1, 1))
        browser.shown(".timeline strong", "Parted")

        browser.click(browser.shown("nav a", "Corrections"))
        browser.title("Corrections")
        browser.shown(".correction", "ticket 88")
        browser.press("Undo", ".correction")
        browser.press("Undo", "dialog")
        browser.shown("#notice", "is undone")
        browser.shown("#notice .card", "2 contacts")
        browser.shown(".correction.undone", "ticket 88")
        browser.click(browser.shown("#notice .card a"))
        browser.title(f"Customer {one}")
        self.assertEqual([event.text for event in browser.find_elements(By.CSS_SELECTOR, ".timeline strong")],
                         ["Undone", "Parted", "Merged", "Created", "Created"])

    def test_draws_the_path_that_still_connects_and_offers_the_cut(self):
        one, two, typo = self.merged("5553501")
        self.customers_of(("b@5553501.example", "55535011"))
        self.enter(page=f"contacts/{one}")
        browser.choose_edge(typo)
        browser.press("These do not belong together", ".inspector")
        browser.shown("dialog [role=alert]", "Other evidence connects the two")
        path = browser.shown("dialog .path").text.split()
        self.assertEqual(path[::2], ["a@5553501.example", "55535011", "b@5553501.example", "55535012"])
        self.assertEqual(self.count(".graph .edge.marked"), 3)
        boxes = browser.find_elements(By.CSS_SELECTOR, "dialog fieldset input")
        self.assertEqual(len([box for box in boxes if box.is_selected()]), 1)
        browser.press("Withdraw 1 piece of evidence", "dialog")
        browser.shown("dialog [aria-label='After'] .card")
        browser.press("Part into 2 customers", "dialog")
        browser.shown("#notice", "is made")
        self.assertEqual(server.send("GET", f"/contacts/{two}", secret=server.secrets["desk"])[1]["contact"]["primaryContactId"], two)

    def test_disowns_an_identifier_and_keeps_two_contacts_apart(self):
        one, _ = self.customers_of(("a@desk.example", "555-3601"), ("b@desk.example", "555-3601"))
        self.enter(page=f"contacts/{one}")
        browser.press("555-3601", ".facts")
        browser.press("This names nobody", ".inspector")
        browser.press("Part into 2 customers", "dialog")
        browser.shown("#notice", "is made")
        browser.settled()
        self.assertEqual(self.count(".graph .node.disowned"), 1)

        one, _ = self.customers_of(("a@apart.example", "555-3602"), ("b@apart.example", "555-3602"))
        browser.get(f"{server.console}#/contacts/{one}")
        browser.title(f"Customer {one}")
        browser.click(browser.shown("details", "Contacts as rows").find_element(By.TAG_NAME, "summary"))
        self.assertFalse(browser.button("Keep the two apart").is_enabled())
        for box in browser.find_elements(By.CSS_SELECTOR, "details[open] input"):
            box.click()
        browser.press("Keep the two apart")
        browser.press("Part into 2 customers", "dialog")
        browser.shown("#notice", "is made")

    def test_says_which_other_corrections_keep_apart_what_an_undo_would_join(self):
        self.merged("5553701")
        ids = [server.send("POST", "/corrections", {"kind": "unlink", "email": email, "phoneNumber": phone},
                           server.secrets["desk"])[1]["correction"]["id"]
               for email, phone in (("a@5553701.example", "55537012"), ("b@5553701.example", "55537011"))]
        self.enter(page="corrections")
        browser.title("Corrections")
        browser.click(browser.shown(f"[aria-label='Undo correction {ids[0]}']"))
        browser.press("Undo", "dialog")
        browser.shown("dialog .failure", "Other corrections keep apart")
        browser.press(f"Undo {ids[1]} as well", "dialog")
        browser.press("Undo", "dialog")
        browser.shown("#notice", "are undone")

    def test_tells_of_a_customer_that_was_erased_and_of_the_correction_that_named_it(self):
        one, two, _, _ = self.customers_of(("a@erased.example", "555-4301"), ("b@erased.example", "555-4302"),
                                           ("c@erased.example", "555-4301"), ("a@erased.example", "555-4302"))
        unlink = {"kind": "unlink", "email": "a@erased.example", "phoneNumber": "555-4302", "evidence": [two + 1]}
        for path, body, key in (("/corrections", unlink, "desk"), ("/erase", {"contactId": two}, "engineer")):
            self.assertEqual(server.send("POST", path, body, server.secrets[key])[0], 200)
        self.enter(page=f"contacts/{one}")
        browser.shown(".timeline li.corrected", "erased")
        browser.shown(".correction.erased", "What it named was erased.")
        self.find(f"#{two}")
        browser.shown(".failure", "The customer of this contact was erased.")

    def test_goes_by_the_keyboard_alone(self):
        one, _, _ = self.merged("5553801")
        self.open()

        def keys(*texts):
            ActionChains(browser).send_keys(*texts).perform()

        def tab_to(text, back=False):
            for _ in range(60):
                active = browser.switch_to.active_element
                if text in (active.accessible_name or ""):
                    return
                chain = ActionChains(browser)
                (chain.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT) if back else chain.send_keys(Keys.TAB)).perform()
            self.fail(f"no way to {text}")

        keys(server.secrets["desk"], Keys.ENTER)
        browser.title("Find a customer")
        tab_to("E-mail, phone or contact id")
        keys("a@5553801.example", Keys.ENTER)
        browser.title(f"Customer {one}")
        tab_to("Graph of 4 identifiers")
        place = browser.find_element(By.CSS_SELECTOR, ".graph > g").get_attribute("transform")
        keys(Keys.ARROW_RIGHT, "+")
        browser.shown(".inspector h3", "Came with")
        self.assertNotEqual(browser.find_element(By.CSS_SELECTOR, ".graph > g").get_attribute("transform"), place)
        keys("0")
        self.assertEqual(browser.find_element(By.CSS_SELECTOR, ".graph > g").get_attribute("transform"), place)
        tab_to("a@5553801.example", back=True)
        keys(Keys.ENTER)
        browser.shown(".inspector .value", "a@5553801.example")
        tab_to("Graph of 4 identifiers")
        tab_to("55538012")
        keys(Keys.ENTER)
        tab_to("These do not belong together")
        keys(Keys.ENTER)
        browser.shown("dialog #note")
        tab_to("Note")
        keys("by hand", Keys.ENTER)
        browser.shown("#notice", "is made")
