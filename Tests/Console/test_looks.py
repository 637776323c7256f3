"""For everybody, on every screen."""

from fixture import ConsoleTest, browser, server
from selenium.webdriver.common.by import By


class Looks(ConsoleTest):
    def test_has_nothing_serious_for_axe_and_fits_from_360_to_1440_pixels_in_light_and_dark(self):
        one, _, typo = self.merged("5554101")
        other, _ = self.customers_of(("q@looks.example", "555-4102"), ("r@looks.example", "555-4102"))
        server.send("POST", "/corrections", {"kind": "unlink", "email": "r@looks.example", "phoneNumber": "555-4102"}, server.secrets["desk"])
        self.enter()

        def check(what):
            for width in (360, 1440):
                browser.resize(width)
                for scheme in ("light", "dark"):
                    browser.scheme(scheme)
                    with self.subTest(page=what, width=width, scheme=scheme):
                        self.assertEqual(browser.accessibility(), [])
                        self.assertLessEqual(browser.execute_script("return document.documentElement.scrollWidth"), width)
        check("find")
        self.find("nobody@looks.example")
        check("nobody")
        for page, title in (("overview", "Overview"), ("corrections", "Corrections"), (f"contacts/{other}", "Customer")):
            browser.get(f"{server.console}#/{page}")
            browser.title(title)
            check(page)
        browser.get(f"{server.console}#/contacts/{one}")
        browser.title(f"Customer {one}")
        for summary in browser.find_elements(By.CSS_SELECTOR, "summary"):
            browser.click(summary)
        browser.choose_edge(typo)
        check("customer")
        browser.press("These do not belong together", ".inspector")
        browser.shown("#note")
        check("dry run")
        browser.press("Cancel", "dialog")
        browser.press("Forget it")
        browser.shown("#secret")
        check("key")
