"""What a key may see, and what stays text."""

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys


class KeyInHand(ConsoleTest):
    def test_shows_a_key_that_may_only_read_no_button_that_corrects(self):
        one, two, _ = self.merged("5553901")
        server.send("POST", "/corrections", {"kind": "keep-apart", "contactIds": self.customers_of(("x@ro.example", None), ("y@ro.example", None))},
                    server.secrets["desk"])
        self.enter("viewer", f"contacts/{one}")
        browser.choose_edge(two + 1)
        self.assertNotIn("By whose key", browser.shown(".inspector").text)
        browser.press("a@5553901.example", ".facts")
        browser.shown(".inspector h2", "E-mail")
        for label in ("do not belong", "names nobody", "Keep the two"):
            self.assertFalse(browser.has_button(label))
        browser.click(browser.shown("nav a", "Corrections"))
        browser.title("Corrections")
        browser.shown(".correction")
        self.assertFalse(browser.has_button("Undo"))

    def test_asks_for_a_key_again_where_the_key_is_removed(self):
        self.enter("temp", "overview")
        browser.title("Overview")
        server.remove_key("temp")
        browser.click(browser.shown("nav a", "Corrections"))
        browser.shown("[role=alert]", "The service does not know this key, or not any more. Paste another.")
        browser.shown("#secret").send_keys("idk_wrong", Keys.ENTER)
        browser.shown("[role=alert]", "does not know this key")
        browser.shown("#secret").send_keys(server.secrets["viewer"], Keys.ENTER)
        browser.title("Corrections")
        browser.press("Forget it")
        browser.shown("[role=alert]", "The key is forgotten.")
        self.assertEqual(browser.execute_script("return sessionStorage.length"), 0)


class Safety(ConsoleTest):
    HOSTILE = "<img src=x onerror=window.hacked=1>"

    def test_shows_a_hostile_identifier_and_a_hostile_note_as_the_texts_that_they_are(self):
        one, _ = self.customers_of(("a@evil.example", "555-4001"), ("b@evil.example", "555-4001"))
        server.send("POST", "/corrections", {"kind": "unlink", "email": "b@evil.example", "phoneNumber": "555-4001", "note": self.HOSTILE},
                    server.secrets["desk"])
        # The service takes no such identifier; what a database has may be older.
        server.sql(f"UPDATE contact SET email = '{self.HOSTILE}@evil.example' WHERE email = 'a@evil.example'; "
                   f"UPDATE contact SET phone_number = '{self.HOSTILE}' WHERE phone_key = '5554001'")
        self.enter(page=f"contacts/{one}")
        browser.shown(".facts", f"{self.HOSTILE}@evil.example")
        browser.shown(".correction .quote", self.HOSTILE)
        for summary in browser.find_elements(By.CSS_SELECTOR, "summary"):
            browser.click(summary)
        browser.shown("table", self.HOSTILE)
        browser.press(self.HOSTILE, ".facts")
        browser.press("This names nobody", ".inspector")
        browser.shown("dialog", self.HOSTILE)
        self.assertEqual((self.count("img:not(.mark img)"), browser.execute_script("return window.hacked")), (0, None))

    def test_tells_of_a_breach_of_the_policy(self):
        self.enter()
        browser.execute_script("""
            const image = document.createElement("img");
            image.src = "https://elsewhere.invalid/a.png";
            document.body.append(image);
            document.body.setAttribute("style", "color: red");""")
        browser.wait(lambda: browser.execute_script("return window.violations.length") == 2, "nothing was told")
        self.assertTrue(browser.complaints())
